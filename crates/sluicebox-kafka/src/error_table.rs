//! The table test of [`crate::error`]: every code that Kafka has, outside and inside transactions.

use crate::error::ErrorClass::{AbortAndRewind, Fenced, RebuildProducer, Refused, Retry, Stop};
use crate::error::{ErrorClass, KafkaError, TransactionPhase, classify, classify_transaction};
use crate::error_code::ErrorCode;

#[test]
fn a_code_outside_transactions_means_one_thing() {
    let table: &[(ErrorCode, ErrorClass)] = &[
        (ErrorCode::TIMED_OUT, Retry),
        (ErrorCode::TRANSPORT, Retry),
        (ErrorCode::ALL_BROKERS_DOWN, Retry),
        (ErrorCode::NOT_LEADER_OR_FOLLOWER, Retry),
        // "Failed to query partition leaders: No leaders found": all replicas are away.
        (ErrorCode::NO_ENTRY, Retry),
        (ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, Retry),
        (ErrorCode::CONCURRENT_TRANSACTIONS, Retry),
        (ErrorCode::REBALANCE_IN_PROGRESS, Retry),
        (ErrorCode::ILLEGAL_GENERATION, Fenced),
        (ErrorCode::UNKNOWN_MEMBER_ID, Fenced),
        (ErrorCode::FENCED_INSTANCE_ID, Fenced),
        (ErrorCode::PRODUCER_FENCED, Fenced),
        (ErrorCode::INVALID_PRODUCER_EPOCH, Fenced),
        (ErrorCode::INVALID_PRODUCER_ID_MAPPING, Fenced),
        (ErrorCode::TOPIC_AUTHORIZATION_FAILED, Refused),
        (ErrorCode::AUTHENTICATION, Refused),
        (ErrorCode::SSL, Refused),
        (ErrorCode::INVALID_ARGUMENT, Stop),
        (ErrorCode::MESSAGE_TOO_LARGE, Stop),
        (ErrorCode::FATAL, Stop),
        (ErrorCode::from_number(9_999), Stop),
    ];
    for (code, class) in table {
        assert_eq!(classify(*code), *class, "{code}");
    }
}

#[test]
fn the_outcome_of_a_transaction_is_unknown_only_once_its_commit_is_under_way() {
    use TransactionPhase::{Committing, Open};
    let table: &[(ErrorCode, TransactionPhase, bool, ErrorClass)] = &[
        (ErrorCode::TIMED_OUT, Open, false, AbortAndRewind),
        (ErrorCode::TIMED_OUT, Open, true, AbortAndRewind),
        (ErrorCode::TIMED_OUT, Committing, false, RebuildProducer),
        (ErrorCode::TRANSPORT, Committing, false, RebuildProducer),
        (
            ErrorCode::INVALID_TXN_STATE,
            Committing,
            false,
            RebuildProducer,
        ),
        (
            ErrorCode::MESSAGE_TIMED_OUT,
            Committing,
            true,
            AbortAndRewind,
        ),
        (ErrorCode::REBALANCE_IN_PROGRESS, Open, true, AbortAndRewind),
        (ErrorCode::PRODUCER_FENCED, Committing, false, Fenced),
        (ErrorCode::FENCED, Open, false, Fenced),
        (ErrorCode::INVALID_PRODUCER_EPOCH, Committing, true, Fenced),
        (ErrorCode::ILLEGAL_GENERATION, Open, true, Fenced),
        (ErrorCode::MESSAGE_TOO_LARGE, Open, true, Stop),
        (ErrorCode::TOPIC_AUTHORIZATION_FAILED, Open, true, Refused),
        (
            ErrorCode::from_number(9_999),
            Committing,
            false,
            RebuildProducer,
        ),
    ];
    for (code, phase, requires_abort, class) in table {
        let found = classify_transaction(*code, *phase, *requires_abort);
        assert_eq!(found, *class, "{code} {phase:?} {requires_abort}");
    }
}

#[test]
fn no_error_of_a_transaction_is_retried_with_the_same_producer() {
    for number in -200..200 {
        for phase in [TransactionPhase::Open, TransactionPhase::Committing] {
            for requires_abort in [false, true] {
                let code = ErrorCode::from_number(number);
                assert_ne!(
                    classify_transaction(code, phase, requires_abort),
                    Retry,
                    "{code}"
                );
            }
        }
    }
}

#[test]
fn trouble_of_the_cluster_is_told_from_what_other_clients_do() {
    let trouble = |code| KafkaError::new("try", code, "").is_cluster_trouble();
    for code in [
        ErrorCode::TRANSPORT,
        ErrorCode::MESSAGE_TIMED_OUT,
        ErrorCode::NOT_COORDINATOR,
        ErrorCode::NOT_ENOUGH_REPLICAS,
        ErrorCode::TRANSACTION_COORDINATOR_FENCED,
    ] {
        assert!(trouble(code), "{code}");
    }
    for code in [
        ErrorCode::PRODUCER_FENCED,
        ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::FENCED_INSTANCE_ID,
        ErrorCode::CONCURRENT_TRANSACTIONS,
        ErrorCode::REBALANCE_IN_PROGRESS,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED,
    ] {
        assert!(!trouble(code), "{code}");
    }
}

#[test]
fn every_named_code_is_one_that_the_client_library_has() {
    for (name, code) in ErrorCode::NAMED {
        assert_eq!(code.name(), *name);
        assert!(
            !code.description().starts_with("an error code that"),
            "{name} has a wrong number"
        );
    }
}

#[test]
fn a_code_without_a_name_shows_its_number() {
    assert_eq!(ErrorCode::from_number(9_999).to_string(), "UNKNOWN(9999)");
    assert_eq!(ErrorCode::from_number(-1).to_string(), "UNKNOWN");
    assert_eq!(
        ErrorCode::from_number(3).to_string(),
        "UNKNOWN_TOPIC_OR_PARTITION"
    );
}

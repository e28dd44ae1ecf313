//! Transactions while the cluster misbehaves in ways that only the mock cluster can.

use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::{TransactionOptions, TransactionalProducer};
use crate::error::ErrorClass;
use crate::mock_cluster::{END_TXN, MockCluster, PRODUCE};
use crate::out_batch::OutBatch;

const PATIENCE: Duration = Duration::from_secs(20);
fn begun(mock: &MockCluster, id: &str) -> TransactionalProducer {
    let transactions = TransactionOptions::new(id);
    let mut producer =
        TransactionalProducer::connect(&mock.options(), transactions, PATIENCE).unwrap();
    producer.begin().unwrap();
    producer
}

fn one_record() -> OutBatch {
    let mut batch = OutBatch::new();
    batch.push_with_headers(Some(b"k"), Some(b"v"), &[]);
    batch
}

fn in_transaction(mock: &MockCluster, id: &str) -> TransactionalProducer {
    let mut producer = begun(mock, id);
    producer.send("topic", one_record()).unwrap();
    producer.flush(PATIENCE).unwrap();
    producer
}

#[test]
fn a_commit_that_is_not_answered_in_time_has_an_unknown_outcome() {
    let mock = MockCluster::start();
    let mut producer = in_transaction(&mock, "slow");
    let none = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    mock.fail(END_TXN, none, Duration::from_secs(8));
    let started = Instant::now();
    let error = producer.commit_records(Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.class, ErrorClass::RebuildProducer, "{error}");
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "took {:?}",
        started.elapsed()
    );
    // It is dead, lends nothing back, and lets go in time.
    assert_eq!(
        producer.begin().unwrap_err().class,
        ErrorClass::RebuildProducer
    );
    assert!(
        producer.take_arenas().is_empty(),
        "librdkafka may still point into the batch"
    );
    let started = Instant::now();
    producer.abandon(Duration::from_millis(300));
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "took {:?}",
        started.elapsed()
    );
}

#[test]
fn a_commit_that_finds_its_epoch_fenced_says_so() {
    let mock = MockCluster::start();
    let mut producer = in_transaction(&mock, "fenced");
    let fenced = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_PRODUCER_FENCED;
    mock.fail(END_TXN, fenced, Duration::ZERO);
    let error = producer.commit_records(PATIENCE).unwrap_err();
    assert_eq!(error.class, ErrorClass::Fenced, "{error}");
    producer.abandon(Duration::from_millis(100));
}

/// The library repeats `EndTxn` by itself when the connection breaks, and the commit succeeds. The
/// first one may still be in the network, where it would end the next transaction.
#[test]
fn a_commit_that_was_repeated_silently_is_the_last_one_of_its_producer() {
    let mock = MockCluster::start();
    let mut producer = in_transaction(&mock, "repeated");
    let disconnect = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__TRANSPORT;
    mock.fail(END_TXN, disconnect, Duration::ZERO);
    producer.commit_records(PATIENCE).unwrap();
    assert!(!producer.is_usable());
    assert_eq!(
        producer.begin().unwrap_err().class,
        ErrorClass::RebuildProducer
    );
    producer.abandon(Duration::from_millis(100));

    let mut producer = in_transaction(&mock, "answered");
    producer.commit_records(PATIENCE).unwrap();
    assert!(producer.is_usable());
    producer.begin().unwrap();
    producer.abandon(Duration::from_millis(100));
}

/// A record may be nowhere that the library calls acknowledged without having heard its offset. It does so
/// when a leader refuses a batch and takes the next one, and when it calls a batch a duplicate: the mock
/// cluster can do the latter.
#[test]
fn a_transaction_with_records_that_may_be_nowhere_is_aborted() {
    let mock = MockCluster::start();
    for (id, is_flushed) in [("flushed", true), ("not-flushed", false)] {
        let mut producer = begun(&mock, id);
        let duplicate = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER;
        mock.fail(PRODUCE, duplicate, Duration::ZERO);
        producer.send("topic", one_record()).unwrap();
        let outcome = match is_flushed {
            true => producer.flush(PATIENCE),
            false => producer.commit_records(PATIENCE),
        };
        let error = outcome.unwrap_err();
        assert_eq!(error.class, ErrorClass::AbortAndRewind, "{error}");
        assert!(!producer.is_usable());
        producer.abandon(Duration::from_millis(100));
    }
}

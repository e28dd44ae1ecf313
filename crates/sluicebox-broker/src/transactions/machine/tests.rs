//! Every request in every state.

use std::collections::BTreeSet;

use ResponseError::{
    ConcurrentTransactions, InvalidProducerEpoch, InvalidProducerIdMapping, InvalidTxnState,
    ProducerFenced,
};
use TransactionState::{
    CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit, PrepareEpochFence,
};
use kafka_protocol::error::ResponseError;

use super::transaction::EPOCH_EXHAUSTED;
use super::*;

const STATES: [TransactionState; 7] = [
    Empty,
    Ongoing,
    PrepareCommit,
    PrepareAbort,
    CompleteCommit,
    CompleteAbort,
    PrepareEpochFence,
];
const SELF: Producer = Producer { id: 42, epoch: 5 };
const ZOMBIE: Producer = Producer { id: 42, epoch: 4 };
const STRANGER: Producer = Producer { id: 41, epoch: 5 };
const FRESH: NewProducer = NewProducer {
    goes_on_from: None,
    timeout_ms: 100,
};

fn transaction(state: TransactionState) -> Transaction {
    let mut transaction = Transaction::new(SELF.id, 100, 1_000);
    transaction.producer = SELF;
    transaction.state = state;
    if !transaction.is_settled() {
        transaction.partitions = places(&[0]);
        transaction.groups.insert("g".to_owned());
        transaction.started_ms = 1_000;
    }
    transaction
}

fn places(partitions: &[i32]) -> BTreeSet<Place> {
    partitions
        .iter()
        .map(|partition| ("t".to_owned(), *partition))
        .collect()
}

fn goes_on(from: Producer) -> NewProducer {
    NewProducer {
        goes_on_from: Some(from),
        timeout_ms: 100,
    }
}

/// A table row per state, in the order of `STATES`.
fn expect<T: Clone>(state: TransactionState, table: &[T; 7]) -> T {
    table[STATES.iter().position(|s| *s == state).unwrap()].clone()
}

#[test]
fn ends() {
    let decided = |commit| Ok(if commit { PrepareCommit } else { PrepareAbort });
    let commit = [
        Err(InvalidTxnState),
        decided(true),
        Err(ConcurrentTransactions),
        Err(InvalidTxnState),
        Ok(CompleteCommit),
        Err(InvalidTxnState),
        Err(ConcurrentTransactions),
    ];
    let abort = [
        Err(InvalidTxnState),
        decided(false),
        Err(InvalidTxnState),
        Err(ConcurrentTransactions),
        Err(InvalidTxnState),
        Ok(CompleteAbort),
        Err(ConcurrentTransactions),
    ];
    for state in STATES {
        for (wanted, table) in [(true, &commit), (false, &abort)] {
            let result = transaction(state)
                .end(SELF, wanted, 1_001)
                .map(|end| match end {
                    End::Already => state,
                    End::Decided(next) => {
                        assert_eq!(next.producer, SELF, "EndTxn never bumps the epoch");
                        assert_eq!(next.partitions, places(&[0]));
                        next.state
                    }
                });
            assert_eq!(result, expect(state, table), "{state:?} commit={wanted}");
            for (who, code) in [
                (ZOMBIE, ProducerFenced),
                (STRANGER, InvalidProducerIdMapping),
            ] {
                assert_eq!(
                    transaction(state).end(who, wanted, 1_001),
                    Err(code),
                    "{state:?}"
                );
            }
        }
    }
}

#[test]
fn additions() {
    let table = [
        Ok(()),
        Ok(()),
        Err(ConcurrentTransactions),
        Err(ConcurrentTransactions),
        Ok(()),
        Ok(()),
        Err(ConcurrentTransactions),
    ];
    for state in STATES {
        let before = transaction(state);
        let partitions = before.add_partitions(SELF, places(&[1]), 2_000);
        let group = before.add_group(SELF, "h", 2_000);
        for result in [&partitions, &group] {
            assert_eq!(
                result.as_ref().map(|_| ()).map_err(|e| *e),
                expect(state, &table)
            );
            if let Ok(Some(next)) = result {
                let started = if state == Ongoing { 1_000 } else { 2_000 };
                assert_eq!(
                    (next.state, next.started_ms),
                    (Ongoing, started),
                    "{state:?}"
                );
            }
        }
        for (who, code) in [
            (ZOMBIE, ProducerFenced),
            (STRANGER, InvalidProducerIdMapping),
        ] {
            assert_eq!(before.add_partitions(who, places(&[1]), 2_000), Err(code));
            assert_eq!(before.add_group(who, "g", 2_000), Err(code));
        }
    }
}

#[test]
fn adding_again_changes_nothing() {
    let before = transaction(Ongoing);
    assert_eq!(before.add_partitions(SELF, places(&[0]), 2_000), Ok(None));
    assert_eq!(before.add_group(SELF, "g", 2_000), Ok(None));
}

#[test]
fn a_new_instance_fences_the_older_one() {
    for state in STATES {
        let before = transaction(state);
        match before.init(FRESH, 2_000) {
            Ok(Init::Bumped(next)) => {
                assert!(before.is_settled(), "{state:?}");
                assert_eq!(next.producer, Producer { id: 42, epoch: 6 });
                assert_eq!(next.state, Empty);
            }
            Ok(Init::AbortFirst(next)) => {
                assert_eq!(state, Ongoing);
                assert_eq!((next.state, next.producer.epoch), (PrepareEpochFence, 6));
                assert_eq!(next.decision(), Some(false));
                assert_eq!(next.completed(2_001).state, CompleteAbort);
            }
            Err(ConcurrentTransactions) => assert!(before.decision().is_some(), "{state:?}"),
            other => panic!("{state:?}: {other:?}"),
        }
    }
}

#[test]
fn a_producer_goes_on_after_an_error_and_may_ask_twice() {
    for state in [Empty, CompleteCommit, CompleteAbort] {
        let Ok(Init::Bumped(next)) = transaction(state).init(goes_on(SELF), 2_000) else {
            panic!("{state:?}");
        };
        assert_eq!(next.producer.epoch, 6);
        assert_eq!(next.init(goes_on(SELF), 2_001), Ok(Init::Repeated));
        assert_eq!(next.init(goes_on(ZOMBIE), 2_001), Err(ProducerFenced));
    }
}

#[test]
fn a_fenced_producer_cannot_go_on() {
    for state in [Empty, Ongoing, CompleteCommit, CompleteAbort] {
        for who in [ZOMBIE, STRANGER] {
            let result = transaction(state).init(goes_on(who), 2_000);
            assert_eq!(result, Err(ProducerFenced), "{state:?} {who:?}");
        }
    }
}

#[test]
fn going_on_within_a_transaction_aborts_it_first() {
    let result = transaction(Ongoing).init(goes_on(SELF), 2_000);
    assert!(matches!(result, Ok(Init::AbortFirst(_))), "{result:?}");
}

#[test]
fn a_new_producer_id_follows_the_last_epoch() {
    let mut last = transaction(CompleteCommit);
    last.producer.epoch = EPOCH_EXHAUSTED;
    assert_eq!(last.init(FRESH, 2_000), Ok(Init::Exhausted));
    let request = goes_on(last.producer);
    assert_eq!(last.init(request, 2_000), Ok(Init::Exhausted));
    let next = last.with_new_id(99, request, 2_000);
    assert_eq!(next.producer, Producer { id: 99, epoch: 0 });
    assert_eq!(next.init(request, 2_001), Ok(Init::Repeated));
    assert_eq!(
        next.end(last.producer, true, 2_001),
        Err(InvalidProducerIdMapping)
    );
}

#[test]
fn fencing_at_the_last_epoch_leaves_a_higher_one_than_the_zombies() {
    let mut last = transaction(Ongoing);
    last.producer.epoch = EPOCH_EXHAUSTED;
    let Ok(Init::AbortFirst(fenced)) = last.init(FRESH, 2_000) else {
        panic!("not fenced")
    };
    assert_eq!(fenced.producer.epoch, i16::MAX);
    assert_eq!(
        fenced.completed(2_001).init(FRESH, 2_002),
        Ok(Init::Exhausted)
    );
}

#[test]
fn an_open_transaction_expires_and_its_producer_is_fenced() {
    for state in STATES {
        let expired = transaction(state).expired(1_100);
        assert_eq!(expired.is_some(), state == Ongoing, "{state:?}");
    }
    assert_eq!(transaction(Ongoing).expired(1_099), None);
    let done = transaction(Ongoing)
        .expired(1_100)
        .unwrap()
        .completed(1_101);
    assert_eq!((done.state, done.started_ms), (CompleteAbort, -1));
    assert!(done.partitions.is_empty() && done.groups.is_empty());
    assert_eq!(done.end(SELF, true, 1_102), Err(ProducerFenced));
    assert_eq!(done.may_produce(SELF, "t", 0), Err(InvalidProducerEpoch));
}

#[test]
fn only_settled_ids_are_forgotten() {
    for state in STATES {
        let transaction = transaction(state);
        assert_eq!(
            transaction.is_forgotten(1_500, 500),
            transaction.is_settled()
        );
        assert!(!transaction.is_forgotten(1_499, 500));
    }
}

#[test]
fn writes_need_an_ongoing_transaction_with_their_partition() {
    for state in STATES {
        let open = transaction(state);
        let expected = if state == Ongoing {
            Ok(())
        } else {
            Err(InvalidTxnState)
        };
        assert_eq!(open.may_produce(SELF, "t", 0), expected, "{state:?}");
        assert_eq!(open.may_commit_offsets(SELF, "g"), expected, "{state:?}");
        assert_eq!(open.may_produce(SELF, "t", 1), Err(InvalidTxnState));
        assert_eq!(open.may_commit_offsets(SELF, "h"), Err(InvalidTxnState));
        for (who, code) in [
            (ZOMBIE, InvalidProducerEpoch),
            (STRANGER, InvalidProducerIdMapping),
        ] {
            assert_eq!(open.may_produce(who, "t", 0), Err(code));
            assert_eq!(open.may_commit_offsets(who, "g"), Err(code));
        }
    }
}

#[test]
fn records_survive_encoding() {
    let mut records = vec![
        TransactionsRecord::ProducerIdsBelow(1_000),
        TransactionsRecord::Forgotten {
            transactional_id: "x".to_owned(),
        },
    ];
    for state in STATES {
        let transactional_id = "x".to_owned();
        let transaction = transaction(state);
        records.push(TransactionsRecord::State {
            transactional_id,
            transaction,
        });
    }
    for record in records {
        let bytes = record.encode();
        assert_eq!(TransactionsRecord::decode(&bytes).as_ref(), Ok(&record));
        for cut in 0..bytes.len() {
            assert!(
                TransactionsRecord::decode(&bytes[..cut]).is_err(),
                "{record:?} at {cut}"
            );
        }
    }
}

#[test]
fn the_form_of_a_transaction_on_disk_does_not_change() {
    let record = TransactionsRecord::State {
        transactional_id: "x".to_owned(),
        transaction: transaction(Ongoing),
    };
    let hex = crate::test_rig::hex(&record.encode());
    let golden = "010101000000782a000000000000000500ffffffffffffffffffff6400000001e80300000000\
                  0000e80300000000000001000000010000007400000000010000000100000067";
    assert_eq!(hex, golden);
}

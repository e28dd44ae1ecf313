mod crashes;
mod full_disk;

use std::collections::BTreeSet;
use std::time::Duration;

use kafka_protocol::error::ResponseError;

use crate::groups::membership::Caller;
use crate::groups::offsets::CommittedOffset;
use crate::groups::{CommitRequest, Fetched};
use crate::shared::TransactionGate;
use crate::test_rig::Rig;
use crate::transactions::machine::{End, NewProducer, Place, Producer, TransactionState};

const ID: &str = "tx";
const FRESH: NewProducer = NewProducer {
    goes_on_from: None,
    timeout_ms: 1_000,
};

fn places(partitions: &[i32]) -> BTreeSet<Place> {
    partitions
        .iter()
        .map(|partition| ("t".to_owned(), *partition))
        .collect()
}

fn offsets(rig: &Rig, offset: i64) -> CommitRequest<'static> {
    let offset = CommittedOffset {
        topic: "t".to_owned(),
        topic_id: rig.topics.by_name("t").unwrap().id,
        partition: 0,
        offset,
        leader_epoch: 0,
        metadata: String::new(),
    };
    let caller = Caller {
        member_id: "",
        instance_id: None,
    };
    CommitRequest {
        group_id: "g",
        caller,
        generation: -1,
        offsets: vec![offset],
    }
}

async fn committed(rig: &Rig) -> Fetched {
    let wanted = [("t".to_owned(), rig.topics.by_name("t").unwrap().id, 0)];
    rig.groups
        .fetch("g", &wanted, true)
        .await
        .unwrap()
        .remove(0)
}

fn at(found: &Fetched) -> i64 {
    match found {
        Fetched::At(at) => at.offset,
        other => panic!("{other:?}"),
    }
}

/// A topic of two partitions, and a transaction on both of them and on the offset 5 of a group.
async fn with_open_transaction(rig: &Rig) -> Producer {
    if rig.topics.by_name("t").is_none() {
        rig.create_topic("t", 2).await;
    }
    let producer = rig.transactions.init(ID, FRESH).await.unwrap();
    rig.transactions
        .add_partitions(ID, producer, places(&[0, 1]))
        .await
        .unwrap();
    rig.transactions.add_group(ID, producer, "g").await.unwrap();
    rig.transactions
        .commit_offsets(ID, producer, offsets(rig, 5))
        .await
        .unwrap();
    producer
}

/// Makes the decision to commit durable and nothing else, as if the broker died right after.
async fn decide_only(rig: &Rig, producer: Producer) {
    let Ok(End::Decided(next)) = rig.transactions.current(ID).unwrap().end(producer, true, 1)
    else {
        panic!("nothing to decide")
    };
    let ticket = rig.transactions.store(ID, next).unwrap();
    rig.transactions.durable(ticket).await.unwrap();
}

fn state(rig: &Rig) -> TransactionState {
    rig.transactions.current(ID).unwrap().state
}

async fn until(rig: &Rig, wanted: TransactionState) {
    let reached = async {
        while state(rig) != wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_reaches_partitions_and_groups_before_it_returns() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    assert_eq!(committed(&rig).await, Fetched::Unstable);
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(state(&rig), TransactionState::CompleteCommit);
    assert_eq!(at(&committed(&rig).await), 5);
    assert_eq!((rig.log_end("t", 0), rig.log_end("t", 1)), (1, 1));
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(
        rig.log_end("t", 0),
        1,
        "a repeated EndTxn writes no second marker"
    );
    let other = rig.transactions.end(ID, producer, false).await;
    assert_eq!(other, Err(ResponseError::InvalidTxnState));
}

#[tokio::test]
async fn an_abort_drops_the_offsets() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    rig.transactions.end(ID, producer, false).await.unwrap();
    assert_eq!(committed(&rig).await, Fetched::Nothing);
    assert_eq!(state(&rig), TransactionState::CompleteAbort);
}

#[tokio::test]
async fn a_new_instance_fences_the_old_one_and_aborts_what_it_left_open() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let old = with_open_transaction(&rig).await;
    let new = rig.transactions.init(ID, FRESH).await.unwrap();
    assert_eq!(new.id, old.id);
    assert!(new.epoch > old.epoch);
    assert_eq!(committed(&rig).await, Fetched::Nothing);
    assert_eq!(rig.log_end("t", 0), 1, "the abort marker");
    let ended = rig.transactions.end(ID, old, true).await;
    assert_eq!(ended, Err(ResponseError::ProducerFenced));
    let written = rig
        .transactions
        .commit_offsets(ID, old, offsets(&rig, 9))
        .await;
    assert_eq!(written, Err(ResponseError::InvalidProducerEpoch));
    let gate = rig.transactions.may_produce(ID, old.id, old.epoch, "t", 0);
    assert_eq!(gate, Err(ResponseError::InvalidProducerEpoch));
    drop(rig);
    let rig = Rig::open(dir.path());
    let ended = rig.transactions.end(ID, old, true).await;
    assert_eq!(
        ended,
        Err(ResponseError::ProducerFenced),
        "after a restart as well"
    );
}

#[tokio::test]
async fn a_transaction_that_is_open_for_too_long_is_aborted_and_its_producer_fenced() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let zombie = with_open_transaction(&rig).await;
    rig.clock.pass(999);
    rig.transactions.expire();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(state(&rig), TransactionState::Ongoing);
    rig.clock.pass(1);
    rig.transactions.expire();
    until(&rig, TransactionState::CompleteAbort).await;
    assert_eq!(committed(&rig).await, Fetched::Nothing);
    let ended = rig.transactions.end(ID, zombie, true).await;
    assert_eq!(ended, Err(ResponseError::ProducerFenced));
}

#[tokio::test]
async fn producer_ids_are_never_given_out_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let rig = Rig::open(dir.path());
        for _ in 0..1_001 {
            assert!(seen.insert(rig.transactions.init_idempotent().await.unwrap().id));
        }
        rig.transactions.compact();
        assert!(seen.insert(rig.transactions.init_idempotent().await.unwrap().id));
    }
}

#[tokio::test]
async fn compaction_keeps_ids_epochs_and_open_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    let before = rig.transactions.current(ID).unwrap();
    rig.transactions.compact();
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(rig.transactions.current(ID).unwrap(), before);
    assert!(
        rig.transactions
            .may_produce(ID, producer.id, producer.epoch, "t", 1)
            .is_ok()
    );
}

#[tokio::test]
async fn writes_outside_of_a_transaction_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    rig.create_topic("t", 2).await;
    let producer = rig.transactions.init(ID, FRESH).await.unwrap();
    let gate = |partition| {
        rig.transactions
            .may_produce(ID, producer.id, producer.epoch, "t", partition)
    };
    assert_eq!(gate(0), Err(ResponseError::InvalidTxnState));
    rig.transactions
        .add_partitions(ID, producer, places(&[0]))
        .await
        .unwrap();
    assert_eq!(gate(0), Ok(()));
    assert_eq!(gate(1), Err(ResponseError::InvalidTxnState));
    let early = rig
        .transactions
        .commit_offsets(ID, producer, offsets(&rig, 1))
        .await;
    assert_eq!(
        early,
        Err(ResponseError::InvalidTxnState),
        "AddOffsetsToTxn comes first"
    );
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(gate(0), Err(ResponseError::InvalidTxnState));
    let stranger = rig.transactions.may_produce("other", 1, 0, "t", 0);
    assert_eq!(stranger, Err(ResponseError::InvalidProducerIdMapping));
}

#[tokio::test]
async fn timeouts_and_ids_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    for timeout_ms in [0, -1, 900_001] {
        let request = NewProducer {
            goes_on_from: None,
            timeout_ms,
        };
        let answer = rig.transactions.init(ID, request).await;
        assert_eq!(answer, Err(ResponseError::InvalidTransactionTimeout));
    }
    for id in [String::new(), "x".repeat(2_000)] {
        let answer = rig.transactions.init(&id, FRESH).await;
        assert_eq!(answer, Err(ResponseError::InvalidRequest));
    }
}

#[tokio::test]
async fn a_topic_deleted_within_a_transaction_does_not_hold_it_up() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    let id = rig.topics.delete("t").await.unwrap();
    rig.groups.forget_topic(id).await.unwrap();
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(state(&rig), TransactionState::CompleteCommit);
}

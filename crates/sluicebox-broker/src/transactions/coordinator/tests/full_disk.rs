//! Transactions end, late but whole, over a disk that is full for a while.

use std::sync::Arc;
use std::time::Duration;

use super::{FRESH, ID, at, committed, state, until, with_open_transaction};
use crate::storage::FaultyStorage;
use crate::test_rig::Rig;
use crate::transactions::machine::TransactionState;
use kafka_protocol::error::ResponseError;

/// How long the disk stays full: several tries.
const FULL: Duration = Duration::from_millis(350);

#[tokio::test(flavor = "multi_thread")]
async fn a_decided_commit_waits_for_room_and_reaches_every_partition_once() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyStorage::default();
    let rig = Arc::new(Rig::open_on(dir.path(), Arc::new(disk.clone())));
    let producer = with_open_transaction(&rig).await;
    // Markers find no room, the decision in the journal does.
    disk.fill(".log", 10);
    let ending = tokio::spawn({
        let rig = rig.clone();
        async move { rig.transactions.end(ID, producer, true).await }
    });
    until(&rig, TransactionState::PrepareCommit).await;
    tokio::time::sleep(FULL).await;
    assert_eq!(state(&rig), TransactionState::PrepareCommit);
    assert_eq!((rig.log_end("t", 0), rig.log_end("t", 1)), (0, 0));
    disk.make_room();
    ending.await.unwrap().unwrap();
    assert_eq!(state(&rig), TransactionState::CompleteCommit);
    assert_eq!((rig.log_end("t", 0), rig.log_end("t", 1)), (1, 1));
    assert_eq!(at(&committed(&rig).await), 5);
}

#[tokio::test]
async fn a_commit_that_cannot_be_journaled_is_refused_for_now_and_may_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyStorage::default();
    let rig = Rig::open_on(dir.path(), Arc::new(disk.clone()));
    let producer = with_open_transaction(&rig).await;
    disk.fill("", 10);
    let refused = rig.transactions.end(ID, producer, true).await.unwrap_err();
    assert_eq!(refused, ResponseError::CoordinatorNotAvailable);
    assert!(refused.is_retriable());
    assert_eq!(state(&rig), TransactionState::Ongoing, "nothing is decided");
    disk.make_room();
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(at(&committed(&rig).await), 5);
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(state(&rig), TransactionState::CompleteCommit);
    assert!(rig.transactions.init(ID, FRESH).await.is_ok());
}

#[tokio::test]
async fn a_disk_too_full_to_compact_a_journal_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyStorage::default();
    let rig = Rig::open_on(dir.path(), Arc::new(disk.clone()));
    let producer = with_open_transaction(&rig).await;
    disk.fill(".tmp", 10);
    rig.transactions.compact();
    rig.transactions.end(ID, producer, true).await.unwrap();
    disk.make_room();
    rig.transactions.compact();
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(state(&rig), TransactionState::CompleteCommit);
}

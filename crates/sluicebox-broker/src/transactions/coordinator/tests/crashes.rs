//! A crash at every point between the beginning of a transaction and the note of its end.

use std::future::Future;

use super::*;

#[tokio::test]
async fn an_open_transaction_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    drop(rig);
    let rig = Rig::open(dir.path());
    rig.transactions.resume();
    assert_eq!(state(&rig), TransactionState::Ongoing);
    assert_eq!(committed(&rig).await, Fetched::Unstable);
    rig.transactions.end(ID, producer, true).await.unwrap();
    assert_eq!(at(&committed(&rig).await), 5);
}

#[tokio::test]
async fn a_crash_between_decision_and_markers_is_made_good_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    decide_only(&rig, producer).await;
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(committed(&rig).await, Fetched::Unstable);
    rig.transactions.resume();
    until(&rig, TransactionState::CompleteCommit).await;
    assert_eq!(at(&committed(&rig).await), 5);
    assert_eq!((rig.log_end("t", 0), rig.log_end("t", 1)), (1, 1));
    // The client's retry of the EndTxn that the crash has cut off.
    rig.transactions.end(ID, producer, true).await.unwrap();
}

#[tokio::test]
async fn a_crash_between_two_markers_is_made_good_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    decide_only(&rig, producer).await;
    let log = rig.topics.by_name("t").unwrap().partition(1).unwrap();
    let marker = crate::log::Marker::Commit;
    log.append_control_marker(producer.id, producer.epoch, marker, 0)
        .await
        .unwrap();
    drop(rig);
    let rig = Rig::open(dir.path());
    rig.transactions.resume();
    until(&rig, TransactionState::CompleteCommit).await;
    assert_eq!(rig.log_end("t", 0), 1);
    assert_eq!(at(&committed(&rig).await), 5);
}

#[tokio::test]
async fn a_crash_after_the_outcome_and_before_its_note_repeats_nothing_that_counts() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    decide_only(&rig, producer).await;
    let decided = rig.transactions.current(ID).unwrap();
    rig.transactions.outcome.spread(&decided).await.unwrap();
    // The consumer has gone on since.
    rig.groups.commit(offsets(&rig, 50)).await.unwrap();
    drop(rig);
    for _ in 0..2 {
        let rig = Rig::open(dir.path());
        rig.transactions.resume();
        until(&rig, TransactionState::CompleteCommit).await;
        assert_eq!(at(&committed(&rig).await), 50);
    }
}

#[tokio::test]
async fn a_client_that_leaves_amid_its_commit_does_not_stop_it() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let producer = with_open_transaction(&rig).await;
    {
        let mut end = Box::pin(rig.transactions.end(ID, producer, true));
        let waker = std::task::Waker::noop();
        let polled = end
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        assert!(polled.is_pending());
    }
    until(&rig, TransactionState::CompleteCommit).await;
    assert_eq!(at(&committed(&rig).await), 5);
}

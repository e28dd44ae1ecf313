//! Transactions: all or nothing, for records and offsets, whatever happens to the producer.

use std::time::{Duration, Instant};

use sluicebox_kafka::ErrorClass;

use super::support::{
    Member, QUIET, WAIT, batch, committed, next_offset, produce, range, read_all, texts, topic,
    transactional, transactional_for, wait_until, write_in_transaction,
};
use crate::cluster::Cluster;
use crate::names::unique;

/// Records of an aborted transaction are never handed out, and positions move past them.
pub fn committed_records_are_seen_and_aborted_ones_never(cluster: &dyn Cluster) {
    let topic = topic(cluster, "visible", 1);
    let id = unique("id");
    let mut producer = transactional(cluster, &id);
    write_in_transaction(&mut producer, &topic, &["a", "b"]);
    producer.commit_records(WAIT).expect("commits");
    write_in_transaction(&mut producer, &topic, &["never"]);
    producer.abandon(WAIT);
    let mut producer = transactional(cluster, &id);
    write_in_transaction(&mut producer, &topic, &["c"]);
    producer.commit_records(WAIT).expect("commits");
    // Aborted records at the very end: a reader must still get to the end.
    write_in_transaction(&mut producer, &topic, &["never"]);
    producer.abandon(WAIT);
    wait_until("the abort is complete", || {
        let range = range(cluster, &topic);
        range.last_stable == range.high_watermark
    });
    assert_eq!(texts(&read_all(cluster, &topic)), ["a", "b", "c"]);
}

/// The last stable offset: committed records after the start of an open transaction wait for it.
pub fn an_open_transaction_holds_back_what_follows_it(cluster: &dyn Cluster) {
    let topic = topic(cluster, "stable", 1);
    produce(cluster, &topic, &["before"]);
    let mut open = transactional(cluster, &unique("open"));
    write_in_transaction(&mut open, &topic, &["open"]);
    let mut quick = transactional(cluster, &unique("quick"));
    write_in_transaction(&mut quick, &topic, &["quick"]);
    quick.commit_records(WAIT).expect("commits");
    produce(cluster, &topic, &["plain"]);

    let held = range(cluster, &topic);
    assert_eq!(
        held.last_stable, 1,
        "the open transaction begins at 1: {held:?}"
    );
    assert!(
        held.high_watermark >= 4,
        "open, quick, its marker, plain: {held:?}"
    );
    let mut reader = Member::join(cluster, &unique("reader"), &topic);
    assert_eq!(texts(&reader.read_to_end()), ["before"]);
    assert_eq!(texts(&reader.read_quietly()), Vec::<String>::new());

    open.commit_records(WAIT).expect("commits");
    assert_eq!(texts(&reader.read(3)), ["open", "quick", "plain"]);
    reader.leave();
}

/// A zombie: another producer has taken its transactional id over.
pub fn a_second_producer_with_the_same_id_fences_the_first(cluster: &dyn Cluster) {
    let topic = topic(cluster, "fence", 1);
    let id = unique("id");
    let mut zombie = transactional(cluster, &id);
    write_in_transaction(&mut zombie, &topic, &["zombie"]);
    let mut successor = transactional(cluster, &id);
    let error = zombie
        .commit_records(WAIT)
        .expect_err("a zombie cannot commit");
    assert_eq!(error.class, ErrorClass::Fenced, "{error}");
    zombie.abandon(Duration::from_secs(5));
    write_in_transaction(&mut successor, &topic, &["successor"]);
    successor
        .commit_records(WAIT)
        .expect("the successor is not disturbed");
    assert_eq!(texts(&read_all(cluster, &topic)), ["successor"]);
}

/// The group's offsets move with the commit of the transaction, not before, and not at all when it
/// aborts (KIP-98, KIP-447).
pub fn offsets_are_committed_with_the_records_or_not_at_all(cluster: &dyn Cluster) {
    let input = topic(cluster, "offsets-in", 1);
    let output = topic(cluster, "offsets-out", 1);
    produce(cluster, &input, &["1", "2", "3"]);
    let group = unique("group");
    let mut member = Member::join(cluster, &group, &input);
    let metadata = member.metadata();
    let id = unique("id");

    let mut producer = transactional(cluster, &id);
    write_in_transaction(&mut producer, &output, &["1"]);
    assert_eq!(committed(cluster, &group, &input), None);
    producer
        .commit(&[next_offset(&input, 0, 1)], &metadata, WAIT)
        .expect("commits");
    wait_until("the offset is committed", || {
        committed(cluster, &group, &input) == Some(1)
    });

    write_in_transaction(&mut producer, &output, &["never"]);
    producer.abandon(WAIT);
    let mut producer = transactional(cluster, &id);
    write_in_transaction(&mut producer, &output, &["2"]);
    assert_eq!(
        committed(cluster, &group, &input),
        Some(1),
        "nothing of the aborted one"
    );
    producer
        .commit(&[next_offset(&input, 0, 2)], &metadata, WAIT)
        .expect("commits");
    wait_until("the offset is committed", || {
        committed(cluster, &group, &input) == Some(2)
    });
    assert_eq!(texts(&read_all(cluster, &output)), ["1", "2"]);
    member.leave();
}

/// A member that was away during a rebalance cannot commit offsets: its partitions may be another's.
pub fn offsets_of_an_old_generation_are_refused(cluster: &dyn Cluster) {
    let input = topic(cluster, "generation-in", 2);
    let output = topic(cluster, "generation-out", 1);
    let group = unique("group");
    let mut first = Member::join(cluster, &group, &input);
    let old = first.metadata();
    let mut second = Member::join(cluster, &group, &input);
    let deadline = Instant::now() + WAIT;
    while first.partitions().len() != 1 || second.partitions().len() != 1 {
        assert!(Instant::now() < deadline, "no rebalance");
        first.poll();
        second.poll();
    }

    let mut producer = transactional(cluster, &unique("id"));
    write_in_transaction(&mut producer, &output, &["late"]);
    let error = producer.commit(&[next_offset(&input, 0, 1)], &old, WAIT);
    let error = error.expect_err("an old generation cannot commit");
    assert!(
        matches!(error.class, ErrorClass::AbortAndRewind | ErrorClass::Fenced),
        "{error}"
    );
    producer.abandon(WAIT);
    assert_eq!(committed(cluster, &group, &input), None);
    assert!(read_all(cluster, &output).is_empty());
    first.leave();
    second.leave();
}

/// A producer that is gone does not hold readers back for longer than its transaction timeout.
pub fn an_expired_transaction_is_aborted_by_the_coordinator(cluster: &dyn Cluster) {
    let topic = topic(cluster, "expire", 1);
    let mut gone = transactional_for(cluster, &unique("id"), 3_000);
    write_in_transaction(&mut gone, &topic, &["expired"]);
    produce(cluster, &topic, &["after"]);
    assert_eq!(range(cluster, &topic).last_stable, 0);
    wait_until("the transaction expires", || {
        range(cluster, &topic).last_stable >= 3
    });
    assert_eq!(texts(&read_all(cluster, &topic)), ["after"]);

    let late = gone
        .send(&topic, batch(&["late"]))
        .and_then(|()| gone.commit_records(WAIT));
    let error = late.expect_err("an expired transaction cannot commit");
    assert_ne!(error.class, ErrorClass::Retry, "{error}");
    gone.abandon(QUIET);
    assert_eq!(texts(&read_all(cluster, &topic)), ["after"]);
}

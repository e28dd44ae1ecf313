//! What a cluster remembers when it comes back, from a clean stop and from SIGKILL.

use std::thread;

use super::support::{
    Member, WAIT, admin, batch, committed, heard_of, next_offset, produce, producer, push, range,
    read_all, retried, send_all, texts, topic, transactional, transactional_for, wait_until,
    write_in_transaction,
};
use crate::cluster::{Cluster, Restart};
use crate::names::unique;

/// A producer goes on over SIGKILL by itself: what was acknowledged is there, what was retried is
/// there once, and the order is kept.
pub fn retries_over_a_killed_cluster_leave_no_duplicates(cluster: &dyn Cluster) {
    const ROUNDS: usize = 60;
    const PER_ROUND: usize = 50;
    let topic = topic(cluster, "retries", 1);
    let mut sender = producer(cluster, &topic);
    let all: Vec<String> = (0..ROUNDS * PER_ROUND).map(|i| i.to_string()).collect();
    thread::scope(|scope| {
        let restart = scope.spawn(|| cluster.restart(Restart::Kill));
        for round in all.chunks(PER_ROUND) {
            let mut records = batch(&[]);
            for value in round {
                push(&mut records, None, value);
            }
            let mut sent = 0;
            while sent < records.len() {
                sent += sender
                    .send(0, &records, sent)
                    .expect("records are accepted");
                sender.poll(std::time::Duration::from_millis(1));
            }
        }
        restart.join().expect("the cluster comes back");
    });
    sender.flush(WAIT).expect("all is acknowledged in the end");
    assert_eq!(sender.delivery().failed, 0, "{:?}", sender.delivery());
    assert_eq!(texts(&read_all(cluster, &topic)), all);
}

/// Records, committed offsets, topic ids and producers' states are on disk.
pub fn records_and_offsets_survive_a_clean_stop(cluster: &dyn Cluster) {
    let topic = topic(cluster, "stop", 1);
    let mut sender = producer(cluster, &topic);
    send_all(&mut sender, &batch(&["0", "1"]));
    let group = unique("group");
    let mut member = Member::join(cluster, &group, &topic);
    let metadata = member.metadata();
    let mut committer = transactional(cluster, &unique("id"));
    committer.begin().expect("begins");
    committer
        .commit(&[next_offset(&topic, 0, 1)], &metadata, WAIT)
        .expect("commits");
    let id = heard_of("the topic", || admin(cluster).describe(&topic)).topic_id;

    cluster.restart(Restart::Stop);

    let described = retried("the topic", || admin(cluster).describe(&topic));
    assert_eq!(described.topic_id, id);
    assert_eq!(committed(cluster, &group, &topic), Some(1));
    send_all(&mut sender, &batch(&["2"]));
    assert_eq!(texts(&read_all(cluster, &topic)), ["0", "1", "2"]);
    member.leave();
    let mut next = Member::join(cluster, &group, &topic);
    assert_eq!(
        texts(&next.read(2)),
        ["1", "2"],
        "from the committed offset"
    );
    next.leave();
}

/// A commit that was answered holds, markers, offsets and all.
pub fn a_committed_transaction_survives_a_kill(cluster: &dyn Cluster) {
    let topic = topic(cluster, "committed", 1);
    let group = unique("group");
    let mut member = Member::join(cluster, &group, &topic);
    let metadata = member.metadata();
    let mut producer = transactional(cluster, &unique("id"));
    write_in_transaction(&mut producer, &topic, &["a", "b"]);
    producer
        .commit(&[next_offset(&topic, 0, 2)], &metadata, WAIT)
        .expect("commits");
    cluster.restart(Restart::Kill);
    // Two records and a marker; and a second marker, where the coordinator died before it knew of the
    // first one's acknowledgement.
    wait_until("the decision is complete", || {
        let range = range(cluster, &topic);
        range.last_stable == range.high_watermark && range.last_stable >= 3
    });
    assert_eq!(texts(&read_all(cluster, &topic)), ["a", "b"]);
    // The offsets are in another partition, with a marker of its own.
    wait_until("the offsets are decided", || {
        committed(cluster, &group, &topic) == Some(2)
    });
    write_in_transaction(&mut producer, &topic, &["c"]);
    producer
        .commit_records(WAIT)
        .expect("the same producer goes on");
    assert_eq!(texts(&read_all(cluster, &topic)), ["a", "b", "c"]);
    member.leave();
}

/// An undecided transaction is still open afterwards: its producer can commit it.
pub fn an_open_transaction_survives_a_kill_and_can_commit(cluster: &dyn Cluster) {
    let topic = topic(cluster, "open", 1);
    let mut producer = transactional_for(cluster, &unique("id"), 60_000);
    write_in_transaction(&mut producer, &topic, &["a", "b"]);
    cluster.restart(Restart::Kill);
    assert_eq!(range(cluster, &topic).last_stable, 0, "still open");
    producer.send(&topic, batch(&["c"])).expect("goes on");
    producer.flush(WAIT).expect("goes on");
    producer.commit_records(WAIT).expect("commits");
    assert_eq!(texts(&read_all(cluster, &topic)), ["a", "b", "c"]);
    produce(cluster, &topic, &["d"]);
    assert_eq!(texts(&read_all(cluster, &topic)), ["a", "b", "c", "d"]);
}

/// An undecided transaction whose producer is gone is aborted by the next holder of the id.
pub fn an_open_transaction_is_aborted_by_its_successor_after_a_kill(cluster: &dyn Cluster) {
    let topic = topic(cluster, "succeed", 1);
    let id = unique("id");
    let mut gone = transactional_for(cluster, &id, 60_000);
    write_in_transaction(&mut gone, &topic, &["never"]);
    cluster.restart(Restart::Kill);
    let mut successor = transactional(cluster, &id);
    write_in_transaction(&mut successor, &topic, &["successor"]);
    successor.commit_records(WAIT).expect("commits");
    assert_eq!(texts(&read_all(cluster, &topic)), ["successor"]);
    let error = gone
        .commit_records(WAIT)
        .expect_err("a zombie cannot commit");
    assert_eq!(error.class, sluicebox_kafka::ErrorClass::Fenced, "{error}");
    gone.abandon(std::time::Duration::from_secs(1));
}

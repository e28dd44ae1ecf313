//! What a cluster of several nodes owes its clients when one of them dies. Real Kafka only: the
//! embedded broker is one node.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sluicebox_kafka::ErrorClass;

use super::support::{
    Read, WAIT, batch, producer, push, read_all, texts, topic, transactional, wait_until,
};
use crate::cluster::Cluster;
use crate::names::unique;

/// At least one partition is led by each of three nodes.
const PARTITIONS: i32 = 6;
const PER_BATCH: usize = 20;
/// How long a node stays dead: past its session with the controller (9 s), so that leaders move.
const DEAD: Duration = Duration::from_secs(11);
const PAUSE: Duration = Duration::from_millis(20);

/// Two nodes are killed in turn under an idempotent `acks=all` producer and a transactional one:
/// what was acknowledged is there once, nothing else is, and both go on by themselves.
pub fn a_killed_node_loses_and_doubles_nothing(cluster: &dyn Cluster) {
    let plain = topic(cluster, "node-plain", PARTITIONS);
    let committed = topic(cluster, "node-committed", PARTITIONS);
    let enough = AtomicBool::new(false);
    let (sent, written) = thread::scope(|scope| {
        let sender = scope.spawn(|| send_until(cluster, &plain, &enough));
        let writer = scope.spawn(|| commit_until(cluster, &committed, &enough));
        for node in [0, 1] {
            thread::sleep(Duration::from_secs(1));
            cluster.kill_node(node);
            thread::sleep(DEAD);
            cluster.start_node(node);
        }
        enough.store(true, Ordering::Relaxed);
        (sender.join(), writer.join())
    });
    let (sent, written) = (sent.expect("sends"), written.expect("commits"));
    assert!(sent > PER_BATCH && written > PER_BATCH, "{sent}, {written}");
    for (topic, count) in [(plain, sent), (committed, written)] {
        let mut read = read_all(cluster, &topic);
        assert_eq!(read.len(), count, "{topic}");
        assert!(in_order(&read), "{topic}: a partition's order is lost");
        read.sort_by_key(number);
        let expected: Vec<String> = (0..count).map(|i| i.to_string()).collect();
        assert_eq!(texts(&read), expected, "{topic}");
    }
}

fn number(read: &Read) -> usize {
    read.text().parse().expect("a number")
}

/// The records come by partition and offset.
fn in_order(read: &[Read]) -> bool {
    read.windows(2)
        .all(|two| two[0].partition != two[1].partition || number(&two[0]) < number(&two[1]))
}

fn numbers(from: usize) -> sluicebox_kafka::OutBatch {
    let mut records = batch(&[]);
    for i in from..from + PER_BATCH {
        push(&mut records, Some(&format!("key{i}")), &i.to_string());
    }
    records
}

/// Sends numbers from 0 on; how many, all of them acknowledged.
fn send_until(cluster: &dyn Cluster, topic: &str, enough: &AtomicBool) -> usize {
    let mut sender = producer(cluster, topic);
    let mut count = 0;
    while !enough.load(Ordering::Relaxed) {
        let records = numbers(count);
        let mut accepted = 0;
        while accepted < records.len() {
            accepted += sender
                .send(0, &records, accepted)
                .expect("records are accepted");
            sender.poll(PAUSE);
        }
        count += records.len();
    }
    sender.flush(WAIT).expect("all is acknowledged in the end");
    assert_eq!(sender.delivery().failed, 0, "{:?}", sender.delivery());
    count
}

/// Writes numbers from 0 on in transactions, as the processor does: an unknown outcome is settled
/// by a new producer with the same id, and then looked up. How many are committed.
fn commit_until(cluster: &dyn Cluster, topic: &str, enough: &AtomicBool) -> usize {
    let id = unique("node-id");
    let mut writer = transactional(cluster, &id);
    let mut count = 0;
    while !enough.load(Ordering::Relaxed) {
        let outcome = writer
            .begin()
            .and_then(|()| writer.send(topic, numbers(count)))
            .and_then(|()| writer.flush(WAIT))
            .and_then(|()| writer.commit_records(WAIT));
        match outcome {
            Ok(()) => count += PER_BATCH,
            Err(error) if matches!(error.class, ErrorClass::Fenced | ErrorClass::Stop) => {
                panic!("{error}")
            }
            Err(_) => {
                writer.abandon(Duration::from_secs(1));
                writer = transactional(cluster, &id);
                let there = settled(cluster, topic);
                assert!(
                    there == count || there == count + PER_BATCH,
                    "{there}, {count}"
                );
                count = there;
            }
        }
        thread::sleep(PAUSE);
    }
    count
}

/// The committed records, once no transaction is open.
fn settled(cluster: &dyn Cluster, topic: &str) -> usize {
    let started = Instant::now();
    let mut there = 0;
    wait_until("what is committed can be read", || {
        let before = there;
        there = read_all(cluster, topic).len();
        before == there && started.elapsed() > PAUSE
    });
    there
}

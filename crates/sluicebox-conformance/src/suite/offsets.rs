//! Positions in the log, and what is outside of it.

use std::thread;
use std::time::{Duration, Instant};

use sluicebox_kafka::{
    Consumer, ConsumerOptions, OutOfRange, Polled, RecordRef, TopicPartitionOffset,
};

use super::support::{
    Member, WAIT, admin, committed, options, produce, range, read_all, texts, topic,
};
use crate::cluster::Cluster;
use crate::names::unique;

/// Neither broker nor client decides where an unknown group begins.
pub fn a_new_group_has_no_position_until_the_caller_gives_one(cluster: &dyn Cluster) {
    let topic = topic(cluster, "unknown", 1);
    produce(cluster, &topic, &["0", "1", "2"]);
    let group = unique("group");
    assert_eq!(committed(cluster, &group, &topic), None);
    let mut consumer = subscribe(cluster, &group, &topic);
    let partitions = assigned(&mut consumer);
    assert_eq!(
        consumer.committed(&partitions, WAIT).expect("an answer"),
        [None]
    );
    let at = TopicPartitionOffset {
        topic: 0,
        partition: 0,
        offset: 1,
    };
    consumer.assign(&[at]).expect("any position can be given");
    let first = poll_until(&mut consumer, |polled| match polled {
        Polled::Records(records) => records.get(0).map(RecordRef::offset),
        _ => None,
    });
    assert_eq!(first, 1);
    consumer.close(WAIT);
}

/// A position behind the end of the log, or before its start, is reported with what there is; the
/// partition goes on from another position.
pub fn a_position_outside_the_log_is_reported(cluster: &dyn Cluster) {
    let topic = topic(cluster, "outside", 1);
    produce(cluster, &topic, &["0", "1", "2", "3"]);
    admin(cluster)
        .delete_records(&topic, &[(0, 2)])
        .expect("records can be deleted");
    for outside in [100, 0] {
        let mut consumer = subscribe(cluster, &unique("group"), &topic);
        assigned(&mut consumer);
        let at = TopicPartitionOffset {
            topic: 0,
            partition: 0,
            offset: outside,
        };
        consumer.assign(&[at]).expect("any position can be given");
        let reported: OutOfRange = poll_until(&mut consumer, |polled| match polled {
            Polled::OutOfRange(report) => Some(report),
            Polled::Records(records) => panic!("{} records of nowhere", records.len()),
            _ => None,
        });
        assert_eq!(reported.at, at);
        let log = reported.log.expect("the range is known");
        assert_eq!((log.earliest, log.high_watermark), (2, 4));
        consumer
            .seek(&[TopicPartitionOffset { offset: 2, ..at }], WAIT)
            .expect("a seek");
        let first = poll_until(&mut consumer, |polled| match polled {
            Polled::Records(records) => records.get(0).map(RecordRef::offset),
            _ => None,
        });
        assert_eq!(first, 2);
        consumer.close(WAIT);
    }
}

/// The first record that is not older than a time, inside of batches too.
pub fn offsets_are_found_by_time(cluster: &dyn Cluster) {
    let topic = topic(cluster, "by-time", 1);
    for value in ["0", "1", "2"] {
        produce(cluster, &topic, &[value, value]);
        thread::sleep(Duration::from_millis(20));
    }
    let read = read_all(cluster, &topic);
    let admin = admin(cluster);
    let at = |time: i64| admin.offsets_for_time(&topic, time).expect("an answer")[0].1;
    assert_eq!(at(0), Some(0));
    for record in &read {
        let first = read.iter().find(|r| r.timestamp_ms >= record.timestamp_ms);
        assert_eq!(
            at(record.timestamp_ms),
            first.map(|r| r.offset),
            "{record:?}"
        );
    }
    assert_eq!(at(read[1].timestamp_ms + 1), Some(2));
    assert_eq!(at(read[5].timestamp_ms + 1), None, "all are older");
}

/// `DeleteRecords` moves the start; a reader from the earliest begins there.
pub fn deleted_records_move_the_start_of_the_log(cluster: &dyn Cluster) {
    let topic = topic(cluster, "delete-records", 1);
    produce(cluster, &topic, &["0", "1", "2", "3"]);
    let before = range(cluster, &topic);
    assert_eq!(
        (before.earliest, before.last_stable, before.high_watermark),
        (0, 4, 4)
    );
    admin(cluster)
        .delete_records(&topic, &[(0, 3)])
        .expect("records can be deleted");
    assert_eq!(range(cluster, &topic).earliest, 3);
    assert_eq!(texts(&read_all(cluster, &topic)), ["3"]);
    let mut member = Member::join(cluster, &unique("group"), &topic);
    assert_eq!(member.read(1)[0].offset, 3);
    member.leave();
}

fn subscribe(cluster: &dyn Cluster, group: &str, topic: &str) -> Consumer {
    let wanted = ConsumerOptions::new(group, vec![topic.to_owned()]);
    Consumer::subscribe(&options(cluster), wanted).expect("can subscribe")
}

fn assigned(consumer: &mut Consumer) -> Vec<sluicebox_kafka::TopicPartition> {
    poll_until(consumer, |polled| match polled {
        Polled::Assigned(partitions) => Some(partitions),
        _ => None,
    })
}

fn poll_until<T>(consumer: &mut Consumer, wanted: impl Fn(Polled) -> Option<T>) -> T {
    let deadline = Instant::now() + WAIT;
    loop {
        let polled = consumer
            .poll(10, Duration::from_millis(100))
            .expect("a poll");
        if let Some(found) = wanted(polled) {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {WAIT:?}");
    }
}

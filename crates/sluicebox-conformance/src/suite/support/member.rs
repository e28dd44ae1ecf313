//! A reader of one topic, in a group or by itself.

use std::time::Instant;

use sluicebox_kafka::{
    Consumer, ConsumerOptions, GroupMetadata, LogRange, Polled, TopicPartition,
    TopicPartitionOffset,
};

use super::{POLL, QUIET, Read, WAIT, admin, options, retried, texts};
use crate::cluster::Cluster;

/// A member of a group that takes what it is given, at the committed position or the earliest.
pub(in crate::suite) struct Member {
    pub(in crate::suite) consumer: Consumer,
    assigned: Vec<TopicPartition>,
}

impl Member {
    pub(in crate::suite) fn join(cluster: &dyn Cluster, group: &str, topic: &str) -> Self {
        let mut wanted = ConsumerOptions::new(group, vec![topic.to_owned()]);
        wanted.session_timeout_ms = 6_000;
        let consumer = Consumer::subscribe(&options(cluster), wanted).expect("can subscribe");
        Self {
            consumer,
            assigned: Vec::new(),
        }
    }

    /// A reader of all partitions from the earliest record, without a group.
    pub(in crate::suite) fn reader(cluster: &dyn Cluster, topic: &str) -> Self {
        let topics = vec![topic.to_owned()];
        let consumer = Consumer::reader(&options(cluster), topics).expect("can read");
        let partitions = retried("the topic", || admin(cluster).describe(topic)).partitions;
        let all = partitions.iter().map(|p| TopicPartition {
            topic: 0,
            partition: p.partition,
        });
        let mut reader = Self {
            consumer,
            assigned: all.collect(),
        };
        let at = |p: &TopicPartition| position(*p, reader.range(*p).earliest);
        let positions: Vec<_> = reader.assigned.iter().map(at).collect();
        reader
            .consumer
            .assign(&positions)
            .expect("partitions can be taken");
        reader
    }

    /// One poll: answers rebalances, returns records.
    pub(in crate::suite) fn poll(&mut self) -> Vec<Read> {
        match self.consumer.poll(1_000, POLL).expect("a poll") {
            Polled::Records(records) => return records.iter().map(Read::new).collect(),
            Polled::Assigned(partitions) => self.take(partitions),
            Polled::Revoked(_) | Polled::Lost(_) => {
                self.assigned.clear();
                self.consumer
                    .unassign()
                    .expect("partitions can be given up");
            }
            Polled::OutOfRange(at) => panic!("outside of the log: {at:?}"),
            _ => {}
        }
        Vec::new()
    }

    fn take(&mut self, partitions: Vec<TopicPartition>) {
        let committed = retried("committed offsets", || {
            self.consumer.committed(&partitions, WAIT)
        });
        let positions: Vec<TopicPartitionOffset> = partitions
            .iter()
            .zip(committed)
            .map(|(p, committed)| {
                position(*p, committed.unwrap_or_else(|| self.range(*p).earliest))
            })
            .collect();
        self.consumer
            .assign(&positions)
            .expect("assigned partitions can be taken");
        self.assigned = partitions;
    }

    pub(in crate::suite) fn range(&self, partition: TopicPartition) -> LogRange {
        retried("the log's range", || self.consumer.offsets(partition, WAIT))
    }

    /// The partitions that it has, sorted.
    pub(in crate::suite) fn partitions(&self) -> Vec<i32> {
        let mut partitions: Vec<i32> = self.assigned.iter().map(|p| p.partition).collect();
        partitions.sort_unstable();
        partitions
    }

    /// Polls until it is a member with partitions; returns records read on the way.
    pub(in crate::suite) fn until_assigned(&mut self) -> Vec<Read> {
        self.read_until("partitions are assigned", |member, _| {
            !member.assigned.is_empty()
        })
    }

    pub(in crate::suite) fn read_until(
        &mut self,
        what: &str,
        is_enough: impl Fn(&Self, &[Read]) -> bool,
    ) -> Vec<Read> {
        let deadline = Instant::now() + WAIT;
        let mut records = Vec::new();
        while !is_enough(self, &records) {
            let seen = texts(&records[records.len().saturating_sub(5)..]);
            assert!(
                Instant::now() < deadline,
                "not within {WAIT:?}: {what}; last: {seen:?}"
            );
            records.extend(self.poll());
        }
        records
    }

    /// Reads what is there up to the last stable offset of each of its partitions, markers included.
    pub(in crate::suite) fn read_to_end(&mut self) -> Vec<Read> {
        let mut records = self.until_assigned();
        let ends: Vec<_> = self
            .assigned
            .iter()
            .map(|p| (*p, self.range(*p).last_stable))
            .collect();
        let at_end = |member: &Self, _: &[Read]| {
            ends.iter().all(|(p, end)| {
                member
                    .consumer
                    .position_end(*p)
                    .is_some_and(|at| at >= *end)
            })
        };
        records.extend(self.read_until("the position reaches the end", at_end));
        records.sort();
        records
    }

    /// Reads `count` more records.
    pub(in crate::suite) fn read(&mut self, count: usize) -> Vec<Read> {
        self.read_until(&format!("{count} records come"), |_, read| {
            read.len() >= count
        })
    }

    /// Polls for [`QUIET`].
    pub(in crate::suite) fn read_quietly(&mut self) -> Vec<Read> {
        let deadline = Instant::now() + QUIET;
        let mut records = Vec::new();
        while Instant::now() < deadline {
            records.extend(self.poll());
        }
        records
    }

    /// What a transaction needs to commit offsets for it.
    pub(in crate::suite) fn metadata(&mut self) -> GroupMetadata {
        self.until_assigned();
        self.consumer
            .group_metadata()
            .expect("a member with partitions has a generation")
    }

    pub(in crate::suite) fn leave(self) {
        self.consumer.close(WAIT);
    }
}

fn position(at: TopicPartition, offset: i64) -> TopicPartitionOffset {
    TopicPartitionOffset {
        topic: at.topic,
        partition: at.partition,
        offset,
    }
}

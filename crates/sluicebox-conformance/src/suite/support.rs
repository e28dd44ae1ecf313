//! Clients of one behaviour, and what they read.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{
    Admin, ClientOptions, Consumer, ConsumerOptions, ErrorClass, GroupMetadata, KafkaError,
    LogRange, OutBatch, Polled, Producer, ProducerOptions, RecordRef, TopicPartition,
    TopicPartitionOffset, TransactionOptions, TransactionalProducer,
};

use crate::cluster::Cluster;
use crate::names::unique;

/// Nothing takes this long on a healthy cluster; machines that test are busy.
pub(super) const WAIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(100);
/// Long enough for what must not come to come.
pub(super) const QUIET: Duration = Duration::from_millis(700);

/// A record with its place, owned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp_ms: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Read {
    fn new(record: RecordRef<'_>) -> Self {
        let headers = record
            .headers()
            .map(|(name, value)| (name.into(), value.map(Into::into)));
        Self {
            partition: record.partition(),
            offset: record.offset(),
            timestamp_ms: record.timestamp_ms(),
            key: record.key().map(Into::into),
            value: record.value().map(Into::into),
            headers: headers.collect(),
        }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or(b"null")).into_owned()
    }
}

pub(super) fn texts(records: &[Read]) -> Vec<String> {
    records.iter().map(Read::text).collect()
}

pub(super) fn options(cluster: &dyn Cluster) -> ClientOptions {
    ClientOptions::new(cluster.bootstrap_servers(), "conformance")
}

pub(super) fn admin(cluster: &dyn Cluster) -> Admin {
    Admin::connect(&options(cluster), WAIT).expect("the cluster answers")
}

/// A new topic of `partitions` partitions; its name.
pub(super) fn topic(cluster: &dyn Cluster, what: &str, partitions: i32) -> String {
    topic_with(cluster, what, partitions, &[])
}

pub(super) fn topic_with(
    cluster: &dyn Cluster,
    what: &str,
    partitions: i32,
    configs: &[(&str, &str)],
) -> String {
    let name = unique(what);
    let admin = admin(cluster);
    let new = NewTopic {
        name: name.clone(),
        partitions,
        replication_factor: cluster.replication_factor(),
        configs: configs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    };
    admin
        .create_topics(&[new])
        .expect("a new topic can be created");
    wait_until("all partitions have leaders", || {
        let described = admin.describe(&name);
        described.is_ok_and(|t| {
            t.partitions.len() == partitions as usize
                && t.partitions.iter().all(|p| p.leader.is_some())
        })
    });
    name
}

/// Waits for something that is to become true.
pub(super) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT;
    while !is_true() {
        assert!(Instant::now() < deadline, "not within {WAIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A batch of records without keys.
pub(super) fn batch(values: &[&str]) -> OutBatch {
    let mut batch = OutBatch::new();
    for value in values {
        push(&mut batch, None, value);
    }
    batch
}

pub(super) fn push(batch: &mut OutBatch, key: Option<&str>, value: &str) {
    let written: Result<(), Infallible> = batch.push(key.map(str::as_bytes), |out| {
        out.extend_from_slice(value.as_bytes());
        Ok(())
    });
    let Ok(()) = written;
}

pub(super) fn producer(cluster: &dyn Cluster, topic: &str) -> Producer {
    let wanted = ProducerOptions::new(vec![topic.to_owned()]);
    Producer::connect(&options(cluster), wanted).expect("a producer can be made")
}

/// Sends a whole batch to the producer's only topic and waits until all of it is acknowledged.
pub(super) fn send_all(producer: &mut Producer, batch: &OutBatch) {
    let deadline = Instant::now() + WAIT;
    let mut sent = 0;
    while sent < batch.len() {
        assert!(Instant::now() < deadline, "the queue stays full");
        sent += producer.send(0, batch, sent).expect("records are accepted");
        producer.poll(Duration::ZERO);
    }
    producer.flush(WAIT).expect("records are acknowledged");
}

/// Produces records without keys, outside of any transaction.
pub(super) fn produce(cluster: &dyn Cluster, topic: &str, values: &[&str]) {
    send_all(&mut producer(cluster, topic), &batch(values));
}

/// A transactional producer; older holders of the id are fenced.
pub(super) fn transactional(cluster: &dyn Cluster, id: &str) -> TransactionalProducer {
    transactional_for(cluster, id, 30_000)
}

pub(super) fn transactional_for(
    cluster: &dyn Cluster,
    id: &str,
    timeout_ms: u32,
) -> TransactionalProducer {
    let mut wanted = TransactionOptions::new(id);
    wanted.timeout_ms = timeout_ms;
    TransactionalProducer::connect(&options(cluster), wanted, WAIT).expect("the id is ours")
}

/// Begins a transaction and writes `values` into it, all acknowledged.
pub(super) fn write_in_transaction(
    producer: &mut TransactionalProducer,
    topic: &str,
    values: &[&str],
) {
    producer.begin().expect("a transaction can begin");
    producer
        .send(topic, batch(values))
        .expect("records are accepted");
    producer.flush(WAIT).expect("records are acknowledged");
}

/// A member of a group that takes what it is given, at the committed position or the earliest.
pub(super) struct Member {
    pub(super) consumer: Consumer,
    assigned: Vec<TopicPartition>,
}

impl Member {
    pub(super) fn join(cluster: &dyn Cluster, group: &str, topic: &str) -> Self {
        let mut wanted = ConsumerOptions::new(group, vec![topic.to_owned()]);
        wanted.session_timeout_ms = 6_000;
        let consumer = Consumer::subscribe(&options(cluster), wanted).expect("can subscribe");
        Self {
            consumer,
            assigned: Vec::new(),
        }
    }

    /// A reader of all partitions from the earliest record, without a group.
    pub(super) fn reader(cluster: &dyn Cluster, topic: &str) -> Self {
        let topics = vec![topic.to_owned()];
        let consumer = Consumer::reader(&options(cluster), topics).expect("can read");
        let partitions = admin(cluster)
            .describe(topic)
            .expect("the topic")
            .partitions;
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
    pub(super) fn poll(&mut self) -> Vec<Read> {
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
        let committed = self
            .consumer
            .committed(&partitions, WAIT)
            .expect("committed offsets");
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

    pub(super) fn range(&self, partition: TopicPartition) -> LogRange {
        self.consumer
            .offsets(partition, WAIT)
            .expect("the log's range")
    }

    /// The partitions that it has, sorted.
    pub(super) fn partitions(&self) -> Vec<i32> {
        let mut partitions: Vec<i32> = self.assigned.iter().map(|p| p.partition).collect();
        partitions.sort_unstable();
        partitions
    }

    /// Polls until it is a member with partitions; returns records read on the way.
    pub(super) fn until_assigned(&mut self) -> Vec<Read> {
        self.read_until("partitions are assigned", |member, _| {
            !member.assigned.is_empty()
        })
    }

    pub(super) fn read_until(
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
    pub(super) fn read_to_end(&mut self) -> Vec<Read> {
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
    pub(super) fn read(&mut self, count: usize) -> Vec<Read> {
        self.read_until(&format!("{count} records come"), |_, read| {
            read.len() >= count
        })
    }

    /// Polls for [`QUIET`].
    pub(super) fn read_quietly(&mut self) -> Vec<Read> {
        let deadline = Instant::now() + QUIET;
        let mut records = Vec::new();
        while Instant::now() < deadline {
            records.extend(self.poll());
        }
        records
    }

    /// What a transaction needs to commit offsets for it.
    pub(super) fn metadata(&mut self) -> GroupMetadata {
        self.until_assigned();
        self.consumer
            .group_metadata()
            .expect("a member with partitions has a generation")
    }

    pub(super) fn leave(self) {
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

/// All records of a topic that a reader of committed records sees, by partition and offset.
pub(super) fn read_all(cluster: &dyn Cluster, topic: &str) -> Vec<Read> {
    let mut member = Member::reader(cluster, topic);
    let records = member.read_to_end();
    member.leave();
    records
}

/// The range of the log of partition 0. What the client classes as worth another try is tried again:
/// leaders are elected after a restart.
pub(super) fn range(cluster: &dyn Cluster, topic: &str) -> LogRange {
    let ranges = retried("the log's range", || admin(cluster).log_ranges(topic));
    ranges
        .iter()
        .find(|r| r.partition == 0)
        .expect("partition 0")
        .range
}

/// The outcome of a request that is made again while its error's class is `Retry`.
pub(super) fn retried<T>(what: &str, mut request: impl FnMut() -> Result<T, KafkaError>) -> T {
    let deadline = Instant::now() + WAIT;
    loop {
        match request() {
            Ok(answer) => return answer,
            Err(error) if error.class == ErrorClass::Retry && Instant::now() < deadline => {
                std::thread::sleep(POLL);
            }
            Err(error) => panic!("{what}: {error} (class {:?})", error.class),
        }
    }
}

/// What the group has committed for partition 0.
pub(super) fn committed(cluster: &dyn Cluster, group: &str, topic: &str) -> Option<i64> {
    let offsets = admin(cluster)
        .committed_offsets(group)
        .expect("committed offsets");
    offsets
        .iter()
        .find(|o| o.topic == topic && o.partition == 0)
        .map(|o| o.offset)
}

/// The offset of partition `partition` for a transaction.
pub(super) fn next_offset(topic: &str, partition: i32, offset: i64) -> (String, i32, i64) {
    (topic.to_owned(), partition, offset)
}

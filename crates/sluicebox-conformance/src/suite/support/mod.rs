//! Clients of one behaviour, and what they read.

mod member;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{
    Admin, ClientOptions, ErrorClass, KafkaError, LogRange, OutBatch, Producer, ProducerOptions,
    RecordRef, TransactionOptions, TransactionalProducer,
};

use crate::cluster::Cluster;
use crate::names::unique;
use crate::sending::sent;
use crate::wait::within;

pub(super) use crate::sending::send_all;
pub(super) use member::Member;

/// Nothing takes this long on a healthy cluster; machines that test are busy.
pub(in crate::suite) const WAIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(100);
/// Long enough for what must not come to come.
pub(in crate::suite) const QUIET: Duration = Duration::from_millis(700);

/// A record with its place, owned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::suite) struct Read {
    pub(in crate::suite) partition: i32,
    pub(in crate::suite) offset: i64,
    pub(in crate::suite) timestamp_ms: i64,
    pub(in crate::suite) key: Option<Vec<u8>>,
    pub(in crate::suite) value: Option<Vec<u8>>,
    pub(in crate::suite) headers: Vec<(String, Option<Vec<u8>>)>,
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

    pub(in crate::suite) fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or(b"null")).into_owned()
    }
}

pub(in crate::suite) fn texts(records: &[Read]) -> Vec<String> {
    records.iter().map(Read::text).collect()
}

pub(in crate::suite) fn options(cluster: &dyn Cluster) -> ClientOptions {
    ClientOptions::new(cluster.bootstrap_servers(), "conformance")
}

pub(in crate::suite) fn admin(cluster: &dyn Cluster) -> Admin {
    Admin::connect(&options(cluster), WAIT).expect("the cluster answers")
}

/// A new topic of `partitions` partitions; its name.
pub(in crate::suite) fn topic(cluster: &dyn Cluster, what: &str, partitions: i32) -> String {
    topic_with(cluster, what, partitions, &[])
}

pub(in crate::suite) fn topic_with(
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
    retried("a new topic", || {
        match admin.create_topics(std::slice::from_ref(&new)) {
            // An earlier try did it, and its answer was lost.
            Err(error) if error.code.name() == "TOPIC_ALREADY_EXISTS" => Ok(()),
            outcome => outcome,
        }
    });
    wait_until("all partitions have leaders", || {
        let described = admin.describe(&name);
        described.is_ok_and(|t| {
            t.partitions.len() == partitions as usize
                && t.partitions.iter().all(|p| p.leader.is_some())
        })
    });
    name
}

/// Longest time something may take to become true: coordinators of killed Java nodes try markers again
/// in steps of the request timeout, 30 s.
const PATIENCE: Duration = Duration::from_mins(3);

/// Waits for something that is to become true.
pub(in crate::suite) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    within(PATIENCE, what, || is_true().then_some(()));
}

/// A batch of records without keys.
pub(in crate::suite) fn batch(values: &[&str]) -> OutBatch {
    let mut batch = OutBatch::new();
    for value in values {
        push(&mut batch, None, value);
    }
    batch
}

pub(in crate::suite) fn push(batch: &mut OutBatch, key: Option<&str>, value: &str) {
    let written: Result<(), Infallible> = batch.push(key.map(str::as_bytes), |out| {
        out.extend_from_slice(value.as_bytes());
        Ok(())
    });
    let Ok(()) = written;
}

pub(in crate::suite) fn producer(cluster: &dyn Cluster, topic: &str) -> Producer {
    let wanted = ProducerOptions::new(vec![topic.to_owned()]);
    Producer::connect(&options(cluster), wanted).expect("a producer can be made")
}

/// Produces records without keys, outside of any transaction.
pub(in crate::suite) fn produce(cluster: &dyn Cluster, topic: &str, values: &[&str]) {
    sent(&options(cluster), topic, &batch(values));
}

/// A transactional producer; older holders of the id are fenced.
pub(in crate::suite) fn transactional(cluster: &dyn Cluster, id: &str) -> TransactionalProducer {
    transactional_for(cluster, id, 30_000)
}

pub(in crate::suite) fn transactional_for(
    cluster: &dyn Cluster,
    id: &str,
    timeout_ms: u32,
) -> TransactionalProducer {
    let mut wanted = TransactionOptions::new(id);
    wanted.timeout_ms = timeout_ms;
    TransactionalProducer::connect(&options(cluster), wanted, WAIT).expect("the id is ours")
}

/// Begins a transaction and writes `values` into it, all acknowledged.
pub(in crate::suite) fn write_in_transaction(
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

/// All records of a topic that a reader of committed records sees, by partition and offset.
pub(in crate::suite) fn read_all(cluster: &dyn Cluster, topic: &str) -> Vec<Read> {
    let mut member = Member::reader(cluster, topic);
    let records = member.read_to_end();
    member.leave();
    records
}

/// The range of the log of partition 0. What the client classes as worth another try is tried again:
/// leaders are elected after a restart.
pub(in crate::suite) fn range(cluster: &dyn Cluster, topic: &str) -> LogRange {
    let ranges = retried("the log's range", || admin(cluster).log_ranges(topic));
    ranges
        .iter()
        .find(|r| r.partition == 0)
        .expect("partition 0")
        .range
}

/// The outcome of a request that is made again while its error's class is `Retry`.
pub(in crate::suite) fn retried<T>(
    what: &str,
    mut request: impl FnMut() -> Result<T, KafkaError>,
) -> T {
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

/// The outcome of a request about a topic that was just made: brokers hear of it one after the other, and
/// any of them may be the one that is asked.
pub(in crate::suite) fn heard_of<T>(
    what: &str,
    mut request: impl FnMut() -> Result<T, KafkaError>,
) -> T {
    retried(what, || {
        request().map_err(|error| match error.code.name() {
            "UNKNOWN_TOPIC_OR_PARTITION" => KafkaError {
                class: ErrorClass::Retry,
                ..error
            },
            _ => error,
        })
    })
}

/// What the group has committed for partition 0.
pub(in crate::suite) fn committed(cluster: &dyn Cluster, group: &str, topic: &str) -> Option<i64> {
    let offsets = retried("committed offsets", || {
        admin(cluster).committed_offsets(group)
    });
    offsets
        .iter()
        .find(|o| o.topic == topic && o.partition == 0)
        .map(|o| o.offset)
}

/// The offset of partition `partition` for a transaction.
pub(in crate::suite) fn next_offset(
    topic: &str,
    partition: i32,
    offset: i64,
) -> (String, i32, i64) {
    (topic.to_owned(), partition, offset)
}

//! What the client promises, as functions over a cluster's address: the same for every broker.
#![allow(dead_code, reason = "every test binary uses its own part")]

pub(crate) mod administration;
pub(crate) mod consuming;
pub(crate) mod groups;
pub(crate) mod producing;
pub(crate) mod transactions;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{
    Admin, ClientOptions, Consumer, ConsumerOptions, OutBatch, Polled, Producer, ProducerOptions,
    TopicPartition, TopicPartitionOffset,
};

/// Gives all promises to a macro that makes a test of each: whatever broker it is, they are the same.
macro_rules! every_promise {
    ($test:ident) => {
        $test! {
            producing::every_record_is_acknowledged_at_a_known_offset,
            producing::keys_values_and_headers_come_back_as_they_were_sent,
            producing::a_producer_dropped_with_records_in_flight_does_no_harm,
            producing::a_record_for_no_topic_is_counted_as_failed,
            producing::records_go_to_the_partition_that_is_named,
            producing::what_is_acknowledged_on_a_new_topic_is_in_its_log,
            producing::partitions_that_are_added_are_written_to,
            consuming::after_a_seek_no_older_record_comes,
            consuming::a_position_outside_the_log_is_reported_with_what_the_log_holds,
            consuming::the_end_of_a_partition_is_reached_past_markers,
            consuming::a_paused_partition_goes_on_where_it_was,
            consuming::a_new_assignment_ends_a_pause,
            groups::members_share_partitions_and_answer_rebalances,
            groups::an_offset_hint_is_visible_to_the_group,
            transactions::outputs_and_offsets_are_committed_together,
            transactions::an_abandoned_transaction_is_never_seen,
            transactions::a_producer_whose_id_was_taken_over_is_fenced,
            transactions::a_member_of_an_old_generation_cannot_commit,
            transactions::batches_come_back_for_reuse_after_a_commit,
            administration::topics_are_made_described_and_removed,
            administration::a_recreated_topic_has_another_id,
            administration::a_factor_larger_than_the_cluster_is_explained,
            administration::offsets_are_found_by_time,
        }
    };
}
pub(crate) use every_promise;

/// Longest that anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long one poll waits.
pub(crate) const POLL: Duration = Duration::from_millis(100);

/// A name that no other test, and no earlier run on the same cluster, uses.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{what}-{}-{}-{number}",
        std::process::id(),
        since_epoch.as_millis() % 1_000_000_000
    )
}

pub(crate) fn options(servers: &str) -> ClientOptions {
    ClientOptions::new(servers, "sluicebox-test")
}

pub(crate) fn admin(servers: &str) -> Admin {
    Admin::connect(&options(servers), PATIENCE).unwrap()
}

/// Makes a topic of a new name.
pub(crate) fn topic(servers: &str, partitions: i32) -> String {
    let name = unique("topic");
    let admin = admin(servers);
    admin
        .create_topics(&[new_topic(&name, partitions)])
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while admin
        .describe(&name)
        .is_ok_and(|t| t.partitions.iter().any(|p| p.leader.is_none()))
    {
        assert!(Instant::now() < deadline, "{name} got no leaders");
        std::thread::sleep(POLL);
    }
    name
}

pub(crate) fn new_topic(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        name: name.to_owned(),
        partitions,
        replication_factor: 1,
        configs: vec![],
    }
}

/// A batch of numbered records, keys and values from the number.
pub(crate) fn numbered(numbers: std::ops::Range<u32>) -> OutBatch {
    let mut batch = OutBatch::new();
    for number in numbers {
        batch
            .push(Some(format!("key-{number}").as_bytes()), |out| {
                out.extend_from_slice(format!("value-{number}").as_bytes());
                Ok::<_, ()>(())
            })
            .unwrap();
    }
    batch
}

/// Sends all of a batch and waits for it.
pub(crate) fn produce(servers: &str, topic: &str, batch: &OutBatch) -> Producer {
    let mut producer = Producer::connect(
        &options(servers),
        ProducerOptions::new(vec![topic.to_owned()]),
    )
    .unwrap();
    send_all(&mut producer, batch);
    producer.flush(PATIENCE).unwrap();
    producer
}

pub(crate) fn send_all(producer: &mut Producer, batch: &OutBatch) {
    let mut sent = 0;
    while sent < batch.len() {
        let taken = producer.send(0, batch, sent).unwrap();
        sent += taken;
        producer.poll(if taken == 0 { POLL } else { Duration::ZERO });
    }
}

pub(crate) fn member(servers: &str, group: &str, topics: &[&str]) -> Consumer {
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    Consumer::subscribe(&options(servers), ConsumerOptions::new(group, topics)).unwrap()
}

pub(crate) fn at(partition: i32, offset: i64) -> TopicPartitionOffset {
    TopicPartitionOffset {
        topic: 0,
        partition,
        offset,
    }
}

pub(crate) fn partition(partition: i32) -> TopicPartition {
    TopicPartition {
        topic: 0,
        partition,
    }
}

/// Answers rebalances (from offset 0) until the consumer has this many partitions.
pub(crate) fn until_assigned(consumer: &mut Consumer, partitions: usize) {
    let deadline = Instant::now() + PATIENCE;
    while consumer.positions().len() != partitions {
        assert!(Instant::now() < deadline, "has {:?}", consumer.positions());
        let polled = consumer.poll(1, POLL).unwrap();
        answer(consumer, &polled);
    }
}

/// Answers a rebalance, everything from offset 0.
pub(crate) fn answer(consumer: &mut Consumer, polled: &Polled) {
    match polled {
        Polled::Assigned(partitions) => {
            let positions: Vec<_> = partitions
                .iter()
                .map(|p| TopicPartitionOffset {
                    topic: p.topic,
                    partition: p.partition,
                    offset: 0,
                })
                .collect();
            consumer.assign(&positions).unwrap();
        }
        Polled::Revoked(_) | Polled::Lost(_) => consumer.unassign().unwrap(),
        _ => {}
    }
}

/// A record, copied out of its batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Reads until every assigned partition is at the end that `ends` names.
pub(crate) fn read_to(consumer: &mut Consumer, ends: &[(i32, i64)]) -> Vec<Copied> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while ends
        .iter()
        .any(|(p, end)| consumer.position_end(partition(*p)) < Some(*end))
    {
        assert!(
            Instant::now() < deadline,
            "at {:?} of {ends:?}",
            consumer.positions()
        );
        if let Polled::Records(batch) = consumer.poll(1000, POLL).unwrap() {
            records.extend(batch.iter().map(|record| {
                Copied {
                    partition: record.partition(),
                    offset: record.offset(),
                    key: record.key().map(<[u8]>::to_vec),
                    value: record.value().map(<[u8]>::to_vec),
                    headers: record
                        .headers()
                        .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)))
                        .collect(),
                }
            }));
        }
    }
    records
}

/// Everything that committed readers see of a topic.
pub(crate) fn read_all(servers: &str, topic: &str) -> Vec<Copied> {
    let ends: Vec<(i32, i64)> = admin(servers)
        .log_ranges(topic)
        .unwrap()
        .iter()
        .map(|log| (log.partition, log.range.last_stable))
        .collect();
    let mut reader = Consumer::reader(&options(servers), vec![topic.to_owned()]).unwrap();
    let starts: Vec<_> = ends
        .iter()
        .map(|(partition, _)| at(*partition, 0))
        .collect();
    reader.assign(&starts).unwrap();
    let records = read_to(&mut reader, &ends);
    reader.close(PATIENCE);
    records
}

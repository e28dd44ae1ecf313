use std::time::{Duration, Instant};

use sluicebox_kafka::{OffsetRange, OutBatch, Producer, ProducerOptions};

use super::{
    PATIENCE, admin, new_topic, numbered, options, produce, read_all, send_all, topic, unique,
};

/// The fault is there for a moment after a topic is made: so many are made.
const NEW_TOPICS: u32 = 12;

pub(crate) fn every_record_is_acknowledged_at_a_known_offset(servers: &str) {
    let topic = topic(servers, 3);
    let producer = produce(servers, &topic, &numbered(0..150_000));
    let delivery = producer.delivery();
    assert_eq!((delivery.acknowledged, delivery.failed), (150_000, 0));
    let offsets = producer.acknowledged_offsets();
    assert_eq!(offsets.len(), 3, "keys spread over all partitions");
    for partition in offsets {
        let count = partition.offsets.count() as i64;
        assert_eq!(
            partition.offsets.ranges(),
            [OffsetRange {
                start: 0,
                end: count
            }]
        );
        assert!(
            count > 40_000,
            "partition {} has {count}",
            partition.partition
        );
    }
    assert_eq!(read_all(servers, &topic).len(), 150_000);
}

pub(crate) fn keys_values_and_headers_come_back_as_they_were_sent(servers: &str) {
    let topic = topic(servers, 1);
    let large = vec![7; 100_000];
    let mut batch = OutBatch::new();
    batch.push_with_headers(None, None, &[]);
    batch.push_with_headers(Some(b""), Some(b""), &[]);
    batch.push_with_headers(
        Some(b"k\0"),
        Some(b"v"),
        &[("a", Some(b"1")), ("a", Some(b"")), ("null", None)],
    );
    batch.push_with_headers(Some(b"last"), Some(&large), &[]);
    produce(servers, &topic, &batch);
    let records = read_all(servers, &topic);
    let sent = [
        (None, None),
        (Some(&b""[..]), Some(&b""[..])),
        (Some(b"k\0"), Some(b"v")),
        (Some(b"last"), Some(&large[..])),
    ];
    // Records without a key, or with an empty one, may be placed anywhere; here is one partition.
    assert_eq!(records.len(), 4);
    for (record, (key, value)) in records.iter().zip(sent) {
        assert_eq!(record.key.as_deref(), key);
        assert_eq!(record.value.as_deref(), value);
    }
    let headers: Vec<_> = records[2]
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(
        headers,
        [
            ("a", Some(&b"1"[..])),
            ("a", Some(&b""[..])),
            ("null", None)
        ]
    );
}

pub(crate) fn a_producer_dropped_with_records_in_flight_does_no_harm(servers: &str) {
    let topic = topic(servers, 3);
    for round in 0..5 {
        let producer = ProducerOptions::new(vec![topic.clone()]);
        let mut producer = Producer::connect(&options(servers), producer).unwrap();
        send_all(
            &mut producer,
            &numbered(round * 20_000..(round + 1) * 20_000),
        );
        drop(producer);
    }
    // The cluster is well, and so are we.
    let producer = produce(servers, &topic, &numbered(0..10));
    assert_eq!(producer.delivery().acknowledged, 10);
}

pub(crate) fn a_record_for_no_topic_is_counted_as_failed(servers: &str) {
    let missing = unique("missing");
    let mut producer = ProducerOptions::new(vec![missing.clone()]);
    producer.delivery_timeout_ms = 3_000;
    let mut producer = Producer::connect(&options(servers), producer).unwrap();
    // One after the other: the first goes alone.
    send_all(&mut producer, &numbered(0..2));
    producer.flush(PATIENCE).unwrap();
    let delivery = producer.delivery();
    assert_eq!((delivery.acknowledged, delivery.failed), (0, 2));
    let failure = delivery.first_failure.unwrap();
    assert!(
        failure.contains(&missing) && failure.contains('['),
        "{failure}"
    );
    assert_eq!(producer.in_flight(), 0);
    producer.poll(Duration::ZERO);
}

pub(crate) fn records_go_to_the_partition_that_is_named(servers: &str) {
    let topic = topic(servers, 3);
    let producer_options = ProducerOptions::new(vec![topic.clone()]);
    let mut producer = Producer::connect(&options(servers), producer_options).unwrap();
    // With and without headers, which take two ways through the client, and with one key.
    let mut batch = OutBatch::new();
    batch.push_with_headers(Some(b"k"), Some(b"a"), &[("h", Some(b"1"))]);
    batch.push_with_headers(Some(b"k"), None, &[]);
    for partition in 0..3 {
        let mut sent = 0;
        while sent < batch.len() {
            sent += producer.send_to(0, partition, &batch, sent).unwrap();
        }
    }
    producer.flush(PATIENCE).unwrap();
    assert!(
        producer.send_to(1, 0, &batch, 0).is_err(),
        "there is no topic 1"
    );
    let placed: Vec<_> = producer
        .acknowledged_offsets()
        .iter()
        .map(|at| (at.partition, at.offsets.count()))
        .collect();
    assert_eq!(placed, [(0, 2), (1, 2), (2, 2)]);
    assert_eq!(read_all(servers, &topic).len(), 6);
}

/// While partitions get their leaders, a leader may refuse a producer's first batch and take the second: the
/// client library would call both acknowledged.
pub(crate) fn what_is_acknowledged_on_a_new_topic_is_in_its_log(servers: &str) {
    let admin = admin(servers);
    for _ in 0..NEW_TOPICS {
        let name = unique("new");
        let producer = ProducerOptions::new(vec![name.clone()]);
        let mut producer = Producer::connect(&options(servers), producer).unwrap();
        admin.create_topics(&[new_topic(&name, 12)]).unwrap();
        // Small batches, so that several of a partition are on their way at a time.
        let mut sent = 0;
        while sent < 400 {
            let batch = numbered(sent..sent + 20);
            send_all(&mut producer, &batch);
            producer.poll(Duration::from_millis(5));
            sent += 20;
        }
        producer.flush(PATIENCE).unwrap();
        let delivery = producer.delivery();
        assert_eq!((delivery.failed, delivery.unplaced), (0, 0), "{name}");
        assert_eq!(read_all(servers, &name).len() as u64, delivery.acknowledged);
    }
}

/// Partitions that are added under a producer are opened as the first ones were, and then written to.
pub(crate) fn partitions_that_are_added_are_written_to(servers: &str) {
    let topic = topic(servers, 2);
    let mut client = options(servers);
    let often = ("topic.metadata.refresh.interval.ms", "100");
    client
        .properties
        .insert(often.0.to_owned(), often.1.to_owned());
    let producer = ProducerOptions::new(vec![topic.clone()]);
    let mut producer = Producer::connect(&client, producer).unwrap();
    send_all(&mut producer, &numbered(0..100));
    producer.flush(PATIENCE).unwrap();
    admin(servers).add_partitions(&topic, 5).unwrap();
    let (mut sent, deadline) = (100, Instant::now() + PATIENCE);
    while producer.acknowledged_offsets().len() < 5 {
        assert!(Instant::now() < deadline, "{:?}", producer.delivery());
        send_all(&mut producer, &numbered(sent..sent + 20));
        producer.poll(Duration::from_millis(5));
        sent += 20;
    }
    producer.flush(PATIENCE).unwrap();
    let delivery = producer.delivery();
    assert_eq!((delivery.failed, delivery.unplaced), (0, 0));
    assert_eq!(delivery.acknowledged, u64::from(sent));
    assert_eq!(read_all(servers, &topic).len(), sent as usize);
}

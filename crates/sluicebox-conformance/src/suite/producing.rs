//! What goes in comes out.

use sluicebox_kafka::{OutBatch, Producer, ProducerOptions};

use super::support::{
    WAIT, batch, options, produce, producer, push, read_all, send_all, texts, topic, topic_with,
    transactional,
};
use crate::cluster::Cluster;
use crate::names::unique;

/// Keys, values and headers come back byte by byte, null and empty told apart; timestamps are those
/// of the producer's clock.
pub fn records_come_back_as_they_went(cluster: &dyn Cluster) {
    let topic = topic(cluster, "as-they-went", 1);
    let before = now_ms();
    let mut batch = OutBatch::new();
    batch.push_with_headers(None, Some(b"no key"), &[]);
    batch.push_with_headers(Some(b"null value"), None, &[]);
    batch.push_with_headers(Some(b""), Some(b""), &[]);
    let headers: [(&str, Option<&[u8]>); 5] = [
        ("twice", Some(b"1")),
        ("twice", Some(b"2")),
        ("empty", Some(b"")),
        ("null", None),
        ("binary", Some(&[0, 255, 10])),
    ];
    batch.push_with_headers(Some(&[0, 159, 146, 150]), Some(&[255, 0]), &headers);
    send_all(&mut producer(cluster, &topic), &batch);

    let read = read_all(cluster, &topic);
    let pairs: Vec<_> = read
        .iter()
        .map(|r| [r.key.as_deref(), r.value.as_deref()])
        .collect();
    let expected: [[Option<&[u8]>; 2]; 4] = [
        [None, Some(b"no key")],
        [Some(b"null value"), None],
        [Some(b""), Some(b"")],
        [Some(&[0, 159, 146, 150]), Some(&[255, 0])],
    ];
    assert_eq!(pairs, expected);
    let wanted: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.map(Into::into)))
        .collect();
    assert_eq!(read[3].headers, wanted);
    assert!(read[0].headers.is_empty());
    let offsets: Vec<i64> = read.iter().map(|r| r.offset).collect();
    assert_eq!(offsets, [0, 1, 2, 3]);
    assert!(
        read.iter()
            .all(|r| (before..=now_ms()).contains(&r.timestamp_ms)),
        "{read:?}"
    );
}

/// With headers or without, and among records that are given none.
pub fn every_record_keeps_the_time_it_was_given(cluster: &dyn Cluster) {
    let topic = topic(cluster, "times", 1);
    let before = now_ms();
    let headers: &[(&str, Option<&[u8]>)] = &[("name", Some(b"value"))];
    let given = [
        (Some(before - 60_000), &[][..]),
        (None, &[][..]),
        (Some(before - 50_000), headers),
        (None, headers),
        (Some(before - 40_000), &[][..]),
        (Some(before - 30_000), &[][..]),
    ];
    let mut batch = OutBatch::new();
    for (time, headers) in given {
        batch.push_at(None, Some(b"value"), headers, time);
    }
    send_all(&mut producer(cluster, &topic), &batch);
    let mut transactional = transactional(cluster, &unique("times"));
    transactional.begin().expect("a transaction can begin");
    (transactional.send(&topic, batch)).expect("records are accepted");
    (transactional.commit_records(WAIT)).expect("records are committed");

    let read = read_all(cluster, &topic);
    assert_eq!(read.len(), 2 * given.len());
    for (record, (time, headers)) in read.iter().zip(given.into_iter().cycle()) {
        match time {
            Some(time) => assert_eq!(record.timestamp_ms, time, "{record:?}"),
            None => assert!((before..=now_ms()).contains(&record.timestamp_ms)),
        }
        assert_eq!(record.headers.len(), headers.len(), "{record:?}");
    }
}

/// The cluster stores, and the client reads, whatever codec the producer chose.
pub fn every_codec_reads_back(cluster: &dyn Cluster) {
    let topic = topic(cluster, "codecs", 1);
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    let mut expected = Vec::new();
    for codec in codecs {
        let mut options = options(cluster);
        options
            .properties
            .insert("compression.type".to_owned(), codec.to_owned());
        let wanted = ProducerOptions::new(vec![topic.clone()]);
        let mut producer = Producer::connect(&options, wanted).expect("a producer can be made");
        // Long and repetitive, so that compression is worth it: clients send plain what is not.
        let values: Vec<String> = (0..50)
            .map(|i| format!("{codec} {i} {}", "x".repeat(200)))
            .collect();
        send_all(
            &mut producer,
            &batch(&values.iter().map(String::as_str).collect::<Vec<_>>()),
        );
        expected.extend(values);
    }
    assert_eq!(texts(&read_all(cluster, &topic)), expected);
}

/// The topic's `max.message.bytes` counts the whole batch; a record over it is refused for good, and
/// the producer goes on.
pub fn a_record_at_the_limit_fits_and_one_over_it_is_refused(cluster: &dyn Cluster) {
    const LIMIT: usize = 100_000;
    // What a batch of one record adds: batch header 61, record framing at most 24 (KIP-98).
    const FRAMING: usize = 85;
    let limit = LIMIT.to_string();
    let topic = topic_with(cluster, "limit", 1, &[("max.message.bytes", &limit)]);
    let mut options = options(cluster);
    options
        .properties
        .insert("compression.type".to_owned(), "none".to_owned());
    let wanted = ProducerOptions::new(vec![topic.clone()]);
    let mut producer = Producer::connect(&options, wanted).expect("a producer can be made");
    let fits = "f".repeat(LIMIT - FRAMING);
    send_all(&mut producer, &batch(&[&fits]));

    let over = batch(&[&"o".repeat(LIMIT + 1)]);
    producer
        .send(0, &over, 0)
        .expect("the client takes it: the broker decides");
    let _ = producer.flush(WAIT);
    let delivery = producer.delivery();
    assert_eq!(
        (delivery.acknowledged, delivery.failed),
        (1, 1),
        "{delivery:?}"
    );

    produce(cluster, &topic, &["after"]);
    assert_eq!(texts(&read_all(cluster, &topic)), [fits.as_str(), "after"]);
}

/// Java's `Utils.murmur2`, with the vectors of its own test (`UtilsTest.testMurmur2`): keys of our
/// producers and of Java's and Python's meet in the same partition.
pub fn keys_go_where_java_sends_them(cluster: &dyn Cluster) {
    const PARTITIONS: i32 = 7;
    let vectors: [(&str, i32); 6] = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
        ),
        ("abc", 479_470_107),
    ];
    let topic = topic(cluster, "keys", PARTITIONS);
    let mut batch = OutBatch::new();
    for (key, _) in vectors {
        push(&mut batch, Some(key), "value");
    }
    send_all(&mut producer(cluster, &topic), &batch);
    let read = read_all(cluster, &topic);
    assert_eq!(read.len(), vectors.len());
    for (key, hash) in vectors {
        let record = read
            .iter()
            .find(|r| r.key.as_deref() == Some(key.as_bytes()));
        let partition = record.map(|r| r.partition);
        assert_eq!(partition, Some((hash & 0x7fff_ffff) % PARTITIONS), "{key}");
    }
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_millis() as i64
}

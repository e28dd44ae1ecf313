use std::time::Instant;

use sluicebox_kafka::{Consumer, Polled};

use super::{
    PATIENCE, POLL, admin, at, numbered, options, partition, produce, read_to, topic, transactions,
};

pub(crate) fn after_a_seek_no_older_record_comes(servers: &str) {
    const RECORDS: i64 = 30_000;
    let topic = topic(servers, 1);
    produce(servers, &topic, &numbered(0..RECORDS as u32));
    let mut reader = Consumer::reader(&options(servers), vec![topic]).unwrap();
    reader.assign(&[at(0, 0)]).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let (mut next, mut seeks, mut random) = (0, 0, 12_345_u64);
    while seeks < 150 {
        assert!(Instant::now() < deadline, "{seeks} seeks done");
        let Polled::Records(batch) = reader.poll(700, POLL).unwrap() else {
            continue;
        };
        for record in batch.iter() {
            assert_eq!(record.offset(), next, "after seek {seeks}");
            next += 1;
        }
        // Forwards and backwards, while the queue is full of what was read ahead.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        next = (random >> 33) as i64 % RECORDS;
        reader.seek(&[at(0, next)], PATIENCE).unwrap();
        assert_eq!(reader.position_end(partition(0)), Some(next));
        seeks += 1;
    }
    reader.close(PATIENCE);
}

pub(crate) fn a_position_outside_the_log_is_reported_with_what_the_log_holds(servers: &str) {
    let topic = topic(servers, 1);
    produce(servers, &topic, &numbered(0..100));
    admin(servers).delete_records(&topic, &[(0, 40)]).unwrap();
    let mut reader = Consumer::reader(&options(servers), vec![topic]).unwrap();
    for (asked, what) in [(10, "before the log"), (1_000, "after the log")] {
        reader.assign(&[at(0, asked)]).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let found = loop {
            assert!(Instant::now() < deadline, "{what} was not reported");
            match reader.poll(10, POLL).unwrap() {
                Polled::OutOfRange(found) => break found,
                Polled::Records(batch) => panic!("{what}: read {} records", batch.len()),
                _ => {}
            }
        };
        assert_eq!(found.at, at(0, asked), "{what}");
        let log = found.log.unwrap();
        assert_eq!(
            (log.earliest, log.last_stable, log.high_watermark),
            (40, 100, 100),
            "{what}"
        );
    }
    // Accepting the loss: the caller moves on to where the log begins.
    reader.seek(&[at(0, 40)], PATIENCE).unwrap();
    let records = read_to(&mut reader, &[(0, 100)]);
    assert_eq!(records.first().map(|record| record.offset), Some(40));
    assert_eq!(records.len(), 60);
}

pub(crate) fn the_end_of_a_partition_is_reached_past_markers(servers: &str) {
    let topic = topic(servers, 1);
    let mut producer = transactions::producer(servers);
    for round in 0..3 {
        producer.begin().unwrap();
        producer
            .send(&topic, numbered(round * 10..(round + 1) * 10))
            .unwrap();
        producer.commit_records(PATIENCE).unwrap();
    }
    // Aborted records at the end of the log count as read as well.
    producer.begin().unwrap();
    producer.send(&topic, numbered(100..110)).unwrap();
    producer.flush(PATIENCE).unwrap();
    producer.abandon(PATIENCE);
    let mut reader = Consumer::reader(&options(servers), vec![topic]).unwrap();
    reader.assign(&[at(0, 0)]).unwrap();
    // 3 x (10 records + a marker) + 10 aborted records + a marker.
    let records = read_to(&mut reader, &[(0, 44)]);
    assert_eq!(records.len(), 30);
    let log = reader.offsets(partition(0), PATIENCE).unwrap();
    assert_eq!(log.last_stable, 44);
    assert_eq!(reader.position_end(partition(0)), Some(44), "lag is zero");
}

pub(crate) fn a_paused_partition_goes_on_where_it_was(servers: &str) {
    let topic = topic(servers, 1);
    produce(servers, &topic, &numbered(0..10));
    let mut reader = Consumer::reader(&options(servers), vec![topic.clone()]).unwrap();
    reader.assign(&[at(0, 0)]).unwrap();
    assert_eq!(read_to(&mut reader, &[(0, 10)]).len(), 10);
    // The report of the end has been received: librdkafka takes it for a record.
    let deadline = Instant::now() + POLL * 3;
    while Instant::now() < deadline {
        reader.poll(100, POLL).unwrap();
    }
    reader.pause(&[partition(0)]).unwrap();
    produce(servers, &topic, &numbered(10..20));
    let deadline = Instant::now() + POLL * 3;
    while Instant::now() < deadline {
        let polled = reader.poll(100, POLL).unwrap();
        assert!(!matches!(polled, Polled::Records(_)), "it is paused");
    }
    reader.resume(&[partition(0)], PATIENCE).unwrap();
    let offsets: Vec<i64> = read_to(&mut reader, &[(0, 20)])
        .iter()
        .map(|record| record.offset)
        .collect();
    assert_eq!(offsets, (10..20).collect::<Vec<i64>>());
    reader.close(PATIENCE);
}

pub(crate) fn a_new_assignment_ends_a_pause(servers: &str) {
    let topic = topic(servers, 1);
    produce(servers, &topic, &numbered(0..10));
    let mut reader = Consumer::reader(&options(servers), vec![topic]).unwrap();
    reader.assign(&[at(0, 0)]).unwrap();
    reader.pause(&[partition(0)]).unwrap();
    reader.unassign().unwrap();
    reader.assign(&[at(0, 5)]).unwrap();
    assert_eq!(read_to(&mut reader, &[(0, 10)]).len(), 5);
    reader.close(PATIENCE);
}

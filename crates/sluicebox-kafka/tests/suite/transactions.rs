use std::time::Instant;

use sluicebox_kafka::{ErrorClass, TransactionOptions, TransactionalProducer};

use super::{
    PATIENCE, POLL, admin, answer, member, numbered, options, read_all, topic, unique,
    until_assigned,
};

/// A producer with an id of its own.
pub(crate) fn producer(servers: &str) -> TransactionalProducer {
    with_id(servers, &unique("id"))
}

fn with_id(servers: &str, id: &str) -> TransactionalProducer {
    TransactionalProducer::connect(&options(servers), TransactionOptions::new(id), PATIENCE)
        .unwrap()
}

pub(crate) fn outputs_and_offsets_are_committed_together(servers: &str) {
    let (input, output) = (topic(servers, 2), topic(servers, 2));
    let group = unique("group");
    let mut consumer = member(servers, &group, &[&input]);
    until_assigned(&mut consumer, 2);
    let metadata = consumer.group_metadata().unwrap();
    let mut producer = producer(servers);
    for round in 1..=5 {
        producer.begin().unwrap();
        producer.send(&output, numbered(0..100)).unwrap();
        producer.send(&output, numbered(100..150)).unwrap();
        let offsets = [
            (input.clone(), 0, round * 10),
            (input.clone(), 1, round * 20),
        ];
        producer.commit(&offsets, &metadata, PATIENCE).unwrap();
    }
    let committed: Vec<_> = admin(servers)
        .committed_offsets(&group)
        .unwrap()
        .into_iter()
        .map(|offset| (offset.partition, offset.offset))
        .collect();
    assert_eq!(committed, [(0, 50), (1, 100)]);
    assert_eq!(read_all(servers, &output).len(), 5 * 150);
    consumer.close(PATIENCE);
}

pub(crate) fn an_abandoned_transaction_is_never_seen(servers: &str) {
    let output = topic(servers, 1);
    let id = unique("id");
    let mut doomed = with_id(servers, &id);
    doomed.begin().unwrap();
    doomed.send(&output, numbered(0..1_000)).unwrap();
    doomed.flush(PATIENCE).unwrap();
    doomed.abandon(PATIENCE);
    // Not even abandoned: dropped in the middle. The next holder of the id ends its transaction.
    let mut dropped = with_id(servers, &id);
    dropped.begin().unwrap();
    dropped.send(&output, numbered(0..1_000)).unwrap();
    drop(dropped);
    let mut next = with_id(servers, &id);
    next.begin().unwrap();
    next.send(&output, numbered(5..8)).unwrap();
    next.commit_records(PATIENCE).unwrap();
    let values: Vec<_> = read_all(servers, &output)
        .into_iter()
        .map(|record| record.value.unwrap())
        .collect();
    assert_eq!(
        values,
        [
            b"value-5".to_vec(),
            b"value-6".to_vec(),
            b"value-7".to_vec()
        ]
    );
}

pub(crate) fn a_producer_whose_id_was_taken_over_is_fenced(servers: &str) {
    let output = topic(servers, 1);
    let id = unique("id");
    let mut old = with_id(servers, &id);
    old.begin().unwrap();
    old.send(&output, numbered(0..10)).unwrap();
    old.flush(PATIENCE).unwrap();
    let mut new = with_id(servers, &id);
    let error = old.commit_records(PATIENCE).unwrap_err();
    assert_eq!(error.class, ErrorClass::Fenced, "{error}");
    // Dead it is, and stays.
    let error = old.begin().unwrap_err();
    assert_eq!(error.class, ErrorClass::RebuildProducer, "{error}");
    old.abandon(POLL);
    new.begin().unwrap();
    new.send(&output, numbered(50..51)).unwrap();
    new.commit_records(PATIENCE).unwrap();
    assert_eq!(read_all(servers, &output).len(), 1);
}

pub(crate) fn a_member_of_an_old_generation_cannot_commit(servers: &str) {
    let (input, output) = (topic(servers, 2), topic(servers, 1));
    let group = unique("group");
    let mut first = member(servers, &group, &[&input]);
    until_assigned(&mut first, 2);
    let stale = first.group_metadata().unwrap();
    let mut second = member(servers, &group, &[&input]);
    let deadline = Instant::now() + PATIENCE;
    while first.positions().len() != 1 || second.positions().len() != 1 {
        assert!(Instant::now() < deadline, "the group did not settle");
        let polled = first.poll(1, POLL).unwrap();
        answer(&mut first, &polled);
        let polled = second.poll(1, POLL).unwrap();
        answer(&mut second, &polled);
    }
    let mut zombie = producer(servers);
    zombie.begin().unwrap();
    zombie.send(&output, numbered(0..10)).unwrap();
    let error = zombie
        .commit(&[(input, 0, 5)], &stale, PATIENCE)
        .unwrap_err();
    assert!(
        matches!(error.class, ErrorClass::Fenced | ErrorClass::AbortAndRewind),
        "certainly not committed: {error} {:?}",
        error.class
    );
    zombie.abandon(PATIENCE);
    assert!(read_all(servers, &output).is_empty());
    assert!(admin(servers).committed_offsets(&group).unwrap().is_empty());
    second.close(PATIENCE);
    first.close(PATIENCE);
}

pub(crate) fn batches_come_back_for_reuse_after_a_commit(servers: &str) {
    let output = topic(servers, 1);
    let mut producer = producer(servers);
    producer.begin().unwrap();
    producer.send(&output, numbered(0..100)).unwrap();
    assert!(producer.take_arenas().is_empty(), "lent until the commit");
    producer.commit_records(PATIENCE).unwrap();
    let batches = producer.take_arenas();
    assert_eq!(batches.len(), 1);
    assert!(batches[0].is_empty());
}

use std::collections::BTreeSet;
use std::time::Instant;

use sluicebox_kafka::{Consumer, ConsumerOptions, Polled};

use super::{
    PATIENCE, POLL, admin, answer, at, member, numbered, options, partition, produce, topic,
    unique, until_assigned,
};

pub(crate) fn members_share_partitions_and_answer_rebalances(servers: &str) {
    let topic = topic(servers, 4);
    let group = unique("group");
    let mut first = member(servers, &group, &[&topic]);
    assert!(
        first.group_metadata().is_none(),
        "not a member before the first assignment"
    );
    until_assigned(&mut first, 4);
    let before = first.group_metadata().expect("a member now");
    assert_eq!(before.group(), group);

    let mut second = member(servers, &group, &[&topic]);
    let deadline = Instant::now() + PATIENCE;
    let mut revoked = false;
    while first.positions().len() != 2 || second.positions().len() != 2 {
        assert!(
            Instant::now() < deadline,
            "{:?} {:?}",
            first.positions(),
            second.positions()
        );
        let polled = first.poll(10, POLL).unwrap();
        if matches!(polled, Polled::Revoked(_)) {
            revoked = true;
            assert!(
                first.group_metadata().is_none(),
                "no commits while partitions are taken back"
            );
        }
        answer(&mut first, &polled);
        let polled = second.poll(10, POLL).unwrap();
        answer(&mut second, &polled);
    }
    assert!(revoked);
    let owned: BTreeSet<i32> = first
        .positions()
        .iter()
        .chain(&second.positions())
        .map(|p| p.partition)
        .collect();
    assert_eq!(owned, BTreeSet::from([0, 1, 2, 3]));
    let after = first.group_metadata().unwrap();
    assert!(after.generation() > before.generation());

    let described = admin(servers).describe_groups(&[&group]).unwrap();
    assert_eq!(
        (described[0].state.as_str(), described[0].members.len()),
        ("Stable", 2)
    );

    // The one that stays takes over when the other leaves.
    second.close(PATIENCE);
    let deadline = Instant::now() + PATIENCE;
    while first.positions().len() != 4 {
        assert!(Instant::now() < deadline, "{:?}", first.positions());
        let polled = first.poll(10, POLL).unwrap();
        answer(&mut first, &polled);
    }
    first.close(PATIENCE);
}

pub(crate) fn the_consumer_protocol_works_the_same(servers: &str) {
    let topic = topic(servers, 4);
    let group = unique("group");
    let mut options = options(servers);
    options
        .properties
        .insert("group.protocol".to_owned(), "consumer".to_owned());
    let join = || {
        let consumer = ConsumerOptions::new(group.as_str(), vec![topic.clone()]);
        Consumer::subscribe(&options, consumer).unwrap()
    };
    let mut first = join();
    until_assigned(&mut first, 4);
    assert!(first.group_metadata().is_some());
    let mut second = join();
    let deadline = Instant::now() + PATIENCE;
    while first.positions().len() != 2 || second.positions().len() != 2 {
        assert!(
            Instant::now() < deadline,
            "{:?} {:?}",
            first.positions(),
            second.positions()
        );
        let polled = first.poll(10, POLL).unwrap();
        answer(&mut first, &polled);
        let polled = second.poll(10, POLL).unwrap();
        answer(&mut second, &polled);
    }
    second.close(PATIENCE);
    first.close(PATIENCE);
}

pub(crate) fn an_offset_hint_is_visible_to_the_group(servers: &str) {
    let topic = topic(servers, 1);
    let group = unique("group");
    produce(servers, &topic, &numbered(0..10));
    let mut consumer = member(servers, &group, &[&topic]);
    until_assigned(&mut consumer, 1);
    assert_eq!(
        consumer.committed(&[partition(0)], PATIENCE).unwrap(),
        [None]
    );
    consumer.commit_hint(&[at(0, 7)]);
    let deadline = Instant::now() + PATIENCE;
    while consumer.committed(&[partition(0)], PATIENCE).unwrap() != [Some(7)] {
        assert!(Instant::now() < deadline, "the hint did not arrive");
        let _records = consumer.poll(10, POLL).unwrap();
    }
    let committed = admin(servers).committed_offsets(&group).unwrap();
    assert_eq!(committed.len(), 1);
    assert_eq!(
        (committed[0].topic.as_str(), committed[0].offset),
        (topic.as_str(), 7)
    );
    assert!(
        admin(servers)
            .groups()
            .unwrap()
            .iter()
            .any(|listed| listed.group == group)
    );
    consumer.close(PATIENCE);
}

//! Consumer groups: who has which partition, and where it goes on.

use std::path::PathBuf;
use std::time::Instant;

use super::support::{
    Member, WAIT, admin, batch, next_offset, producer, push, send_all, topic, transactional,
    wait_until,
};
use crate::cluster::Cluster;
use crate::guard::Guard;
use crate::names::unique;

const PARTITIONS: i32 = 6;

fn all() -> Vec<i32> {
    (0..PARTITIONS).collect()
}

/// Polls all members until each has `each` partitions and all are covered.
fn settle(members: &mut [&mut Member], each: usize) {
    let deadline = Instant::now() + WAIT;
    loop {
        for member in &mut *members {
            member.poll();
        }
        let mut covered: Vec<i32> = members.iter().flat_map(|m| m.partitions()).collect();
        covered.sort_unstable();
        if covered == all() && members.iter().all(|m| m.partitions().len() == each) {
            return;
        }
        assert!(Instant::now() < deadline, "not settled: {covered:?}");
    }
}

/// One, then two, then three members: each partition has one owner at any time.
pub fn three_members_share_the_partitions(cluster: &dyn Cluster) {
    let topic = topic(cluster, "share", PARTITIONS);
    let group = unique("group");
    let mut first = Member::join(cluster, &group, &topic);
    settle(&mut [&mut first], 6);
    let mut second = Member::join(cluster, &group, &topic);
    settle(&mut [&mut first, &mut second], 3);
    let mut third = Member::join(cluster, &group, &topic);
    settle(&mut [&mut first, &mut second, &mut third], 2);
    for member in [first, second, third] {
        member.leave();
    }
}

/// Leaving is said to the group: the others need not wait for the session to time out.
pub fn a_member_that_leaves_hands_its_partitions_over(cluster: &dyn Cluster) {
    let topic = topic(cluster, "leave", PARTITIONS);
    let group = unique("group");
    let mut stays = Member::join(cluster, &group, &topic);
    let mut leaves = Member::join(cluster, &group, &topic);
    settle(&mut [&mut stays, &mut leaves], 3);
    leaves.leave();
    settle(&mut [&mut stays], 6);
    stays.leave();
}

/// A member that dies without a word loses its partitions after its session timeout.
pub fn a_member_that_dies_loses_its_partitions(cluster: &dyn Cluster) {
    let topic = topic(cluster, "die", PARTITIONS);
    let group = unique("group");
    let home = tempfile::tempdir().expect("a temporary directory");
    let directory = home.path().join("member");
    std::fs::create_dir(&directory).expect("a directory");
    let program = program("group-member").display().to_string();
    let command = [
        program,
        cluster.bootstrap_servers().into(),
        group.clone(),
        topic.clone(),
    ];
    let mut dies = Guard::new(&directory, &directory.join("log"), &command).expect("a shell");
    dies.start().expect("the member's program");
    wait_until("the other process has all partitions", || {
        dies.log().contains(&format!("{PARTITIONS} partitions"))
    });
    let mut stays = Member::join(cluster, &group, &topic);
    let deadline = Instant::now() + WAIT;
    while stays.partitions().len() != 3 {
        assert!(
            Instant::now() < deadline,
            "no rebalance:\n{}",
            dies.log_tail()
        );
        stays.poll();
    }
    dies.kill().expect("a kill");
    settle(&mut [&mut stays], 6);
    stays.leave();
}

/// The programs of this crate lie beside the tests' directory.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let found = test.ancestors().map(|d| d.join(name)).find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: cargo test builds it"))
}

/// Positions committed by one member are where the next owner goes on, over every rebalance; what a
/// member has read beyond them is read again.
pub fn a_rebalance_loses_and_repeats_no_committed_record(cluster: &dyn Cluster) {
    const TURNS: [usize; 3] = [100, 100, 400];
    const RECORDS: usize = 600;
    let topic = topic(cluster, "handover", PARTITIONS);
    let mut records = batch(&[]);
    for i in 0..RECORDS {
        push(&mut records, Some(&format!("key{i}")), &i.to_string());
    }
    send_all(&mut producer(cluster, &topic), &records);
    let group = unique("group");
    let mut seen: Vec<String> = Vec::new();
    // Three owners in turn. Each commits a part of what it read, in a transaction with nothing else
    // in it. One poll may bring all records there are: the cut makes sure that some are left for
    // the next owner.
    for wanted in TURNS {
        let mut member = Member::join(cluster, &group, &topic);
        let mut read = member.read(wanted);
        read.truncate(wanted);
        let mut producer = transactional(cluster, &unique("committer"));
        producer.begin().expect("begins");
        producer
            .commit(&positions_after(&topic, &read), &member.metadata(), WAIT)
            .expect("commits");
        seen.extend(read.iter().map(super::support::Read::text));
        member.leave();
    }
    seen.sort_by_key(|s| s.parse::<usize>().unwrap_or(usize::MAX));
    let expected: Vec<String> = (0..RECORDS).map(|i| i.to_string()).collect();
    assert_eq!(seen, expected);
}

/// Where an owner goes on that has handled these records: within a partition they are in order.
fn positions_after(topic: &str, read: &[super::support::Read]) -> Vec<(String, i32, i64)> {
    let last = |p| read.iter().rfind(|r| r.partition == p).map(|r| r.offset);
    (0..PARTITIONS)
        .filter_map(|p| Some(next_offset(topic, p, last(p)? + 1)))
        .collect()
}

/// The admin's view of a group.
pub fn a_group_is_listed_and_described(cluster: &dyn Cluster) {
    let topic = topic(cluster, "describe-group", PARTITIONS);
    let group = unique("group");
    let mut member = Member::join(cluster, &group, &topic);
    settle(&mut [&mut member], 6);
    let admin = admin(cluster);
    wait_until("the group is stable", || {
        let listed = admin.groups().expect("groups can be listed");
        listed
            .iter()
            .any(|g| g.group == group && g.state == "Stable")
    });
    let described = admin
        .describe_groups(&[&group])
        .expect("a group can be described");
    assert_eq!(described[0].state, "Stable");
    assert_eq!(described[0].members.len(), 1);
    let mut partitions: Vec<i32> = described[0].members[0]
        .partitions
        .iter()
        .map(|(_, p)| *p)
        .collect();
    partitions.sort_unstable();
    assert_eq!(partitions, all());
    member.leave();
    wait_until("the group is empty", || {
        admin
            .describe_groups(&[&group])
            .is_ok_and(|d| d[0].members.is_empty())
    });
}

use super::*;

fn static_request(name: &str, fresh: &str) -> JoinRequest {
    JoinRequest {
        instance_id: Some(name.to_owned()),
        ..Bench::request(fresh)
    }
}

fn static_caller<'a>(member_id: &'a str, instance: &'a str) -> Caller<'a> {
    Caller {
        member_id,
        instance_id: Some(instance),
    }
}

/// Static members `one` (member id `one-1`, leads) and `two` (`two-1`), `Stable`.
fn stable_pair() -> Bench {
    let mut bench = Bench::new();
    bench.join(static_request("one", "one-1"));
    bench.join(static_request("two", "two-1"));
    bench.join(JoinRequest {
        member_id: "one-1".to_owned(),
        ..static_request("one", "unused")
    });
    bench.sync("two-1", &[]);
    bench.sync("one-1", &[("one-1", "p0"), ("two-1", "p1")]);
    assert_eq!(bench.group.state(), GroupState::Stable);
    bench
}

#[test]
fn a_static_member_needs_no_member_id_first() {
    let mut bench = Bench::new();
    let (waiter, effects) = bench.join(static_request("one", "one-1"));
    assert_eq!(joined(&effects, waiter).member_id, "one-1");
}

#[test]
fn a_restarted_static_follower_keeps_its_partitions_without_a_rebalance() {
    let mut bench = stable_pair();
    let generation = bench.group.generation;
    let (waiter, effects) = bench.join(static_request("two", "two-2"));
    let answer = joined(&effects, waiter);
    assert_eq!(
        (answer.generation, answer.member_id.as_str()),
        (generation, "two-2")
    );
    let (waiter, effects) = bench.sync("two-2", &[]);
    assert_eq!(synced(&effects, waiter).unwrap().assignment, "p1");
    assert_eq!(bench.heartbeat("one-1"), Ok(()));
}

#[test]
fn a_restarted_static_leader_does_not_assign_anew() {
    let mut bench = stable_pair();
    let (waiter, effects) = bench.join(static_request("one", "one-2"));
    let answer = joined(&effects, waiter);
    assert_ne!(answer.leader, answer.member_id);
    assert!(answer.members.is_empty());
    let (waiter, effects) = bench.sync("one-2", &[]);
    assert_eq!(synced(&effects, waiter).unwrap().assignment, "p0");
}

#[test]
fn the_former_self_is_fenced() {
    let mut bench = stable_pair();
    bench.join(static_request("two", "two-2"));
    let generation = bench.group.generation;
    let former = static_caller("two-1", "two");
    let fenced = Err(ResponseError::FencedInstanceId);
    assert_eq!(bench.group.heartbeat(former, generation, bench.now), fenced);
    for from in [CommitFrom::Consumer, CommitFrom::Transaction] {
        assert_eq!(
            bench.group.may_commit(from, former, generation, bench.now),
            fenced
        );
    }
    let request = JoinRequest {
        member_id: "two-1".to_owned(),
        ..static_request("two", "x")
    };
    let (_, effects) = bench.join(request);
    assert_eq!(join_codes(&effects), [ResponseError::FencedInstanceId]);
}

#[test]
fn a_former_self_that_waits_in_a_join_is_told() {
    let mut bench = stable_pair();
    let again = JoinRequest {
        member_id: "one-1".to_owned(),
        ..static_request("one", "x")
    };
    let (former, _) = bench.join(again);
    let (_, effects) = bench.join(static_request("one", "one-2"));
    let expected = Err(JoinError {
        code: ResponseError::FencedInstanceId,
        member_id: "one-1".to_owned(),
    });
    assert!(
        effects.contains(&Effect::Join(former, expected)),
        "{effects:?}"
    );
}

#[test]
fn a_static_member_that_misses_a_rebalance_stays_until_its_session_ends() {
    let mut bench = stable_pair();
    let long = JoinRequest {
        member_id: "two-1".to_owned(),
        session_timeout_ms: 10 * REBALANCE_MS,
        ..static_request("two", "x")
    };
    bench.join(long);
    let again = JoinRequest {
        member_id: "one-1".to_owned(),
        ..static_request("one", "x")
    };
    let (leader, _) = bench.join(again);
    let effects = bench.pass(REBALANCE_MS);
    assert_eq!(joined(&effects, leader).members.len(), 2);
}

#[test]
fn an_administrator_removes_a_static_member_by_its_instance_id() {
    let mut bench = stable_pair();
    let by_instance = |name: &str| Leaver {
        member_id: String::new(),
        instance_id: Some(name.to_owned()),
    };
    let (answers, _) = bench
        .group
        .leave(&[by_instance("two"), by_instance("three")], bench.now);
    assert_eq!(answers, [Ok(()), Err(ResponseError::UnknownMemberId)]);
    assert_eq!(bench.group.view().members.len(), 1);
}

#[test]
fn an_unknown_instance_id_is_unknown() {
    let mut bench = stable_pair();
    let stranger = static_caller("two-1", "three");
    let answer = bench
        .group
        .heartbeat(stranger, bench.group.generation, bench.now);
    assert_eq!(answer, Err(ResponseError::UnknownMemberId));
}

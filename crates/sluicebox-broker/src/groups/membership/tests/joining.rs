use super::*;

#[test]
fn the_first_member_leads_without_delay() {
    let mut bench = Bench::new();
    let (waiter, effects) = bench.join_new("a");
    let answer = joined(&effects, waiter);
    assert_eq!((answer.generation, answer.leader.as_str()), (1, "a"));
    assert_eq!(answer.protocol, "range");
    assert_eq!(answer.members.len(), 1);
    assert_eq!(bench.group.state(), GroupState::CompletingRebalance);
}

#[test]
fn an_old_client_joins_without_the_member_id_dance() {
    let mut bench = Bench::new();
    let request = JoinRequest {
        requires_known_id: false,
        ..Bench::request("old")
    };
    let (waiter, effects) = bench.join(request);
    assert_eq!(joined(&effects, waiter).member_id, "old");
}

#[test]
fn a_member_id_that_was_never_given_out_is_unknown() {
    let mut bench = Bench::stable(&["a"]);
    let (_, effects) = bench.join_again("stranger");
    assert_eq!(join_codes(&effects), [ResponseError::UnknownMemberId]);
    assert_eq!(bench.group.state(), GroupState::Stable);
}

#[test]
fn a_second_member_starts_a_generation_once_the_first_has_joined_again() {
    let mut bench = Bench::stable(&["a"]);
    let (second, effects) = bench.join_new("b");
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(
        bench.heartbeat("a"),
        Err(ResponseError::RebalanceInProgress)
    );
    let (first, effects) = bench.join_again("a");
    assert_eq!(joined(&effects, first).members.len(), 2);
    assert_eq!(joined(&effects, second).members, []);
    assert_eq!(joined(&effects, second).leader, "a");
    assert_eq!(joined(&effects, second).generation, 2);
}

#[test]
fn followers_get_their_assignment_when_the_leader_brings_it() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    bench.join_again("a");
    let (follower, effects) = bench.sync("b", &[]);
    assert!(effects.is_empty());
    let (leader, effects) = bench.sync("a", &[("a", "p0"), ("b", "p1")]);
    assert_eq!(synced(&effects, follower).unwrap().assignment, "p1");
    assert_eq!(synced(&effects, leader).unwrap().assignment, "p0");
    let (again, effects) = bench.sync("b", &[]);
    assert_eq!(synced(&effects, again).unwrap().assignment, "p1");
}

#[test]
fn the_protocol_with_most_votes_among_the_common_ones_is_taken() {
    let mut bench = Bench::new();
    let offers = [
        ("a", ["x", "range", "sticky"]),
        ("b", ["sticky", "range", "y"]),
        ("c", ["sticky", "range", "z"]),
    ];
    for (name, names) in offers {
        let request = JoinRequest {
            protocols: protocols(&names),
            requires_known_id: false,
            ..Bench::request(name)
        };
        bench.join(request);
    }
    // `a` got generation 1 alone; it joins again so that all three count.
    let request = JoinRequest {
        member_id: "a".to_owned(),
        protocols: protocols(&["x", "range", "sticky"]),
        ..Bench::request("a")
    };
    let (waiter, effects) = bench.join(request);
    assert_eq!(joined(&effects, waiter).protocol, "sticky");
}

#[test]
fn a_member_without_a_common_protocol_is_refused() {
    let mut bench = Bench::stable(&["a"]);
    for request in [
        JoinRequest {
            protocols: protocols(&["sticky"]),
            ..Bench::request("b")
        },
        JoinRequest {
            protocol_type: "connect".to_owned(),
            ..Bench::request("b")
        },
        JoinRequest {
            protocols: Vec::new(),
            ..Bench::request("b")
        },
        JoinRequest {
            protocol_type: String::new(),
            ..Bench::request("b")
        },
    ] {
        let (_, effects) = bench.join(request);
        assert_eq!(
            join_codes(&effects),
            [ResponseError::InconsistentGroupProtocol]
        );
    }
}

#[test]
fn a_full_group_takes_nobody_in() {
    let mut bench = Bench::new();
    bench.group = Group::new(1);
    bench.join_new("a");
    let (_, effects) = bench.join(Bench::request("b"));
    assert_eq!(join_codes(&effects), [ResponseError::GroupMaxSizeReached]);
}

#[test]
fn a_promised_member_id_is_waited_for_until_its_session_ends() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    bench.join(Bench::request("c"));
    let (first, effects) = bench.join_again("a");
    assert!(effects.is_empty(), "c may still come: {effects:?}");
    let effects = bench.pass(SESSION_MS);
    assert_eq!(joined(&effects, first).members.len(), 2);
}

#[test]
fn who_does_not_join_again_is_out_after_the_rebalance_timeout() {
    let mut bench = Bench::stable(&["a", "b"]);
    let (newcomer, _) = bench.join_new("c");
    bench.join_again("a");
    for _ in 0..(REBALANCE_MS / SESSION_MS) * 2 - 1 {
        assert!(bench.pass(SESSION_MS / 2).is_empty());
        bench.heartbeat("b").unwrap_err();
    }
    let effects = bench.pass(SESSION_MS / 2);
    assert_eq!(joined(&effects, newcomer).leader, "a");
    assert_eq!(bench.group.view().members.len(), 2);
    assert_eq!(bench.heartbeat("b"), Err(ResponseError::UnknownMemberId));
}

#[test]
fn a_retried_join_gets_the_same_answer_while_the_assignment_is_awaited() {
    let mut bench = Bench::in_state(GroupState::CompletingRebalance);
    let (waiter, effects) = bench.join_again("a");
    assert_eq!(joined(&effects, waiter).generation, 1);
    assert_eq!(bench.group.state(), GroupState::CompletingRebalance);
}

#[test]
fn a_leader_that_joins_again_starts_a_rebalance_and_a_follower_does_not() {
    let mut bench = Bench::stable(&["a", "b"]);
    let generation = bench.group.generation;
    let (waiter, effects) = bench.join_again("b");
    assert_eq!(joined(&effects, waiter).generation, generation);
    let (_, effects) = bench.join_again("a");
    assert!(effects.is_empty());
    assert_eq!(bench.group.state(), GroupState::PreparingRebalance);
}

#[test]
fn a_join_sent_twice_is_answered_once_for_each_request() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    let (_, effects) = bench.join_again("b");
    assert_eq!(join_codes(&effects), [ResponseError::RebalanceInProgress]);
    let (_, effects) = bench.join_again("a");
    assert_eq!(effects.len(), 2);
}

use super::*;

fn leaver(name: &str) -> Leaver {
    Leaver {
        member_id: name.to_owned(),
        instance_id: None,
    }
}

#[test]
fn the_last_member_leaves_an_empty_group_with_a_higher_generation() {
    let mut bench = Bench::stable(&["a"]);
    let (answers, _) = bench.group.leave(&[leaver("a")], bench.now);
    assert_eq!(answers, [Ok(())]);
    assert_eq!(bench.group.state(), GroupState::Empty);
    assert_eq!(bench.group.generation, 2);
    assert!(bench.group.is_unused());
    assert_eq!(bench.group.next_deadline(), None);
}

#[test]
fn the_others_rebalance_when_a_member_leaves() {
    let mut bench = Bench::stable(&["a", "b"]);
    bench.group.leave(&[leaver("a")], bench.now);
    assert_eq!(
        bench.heartbeat("b"),
        Err(ResponseError::RebalanceInProgress)
    );
    let (waiter, effects) = bench.join_again("b");
    assert_eq!(joined(&effects, waiter).leader, "b");
}

#[test]
fn a_stranger_cannot_leave() {
    let mut bench = Bench::stable(&["a"]);
    let (answers, effects) = bench.group.leave(&[leaver("x"), leaver("")], bench.now);
    assert_eq!(answers, [Err(ResponseError::UnknownMemberId); 2]);
    assert!(effects.is_empty());
    assert_eq!(bench.group.state(), GroupState::Stable);
}

#[test]
fn a_promised_member_may_leave_before_it_has_joined() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    bench.join(Bench::request("c"));
    let (first, _) = bench.join_again("a");
    let (answers, effects) = bench.group.leave(&[leaver("c")], bench.now);
    assert_eq!(answers, [Ok(())]);
    assert_eq!(joined(&effects, first).members.len(), 2);
}

#[test]
fn a_silent_member_is_out_after_its_session_timeout() {
    let mut bench = Bench::stable(&["a", "b"]);
    bench.pass(SESSION_MS - 1);
    bench.heartbeat("b").unwrap();
    assert_eq!(bench.group.view().members.len(), 2);
    bench.pass(1);
    assert_eq!(bench.group.view().members.len(), 1);
    assert_eq!(
        bench.heartbeat("b"),
        Err(ResponseError::RebalanceInProgress)
    );
}

#[test]
fn a_member_whose_request_is_held_does_not_time_out() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    bench.now += SESSION_MS - 1;
    bench.heartbeat("a").unwrap_err();
    bench.pass(SESSION_MS - 1);
    assert_eq!(bench.group.view().members.len(), 2);
}

#[test]
fn a_leader_that_never_brings_an_assignment_is_replaced() {
    let mut bench = Bench::stable(&["a", "b"]);
    bench.join_again("a");
    bench.join_again("b");
    let (follower, _) = bench.sync("b", &[]);
    let effects = bench.pass(SESSION_MS);
    assert_eq!(
        synced(&effects, follower),
        Err(ResponseError::RebalanceInProgress)
    );
    let (waiter, effects) = bench.join_again("b");
    assert_eq!(joined(&effects, waiter).leader, "b");
}

#[test]
fn who_never_fetches_its_assignment_is_out_even_with_heartbeats() {
    let mut bench = Bench::stable(&["a"]);
    bench.join_new("b");
    bench.join_again("a");
    bench.sync("a", &[]);
    for _ in 0..REBALANCE_MS / (SESSION_MS / 2) {
        bench.pass(SESSION_MS / 2);
        bench.heartbeat("a").ok();
        bench.heartbeat("b").ok();
    }
    assert_eq!(bench.group.view().members.len(), 1);
    assert_eq!(bench.heartbeat("b"), Err(ResponseError::UnknownMemberId));
}

#[test]
fn a_group_with_members_cannot_be_deleted() {
    let mut bench = Bench::stable(&["a"]);
    assert_eq!(bench.group.delete(), Err(ResponseError::NonEmptyGroup));
    bench.group.leave(&[leaver("a")], bench.now);
    assert_eq!(bench.group.delete(), Ok(()));
    assert_eq!(bench.group.state(), GroupState::Dead);
}

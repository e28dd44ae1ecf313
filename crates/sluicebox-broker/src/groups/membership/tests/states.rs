//! Every request in every state.

use super::*;
use GroupState::{CompletingRebalance, Dead, Empty, PreparingRebalance, Stable};
use ResponseError::{
    CoordinatorNotAvailable, IllegalGeneration, MemberIdRequired, RebalanceInProgress,
    UnknownMemberId,
};

/// What the request of a member `a` is answered with; `None` where it is held or accepted.
fn expect(state: GroupState, table: [Option<ResponseError>; 5]) -> Option<ResponseError> {
    let index = STATES.iter().position(|s| *s == state).unwrap();
    table[index]
}

#[test]
fn heartbeats() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let table = [
            Some(UnknownMemberId),
            Some(RebalanceInProgress),
            None,
            None,
            Some(UnknownMemberId),
        ];
        assert_eq!(
            bench.heartbeat("a").err(),
            expect(state, table),
            "{state:?}"
        );
        assert_eq!(
            bench.heartbeat("stranger"),
            Err(UnknownMemberId),
            "{state:?}"
        );
        if !matches!(state, Empty | Dead) {
            let generation = bench.group.generation;
            for wrong in [generation - 1, generation + 1, -1] {
                let answer = bench.group.heartbeat(caller("a"), wrong, bench.now);
                assert_eq!(answer, Err(IllegalGeneration), "{state:?}");
            }
        }
    }
}

#[test]
fn first_joins() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let (_, effects) = bench.join(Bench::request("new"));
        let code = if state == Dead {
            CoordinatorNotAvailable
        } else {
            MemberIdRequired
        };
        assert_eq!(join_codes(&effects), [code], "{state:?}");
        assert_eq!(bench.group.state(), state);
    }
}

#[test]
fn joins_of_a_member() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let (_, effects) = bench.join_again("a");
        let table = [
            Some(UnknownMemberId),
            None,
            None,
            None,
            Some(CoordinatorNotAvailable),
        ];
        assert_eq!(
            join_codes(&effects).first().copied(),
            expect(state, table),
            "{state:?}"
        );
    }
}

#[test]
fn syncs_of_a_member() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let (waiter, effects) = bench.sync("a", &[("a", "all")]);
        let answer = synced(&effects, waiter);
        let table = [
            Some(UnknownMemberId),
            Some(RebalanceInProgress),
            None,
            None,
            Some(UnknownMemberId),
        ];
        assert_eq!(
            answer.as_ref().err().copied(),
            expect(state, table),
            "{state:?}"
        );
        if state == CompletingRebalance {
            assert_eq!(answer.unwrap().assignment, "all");
            assert_eq!(bench.group.state(), Stable);
        }
    }
}

#[test]
fn syncs_of_another_generation() {
    for state in [PreparingRebalance, CompletingRebalance, Stable] {
        let mut bench = Bench::in_state(state);
        let wrong = bench.group.generation - 1;
        let (waiter, effects) = bench.sync_in("a", wrong, &[]);
        assert_eq!(
            synced(&effects, waiter),
            Err(IllegalGeneration),
            "{state:?}"
        );
    }
}

#[test]
fn commits_of_a_member() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let generation = bench.group.generation;
        let consumer =
            bench
                .group
                .may_commit(CommitFrom::Consumer, caller("a"), generation, bench.now);
        let table = [
            Some(UnknownMemberId),
            None,
            Some(RebalanceInProgress),
            None,
            Some(UnknownMemberId),
        ];
        assert_eq!(consumer.err(), expect(state, table), "{state:?}");
        let transaction =
            bench
                .group
                .may_commit(CommitFrom::Transaction, caller("a"), generation, bench.now);
        let table = [
            Some(UnknownMemberId),
            None,
            None,
            None,
            Some(UnknownMemberId),
        ];
        assert_eq!(transaction.err(), expect(state, table), "{state:?}");
    }
}

#[test]
fn commits_of_another_generation() {
    for state in [PreparingRebalance, CompletingRebalance, Stable] {
        for from in [CommitFrom::Consumer, CommitFrom::Transaction] {
            let mut bench = Bench::in_state(state);
            let wrong = bench.group.generation - 1;
            let answer = bench.group.may_commit(from, caller("a"), wrong, bench.now);
            assert_eq!(answer, Err(IllegalGeneration), "{state:?} {from:?}");
        }
    }
}

#[test]
fn commits_without_membership() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let consumer = bench
            .group
            .may_commit(CommitFrom::Consumer, caller(""), -1, bench.now);
        let expected = if state == Empty {
            Ok(())
        } else {
            Err(UnknownMemberId)
        };
        assert_eq!(consumer, expected, "{state:?}");
        let transaction =
            bench
                .group
                .may_commit(CommitFrom::Transaction, caller(""), -1, bench.now);
        assert_eq!(transaction, Ok(()), "{state:?}");
    }
}

#[test]
fn leaves_of_a_member() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        let leaver = Leaver {
            member_id: "a".to_owned(),
            instance_id: None,
        };
        let (answers, _) = bench.group.leave(&[leaver], bench.now);
        let table = [
            Some(UnknownMemberId),
            None,
            None,
            None,
            Some(UnknownMemberId),
        ];
        assert_eq!(answers[0].err(), expect(state, table), "{state:?}");
        assert_eq!(bench.heartbeat("a"), Err(UnknownMemberId));
    }
}

#[test]
fn silence() {
    for state in STATES {
        let mut bench = Bench::in_state(state);
        bench.pass(SESSION_MS + REBALANCE_MS);
        bench.pass(SESSION_MS + REBALANCE_MS);
        bench.pass(SESSION_MS + REBALANCE_MS);
        let left = bench.group.view().members.len();
        assert_eq!(left, 0, "{state:?}");
        let after = if state == Dead { Dead } else { Empty };
        assert_eq!(bench.group.state(), after, "{state:?}");
        assert_eq!(bench.group.next_deadline(), None, "{state:?}");
    }
}

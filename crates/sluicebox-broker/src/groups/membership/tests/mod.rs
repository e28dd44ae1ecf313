//! Given a group in some state, when an event comes, then these effects follow.

mod joining;
mod leaving;
mod states;
mod static_members;

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

use super::*;

/// Drives one group by hand; member ids are the clients' names.
struct Bench {
    group: Group,
    now: Millis,
    next_waiter: u64,
}

const SESSION_MS: Millis = 10_000;
const REBALANCE_MS: Millis = 60_000;

impl Bench {
    fn new() -> Self {
        Self {
            group: Group::new(100),
            now: 1_000_000,
            next_waiter: 0,
        }
    }

    fn waiter(&mut self) -> Waiter {
        self.next_waiter += 1;
        Waiter(self.next_waiter)
    }

    fn request(name: &str) -> JoinRequest {
        JoinRequest {
            member_id: String::new(),
            instance_id: None,
            fresh_member_id: name.to_owned(),
            requires_known_id: true,
            client_id: format!("client-{name}"),
            client_host: "127.0.0.1".to_owned(),
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            protocol_type: "consumer".to_owned(),
            protocols: protocols(&["range"]),
        }
    }

    fn join(&mut self, request: JoinRequest) -> (Waiter, Effects) {
        let waiter = self.waiter();
        let effects = self.group.join(request, waiter, self.now);
        (waiter, effects)
    }

    /// The whole dance of a new dynamic member, up to the wait for the others.
    fn join_new(&mut self, name: &str) -> (Waiter, Effects) {
        let (_, refused) = self.join(Self::request(name));
        assert_eq!(join_codes(&refused), [ResponseError::MemberIdRequired]);
        self.join_again(name)
    }

    fn join_again(&mut self, name: &str) -> (Waiter, Effects) {
        self.join(JoinRequest {
            member_id: name.to_owned(),
            ..Self::request(name)
        })
    }

    fn sync(&mut self, name: &str, assignments: &[(&str, &str)]) -> (Waiter, Effects) {
        let generation = self.group.generation;
        self.sync_in(name, generation, assignments)
    }

    fn sync_in(
        &mut self,
        name: &str,
        generation: i32,
        assignments: &[(&str, &str)],
    ) -> (Waiter, Effects) {
        let waiter = self.waiter();
        let assignments: BTreeMap<_, _> = assignments
            .iter()
            .map(|(member, bytes)| {
                (
                    (*member).to_owned(),
                    Bytes::copy_from_slice(bytes.as_bytes()),
                )
            })
            .collect();
        let request = SyncRequest {
            caller: caller(name),
            generation,
            assignments,
        };
        let effects = self.group.sync(request, waiter, self.now);
        (waiter, effects)
    }

    fn heartbeat(&mut self, name: &str) -> Result<(), ResponseError> {
        self.group
            .heartbeat(caller(name), self.group.generation, self.now)
    }

    fn pass(&mut self, ms: Millis) -> Effects {
        self.now += ms;
        self.group.expire(self.now)
    }

    /// A group in `Stable` with these members, the first one leads.
    fn stable(names: &[&str]) -> Self {
        let mut bench = Self::new();
        for (index, name) in names.iter().enumerate() {
            bench.join_new(name);
            for earlier in &names[..index] {
                bench.join_again(earlier);
            }
        }
        for name in names.iter().rev() {
            bench.sync(name, &[]);
        }
        assert_eq!(bench.group.state(), GroupState::Stable);
        bench
    }

    /// A group in this state that has, but for `Empty` and `Dead`, the member `a`.
    fn in_state(state: GroupState) -> Self {
        let mut bench = match state {
            GroupState::Empty => Self::new(),
            GroupState::Dead => {
                let mut bench = Self::new();
                bench.group.delete().unwrap();
                bench
            }
            GroupState::Stable => Self::stable(&["a"]),
            GroupState::CompletingRebalance => {
                let mut bench = Self::new();
                bench.join_new("a");
                bench
            }
            GroupState::PreparingRebalance => {
                let mut bench = Self::stable(&["a"]);
                bench.join_new("b");
                bench
            }
        };
        assert_eq!(bench.group.state(), state);
        bench.now += 1;
        bench
    }
}

const STATES: [GroupState; 5] = [
    GroupState::Empty,
    GroupState::PreparingRebalance,
    GroupState::CompletingRebalance,
    GroupState::Stable,
    GroupState::Dead,
];

fn caller(name: &str) -> Caller<'_> {
    Caller {
        member_id: name,
        instance_id: None,
    }
}

fn protocols(names: &[&str]) -> Vec<Protocol> {
    names
        .iter()
        .map(|name| Protocol {
            name: (*name).to_owned(),
            metadata: Bytes::from_static(b"meta"),
        })
        .collect()
}

fn join_codes(effects: &Effects) -> Vec<ResponseError> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Join(_, Err(error)) => Some(error.code),
            _ => None,
        })
        .collect()
}

fn joined(effects: &Effects, waiter: Waiter) -> &Joined {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Join(to, Ok(joined)) if *to == waiter => Some(joined),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{waiter:?} has not joined: {effects:?}"))
}

fn synced(effects: &Effects, waiter: Waiter) -> SyncAnswer {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Sync(to, answer) if *to == waiter => Some(answer.clone()),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{waiter:?} has no answer: {effects:?}"))
}

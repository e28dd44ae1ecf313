//! One classic consumer group as a state machine: events and the time go in, effects come out.
//!
//! The rules are those of the classic group protocol (KIP-62 rebalance timeouts, KIP-345 static
//! members, KIP-394 member ids before the first join). Nothing here waits, reads a clock or draws
//! random numbers: the caller passes `now`, fresh member ids and [`Waiter`]s, and carries out the
//! [`Effect`]s.

mod commit;
mod describe;
mod effect;
mod expiry;
mod group;
mod heartbeat;
mod join;
mod leave;
mod member;
mod rebalance;
mod sync;
#[cfg(test)]
mod tests;

pub(crate) use commit::CommitFrom;
pub(crate) use describe::{GroupView, MemberView};
pub(crate) use effect::{Effect, Effects, JoinAnswer, JoinError, Joined, SyncAnswer, Waiter};
pub(crate) use group::{Group, GroupState};
pub(crate) use join::JoinRequest;
pub(crate) use leave::Leaver;
pub(crate) use member::{Caller, Protocol};
pub(crate) use sync::SyncRequest;

/// Milliseconds on the broker's clock, which never goes backwards while the broker runs.
pub(crate) type Millis = i64;

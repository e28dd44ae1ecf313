//! One member of a group.

use bytes::Bytes;

use super::Millis;
use super::effect::Waiter;

/// An assignment strategy that a member offers, with the metadata it wants the leader to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) name: String,
    pub(crate) metadata: Bytes,
}

/// How a client names itself in requests after the join.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) member_id: &'a str,
    pub(crate) instance_id: Option<&'a str>,
}

/// A member of the group, dynamic or static (KIP-345).
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout_ms: Millis,
    pub(super) rebalance_timeout_ms: Millis,
    /// Preferred first.
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    /// Rises with every member that joins the group: the lowest one is the oldest.
    pub(super) seniority: u64,
    /// The member is gone when nothing was heard from it until then.
    pub(super) session_ends: Millis,
    /// The `JoinGroup` that waits for the rebalance to complete.
    pub(super) joining: Option<Waiter>,
    /// The `SyncGroup` that waits for the leader's assignment.
    pub(super) syncing: Option<Waiter>,
    /// The member has joined this generation and not yet asked for its assignment.
    pub(super) owes_sync: bool,
}

impl Member {
    pub(super) fn heard(&mut self, now: Millis) {
        self.session_ends = now.saturating_add(self.session_timeout_ms);
    }

    /// A member whose request the broker holds cannot send heartbeats; it is alive all the same.
    pub(super) fn is_waiting(&self) -> bool {
        self.joining.is_some() || self.syncing.is_some()
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|p| p.name == protocol)
    }

    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols
            .iter()
            .find(|p| p.name == protocol)
            .map_or_else(Bytes::new, |p| p.metadata.clone())
    }
}

//! What a group asks its caller to do.

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

/// A client that waits for the answer to its `JoinGroup` or `SyncGroup`. Chosen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Waiter(pub(crate) u64);

/// The answer to a `JoinGroup`.
pub(crate) type JoinAnswer = Result<Joined, JoinError>;
/// The answer to a `SyncGroup`.
pub(crate) type SyncAnswer = Result<Synced, ResponseError>;

/// A refused `JoinGroup`: the error, and the member id that the client must use the next time
/// (set with `MEMBER_ID_REQUIRED`, else the one it sent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JoinError {
    pub(crate) code: ResponseError,
    pub(crate) member_id: String,
}

/// A member has its place in a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) generation: i32,
    pub(crate) protocol_type: String,
    pub(crate) protocol: String,
    pub(crate) leader: String,
    pub(crate) member_id: String,
    /// All members with their metadata, for the leader; empty for the others.
    pub(crate) members: Vec<JoinedMember>,
}

/// What the leader learns about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JoinedMember {
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) metadata: Bytes,
}

/// A member has its assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Synced {
    pub(crate) protocol_type: String,
    pub(crate) protocol: String,
    pub(crate) assignment: Bytes,
}

/// Something the caller carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Answer the `JoinGroup` of this waiter.
    Join(Waiter, JoinAnswer),
    /// Answer the `SyncGroup` of this waiter.
    Sync(Waiter, SyncAnswer),
}

/// The effects of one event, in the order in which they happened.
pub(crate) type Effects = Vec<Effect>;

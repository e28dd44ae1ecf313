//! Consumer groups: who is a member, which generation it is, and where the group stands.
//!
//! [`membership`] is a state machine without clock and without I/O, [`offsets`] holds what was
//! committed and speaks in journal records, [`Groups`] carries both: one lock, held for the time
//! of a state change and never across a wait.

mod coordinator;
pub(crate) mod membership;
pub(crate) mod offsets;

pub(crate) use coordinator::{CommitRequest, Fetched, Groups, GroupsSettings};

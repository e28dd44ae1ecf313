//! Consumer groups: who is a member, which generation it is, and where the group stands.
//!
//! [`membership`] is a state machine without clock and without I/O; [`offsets`] holds what was
//! committed and speaks in journal records.

pub(crate) mod membership;
pub(crate) mod offsets;

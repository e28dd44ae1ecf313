//! Heartbeat: is the caller still a member, and must it join again?

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::group::{Group, GroupState};
use super::member::Caller;

impl Group {
    /// Notes that the member lives. `REBALANCE_IN_PROGRESS` tells it to join again;
    /// `UNKNOWN_MEMBER_ID`, `ILLEGAL_GENERATION` and `FENCED_INSTANCE_ID` that it is out.
    pub(crate) fn heartbeat(
        &mut self,
        caller: Caller<'_>,
        generation: i32,
        now: Millis,
    ) -> Result<(), ResponseError> {
        let id = self.find_in_generation(caller, generation)?;
        match self.state {
            GroupState::Empty | GroupState::Dead => Err(ResponseError::UnknownMemberId),
            GroupState::PreparingRebalance => {
                self.heard(&id, now);
                Err(ResponseError::RebalanceInProgress)
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                self.heard(&id, now);
                Ok(())
            }
        }
    }
}

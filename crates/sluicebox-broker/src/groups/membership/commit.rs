//! Who may commit offsets for the group, and when.

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::group::{Group, GroupState};
use super::member::Caller;

/// Which request brings the offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitFrom {
    /// `OffsetCommit`.
    Consumer,
    /// `TxnOffsetCommit` (KIP-98, KIP-447).
    Transaction,
}

impl Group {
    /// Checks membership and generation before offsets are taken.
    ///
    /// Without generation, member id and instance id: accepted from tools and self-assigned
    /// consumers while the group is empty, and always from transactions, as Kafka does for
    /// producers older than KIP-447. A consumer that commits while the next generation is being
    /// gathered is heard, since this is its last chance before it joins again.
    pub(crate) fn may_commit(
        &mut self,
        from: CommitFrom,
        caller: Caller<'_>,
        generation: i32,
        now: Millis,
    ) -> Result<(), ResponseError> {
        let anonymous =
            generation < 0 && caller.member_id.is_empty() && caller.instance_id.is_none();
        if generation < 0 && self.state == GroupState::Empty {
            return Ok(());
        }
        if anonymous {
            return match from {
                CommitFrom::Transaction => Ok(()),
                CommitFrom::Consumer => Err(ResponseError::UnknownMemberId),
            };
        }
        let id = self.find_in_generation(caller, generation)?;
        self.heard(&id, now);
        if from == CommitFrom::Consumer && self.state == GroupState::CompletingRebalance {
            return Err(ResponseError::RebalanceInProgress);
        }
        Ok(())
    }
}

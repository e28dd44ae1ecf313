//! `LeaveGroup`: members that go of their own accord.

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::effect::Effects;
use super::group::{Group, GroupState};
use super::member::Caller;

/// Who leaves: by member id, or a static member by its instance id alone (an administrator's
/// removal, KIP-345).
#[derive(Debug, Clone)]
pub(crate) struct Leaver {
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
}

impl Group {
    /// Takes the members out, and answers for each of them in the order given.
    pub(crate) fn leave(
        &mut self,
        leavers: &[Leaver],
        now: Millis,
    ) -> (Vec<Result<(), ResponseError>>, Effects) {
        let mut effects = Effects::new();
        let answers: Vec<_> = leavers
            .iter()
            .map(|leaver| self.leave_one(leaver, &mut effects))
            .collect();
        if answers.iter().any(Result::is_ok) {
            self.after_departure(now, &mut effects);
        }
        (answers, effects)
    }

    fn leave_one(&mut self, leaver: &Leaver, effects: &mut Effects) -> Result<(), ResponseError> {
        if self.state == GroupState::Dead {
            return Err(ResponseError::UnknownMemberId);
        }
        if leaver.instance_id.is_none() && self.promised.remove(&leaver.member_id).is_some() {
            return Ok(());
        }
        let by_instance = leaver
            .instance_id
            .as_ref()
            .filter(|_| leaver.member_id.is_empty());
        let id = if let Some(instance) = by_instance {
            self.instances
                .get(instance)
                .cloned()
                .ok_or(ResponseError::UnknownMemberId)?
        } else {
            self.find(Caller {
                member_id: &leaver.member_id,
                instance_id: leaver.instance_id.as_deref(),
            })?
        };
        self.drop_member(&id, effects);
        Ok(())
    }
}

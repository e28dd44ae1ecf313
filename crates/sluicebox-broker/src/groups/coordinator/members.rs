//! Requests of members. Joins and syncs wait outside the lock until their group answers.

use kafka_protocol::error::ResponseError;
use tokio::sync::oneshot;

use super::Groups;
use crate::groups::membership::{
    Caller, JoinAnswer, JoinError, JoinRequest, Leaver, SyncAnswer, SyncRequest,
};
use crate::limits::{GROUP_ID_MAX_BYTES, GROUPS_MAX_COUNT, MEMBER_METADATA_MAX_BYTES};

impl Groups {
    /// `JoinGroup`: returns once the next generation begins.
    pub(crate) async fn join(&self, group_id: &str, request: JoinRequest) -> JoinAnswer {
        let member_id = request.member_id.clone();
        let refuse = |code| {
            Err(JoinError {
                code,
                member_id: member_id.clone(),
            })
        };
        if let Err(code) = self.check_join(group_id, &request) {
            return refuse(code);
        }
        let answer = {
            let mut state = self.lock();
            let known = state.groups.contains_key(group_id);
            if !known && !request.member_id.is_empty() {
                return refuse(ResponseError::UnknownMemberId);
            }
            if !known && state.groups.len() >= GROUPS_MAX_COUNT {
                return refuse(ResponseError::GroupMaxSizeReached);
            }
            let waiter = state.waiter();
            let (client, answer) = oneshot::channel();
            state.joins.insert(waiter, client);
            let effects = state.group(group_id).join(request, waiter, self.now());
            self.settle(&mut state, group_id, effects);
            answer
        };
        answer
            .await
            .unwrap_or_else(|_| refuse(ResponseError::CoordinatorNotAvailable))
    }

    fn check_join(&self, group_id: &str, request: &JoinRequest) -> Result<(), ResponseError> {
        check_group_id(group_id)?;
        let bounds = i64::from(self.settings.min_session_timeout_ms)
            ..=i64::from(self.settings.max_session_timeout_ms);
        if !bounds.contains(&request.session_timeout_ms) {
            return Err(ResponseError::InvalidSessionTimeout);
        }
        let bytes: usize = request
            .protocols
            .iter()
            .map(|p| p.name.len() + p.metadata.len())
            .sum();
        if bytes > MEMBER_METADATA_MAX_BYTES {
            return Err(ResponseError::InvalidRequest);
        }
        Ok(())
    }

    /// `SyncGroup`: returns once the leader has brought the assignment.
    pub(crate) async fn sync(&self, group_id: &str, request: SyncRequest<'_>) -> SyncAnswer {
        check_group_id(group_id)?;
        let bytes: usize = request.assignments.values().map(bytes::Bytes::len).sum();
        if bytes > MEMBER_METADATA_MAX_BYTES {
            return Err(ResponseError::InvalidRequest);
        }
        let answer = {
            let mut state = self.lock();
            if !state.groups.contains_key(group_id) {
                return Err(ResponseError::UnknownMemberId);
            }
            let waiter = state.waiter();
            let (client, answer) = oneshot::channel();
            state.syncs.insert(waiter, client);
            let effects = state.group(group_id).sync(request, waiter, self.now());
            self.settle(&mut state, group_id, effects);
            answer
        };
        answer
            .await
            .unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    /// Heartbeat.
    pub(crate) fn heartbeat(
        &self,
        group_id: &str,
        caller: Caller<'_>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        check_group_id(group_id)?;
        let now = self.now();
        let mut state = self.lock();
        let group = state
            .groups
            .get_mut(group_id)
            .ok_or(ResponseError::UnknownMemberId)?;
        group.heartbeat(caller, generation, now)
    }

    /// `LeaveGroup`: an answer for each of those who leave, in their order.
    pub(crate) fn leave(
        &self,
        group_id: &str,
        leavers: &[Leaver],
    ) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        check_group_id(group_id)?;
        let now = self.now();
        let mut state = self.lock();
        let Some(group) = state.groups.get_mut(group_id) else {
            return Ok(vec![Err(ResponseError::UnknownMemberId); leavers.len()]);
        };
        let (answers, effects) = group.leave(leavers, now);
        self.settle(&mut state, group_id, effects);
        Ok(answers)
    }
}

/// `INVALID_GROUP_ID` for names that are empty or out of bounds.
pub(super) fn check_group_id(group_id: &str) -> Result<(), ResponseError> {
    if group_id.is_empty() || group_id.len() > GROUP_ID_MAX_BYTES {
        return Err(ResponseError::InvalidGroupId);
    }
    Ok(())
}

//! `SyncGroup`: the leader brings the assignment, everybody fetches its part.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

use super::Millis;
use super::effect::{Effect, Effects, SyncAnswer, Synced, Waiter};
use super::group::{Group, GroupState};
use super::member::Caller;

/// A `SyncGroup` request.
#[derive(Debug)]
pub(crate) struct SyncRequest<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) generation: i32,
    /// The assignment of every member; only the leader's is looked at.
    pub(crate) assignments: BTreeMap<String, Bytes>,
}

impl Group {
    /// Answers at once when the assignment is there, else when the leader has brought it.
    pub(crate) fn sync(
        &mut self,
        request: SyncRequest<'_>,
        waiter: Waiter,
        now: Millis,
    ) -> Effects {
        let id = match self.find_in_generation(request.caller, request.generation) {
            Ok(id) => id,
            Err(code) => return vec![Effect::Sync(waiter, Err(code))],
        };
        self.heard(&id, now);
        match self.state {
            GroupState::Empty | GroupState::Dead => {
                vec![Effect::Sync(waiter, Err(ResponseError::UnknownMemberId))]
            }
            GroupState::PreparingRebalance => {
                vec![Effect::Sync(
                    waiter,
                    Err(ResponseError::RebalanceInProgress),
                )]
            }
            GroupState::CompletingRebalance => self.wait_for_assignment(&id, request, waiter, now),
            GroupState::Stable => {
                self.sync_arrived(&id);
                vec![Effect::Sync(waiter, self.synced(&id))]
            }
        }
    }

    fn wait_for_assignment(
        &mut self,
        id: &str,
        request: SyncRequest<'_>,
        waiter: Waiter,
        now: Millis,
    ) -> Effects {
        let mut effects = Effects::new();
        self.sync_arrived(id);
        if let Some(member) = self.members.get_mut(id)
            && let Some(older) = member.syncing.replace(waiter)
        {
            // The client has sent its request again; nobody listens to the first one.
            effects.push(Effect::Sync(older, Err(ResponseError::RebalanceInProgress)));
        }
        if self.leader.as_deref() == Some(id) {
            self.assign(request.assignments, now, &mut effects);
        }
        effects
    }

    fn assign(
        &mut self,
        mut assignments: BTreeMap<String, Bytes>,
        now: Millis,
        effects: &mut Effects,
    ) {
        self.state = GroupState::Stable;
        for member in self.members.values_mut() {
            member.assignment = assignments.remove(&member.id).unwrap_or_default();
        }
        let waiting: Vec<(String, Waiter)> = self
            .members
            .values_mut()
            .filter_map(|m| m.syncing.take().map(|w| (m.id.clone(), w)))
            .collect();
        for (id, waiter) in waiting {
            self.heard(&id, now);
            effects.push(Effect::Sync(waiter, self.synced(&id)));
        }
    }

    fn sync_arrived(&mut self, id: &str) {
        if let Some(member) = self.members.get_mut(id) {
            member.owes_sync = false;
        }
        if self.members.values().all(|m| !m.owes_sync) {
            self.sync_ends = None;
        }
    }

    fn synced(&self, id: &str) -> SyncAnswer {
        let member = self.members.get(id).ok_or(ResponseError::UnknownMemberId)?;
        Ok(Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: member.assignment.clone(),
        })
    }
}

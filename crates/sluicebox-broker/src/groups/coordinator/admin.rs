//! What tools ask: lists, descriptions, deletions.

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;
use uuid::Uuid;

use super::Groups;
use super::members::check_group_id;
use crate::groups::membership::{Group, GroupState, GroupView};
use crate::groups::offsets::OffsetsRecord;

impl Groups {
    /// Every group that has members or offsets: name, kind and state.
    pub(crate) fn list(&self) -> Vec<(String, String, GroupState)> {
        let state = self.lock();
        let with_offsets = state.store.groups().map(str::to_owned);
        let names: BTreeSet<String> = state.groups.keys().cloned().chain(with_offsets).collect();
        names
            .into_iter()
            .map(|name| {
                let group = state.groups.get(&name);
                let kind = group.map_or_else(String::new, |g| g.protocol_type().to_owned());
                (name, kind, group.map_or(GroupState::Empty, Group::state))
            })
            .collect()
    }

    /// A group as tools see it; `None` if there is none of this name.
    pub(crate) fn describe(&self, group_id: &str) -> Option<GroupView> {
        let state = self.lock();
        match state.groups.get(group_id) {
            Some(group) => Some(group.view()),
            None => state.store.knows(group_id).then(GroupView::without_members),
        }
    }

    /// Deletes a group without members, with all its offsets. Durable when it returns.
    pub(crate) async fn delete(&self, group_id: &str) -> Result<(), ResponseError> {
        check_group_id(group_id)?;
        let ticket = {
            let mut state = self.lock();
            let known = state.store.knows(group_id);
            if !known && !state.groups.contains_key(group_id) {
                return Err(ResponseError::GroupIdNotFound);
            }
            if state.store.has_any_pending(group_id) {
                // A transaction is about to commit offsets here; they would be lost.
                return Err(ResponseError::NonEmptyGroup);
            }
            if let Some(group) = state.groups.get_mut(group_id) {
                group.delete()?;
                state.groups.remove(group_id);
            }
            let group = group_id.to_owned();
            self.record(&mut state, OffsetsRecord::GroupDeleted { group })?
        };
        self.durable(ticket).await
    }

    /// `OffsetDelete`: forgets the group's positions in these partitions. Only while no member
    /// reads them: `NON_EMPTY_GROUP` as long as there are members at all.
    pub(crate) async fn delete_offsets(
        &self,
        group_id: &str,
        partitions: Vec<(String, i32)>,
    ) -> Result<(), ResponseError> {
        check_group_id(group_id)?;
        let ticket = {
            let mut state = self.lock();
            if state.groups.get(group_id).is_some_and(Group::has_members) {
                return Err(ResponseError::NonEmptyGroup);
            }
            if !state.store.knows(group_id) {
                return Err(ResponseError::GroupIdNotFound);
            }
            let group = group_id.to_owned();
            self.record(&mut state, OffsetsRecord::Forgotten { group, partitions })?
        };
        self.durable(ticket).await
    }

    /// A topic has been deleted, and every position in it with it. Durable when it returns.
    pub(crate) async fn forget_topic(&self, topic_id: Uuid) -> Result<(), ResponseError> {
        let ticket = {
            let mut state = self.lock();
            if !state.store.uses_topic(topic_id) {
                return Ok(());
            }
            self.record(&mut state, OffsetsRecord::TopicDeleted { topic_id })?
        };
        self.durable(ticket).await
    }

    /// At start: a crash may have come between the deletion of a topic and that of its offsets.
    pub(crate) fn forget_missing_topics(&self, exists: impl Fn(Uuid) -> bool) {
        let mut state = self.lock();
        let missing: BTreeSet<Uuid> = state.store.topic_ids().filter(|id| !exists(*id)).collect();
        for topic_id in missing {
            if let Err(code) = self.record(&mut state, OffsetsRecord::TopicDeleted { topic_id }) {
                tracing::warn!(%topic_id, %code, "offsets of a deleted topic stay for now");
            }
        }
    }
}

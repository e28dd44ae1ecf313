//! The group: its state, its members and the checks that every request shares.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::member::{Caller, Member};

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupState {
    /// No members; offsets may exist.
    Empty,
    /// Members are asked to join again, the next generation is being gathered.
    PreparingRebalance,
    /// Everybody has joined; the leader's assignment is awaited.
    CompletingRebalance,
    /// Every member has, or can fetch, its assignment.
    Stable,
    /// Deleted; requests that still hold it are told to look again.
    Dead,
}

impl GroupState {
    /// The name in `DescribeGroups` and `ListGroups`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }
}

/// One classic consumer group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(super) state: GroupState,
    pub(super) generation: i32,
    pub(super) protocol_type: String,
    pub(super) protocol: String,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Static members: instance id to member id.
    pub(super) instances: BTreeMap<String, String>,
    /// Member ids given out with `MEMBER_ID_REQUIRED` and not used yet, with their deadlines.
    pub(super) promised: BTreeMap<String, Millis>,
    /// In `PreparingRebalance`: who has not joined again by then is out (KIP-62).
    pub(super) rebalance_ends: Option<Millis>,
    /// After a rebalance: who has not fetched its assignment by then is out.
    pub(super) sync_ends: Option<Millis>,
    pub(super) next_seniority: u64,
    pub(super) max_members: usize,
}

impl Group {
    /// An empty group that takes at most `max_members` members.
    pub(crate) fn new(max_members: usize) -> Self {
        Self {
            state: GroupState::Empty,
            generation: 0,
            protocol_type: String::new(),
            protocol: String::new(),
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            promised: BTreeMap::new(),
            rebalance_ends: None,
            sync_ends: None,
            next_seniority: 0,
            max_members,
        }
    }

    pub(crate) fn state(&self) -> GroupState {
        self.state
    }

    pub(crate) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// No members and no client that was promised a member id: nothing is lost by forgetting it.
    pub(crate) fn is_unused(&self) -> bool {
        self.members.is_empty() && self.promised.is_empty()
    }

    /// Marks the group as deleted. Refused with `NON_EMPTY_GROUP` while it has members.
    pub(crate) fn delete(&mut self) -> Result<(), ResponseError> {
        if !self.members.is_empty() {
            return Err(ResponseError::NonEmptyGroup);
        }
        self.promised.clear();
        self.state = GroupState::Dead;
        Ok(())
    }

    /// The member that a request comes from, or why it is nobody: `UNKNOWN_MEMBER_ID`, or
    /// `FENCED_INSTANCE_ID` when another process has taken its instance id over (KIP-345).
    pub(super) fn find(&self, caller: Caller<'_>) -> Result<String, ResponseError> {
        if let Some(instance) = caller.instance_id {
            let holder = self
                .instances
                .get(instance)
                .ok_or(ResponseError::UnknownMemberId)?;
            if holder != caller.member_id {
                return Err(ResponseError::FencedInstanceId);
            }
        }
        if !self.members.contains_key(caller.member_id) {
            return Err(ResponseError::UnknownMemberId);
        }
        Ok(caller.member_id.to_owned())
    }

    /// As [`Group::find`], and the caller must know the present generation
    /// (`ILLEGAL_GENERATION`).
    pub(super) fn find_in_generation(
        &self,
        caller: Caller<'_>,
        generation: i32,
    ) -> Result<String, ResponseError> {
        let id = self.find(caller)?;
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        Ok(id)
    }

    pub(super) fn heard(&mut self, member_id: &str, now: Millis) {
        if let Some(member) = self.members.get_mut(member_id) {
            member.heard(now);
        }
    }
}

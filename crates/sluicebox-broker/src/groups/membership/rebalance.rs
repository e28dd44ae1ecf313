//! From one generation to the next.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::effect::{Effect, Effects, JoinAnswer, JoinError, Joined, JoinedMember};
use super::group::{Group, GroupState};

impl Group {
    /// Asks every member to join again. The next generation begins as soon as all have, at the
    /// latest after the longest rebalance timeout among them; there is no initial delay.
    pub(super) fn prepare_rebalance(&mut self, now: Millis, effects: &mut Effects) {
        if self.state != GroupState::PreparingRebalance {
            for member in self.members.values_mut() {
                member.owes_sync = false;
                if let Some(waiter) = member.syncing.take() {
                    member.heard(now);
                    effects.push(Effect::Sync(
                        waiter,
                        Err(ResponseError::RebalanceInProgress),
                    ));
                }
            }
            self.sync_ends = None;
            self.state = GroupState::PreparingRebalance;
            self.rebalance_ends = Some(now.saturating_add(self.rebalance_timeout_ms()));
        }
        self.complete_if_all_joined(now, effects);
    }

    /// Begins the next generation when nobody is missing.
    pub(super) fn complete_if_all_joined(&mut self, now: Millis, effects: &mut Effects) {
        if self.state == GroupState::PreparingRebalance
            && self.promised.is_empty()
            && self.members.values().all(|m| m.joining.is_some())
        {
            self.begin_generation(now, effects);
        }
    }

    /// The rebalance timeout is over: dynamic members that have not joined are out. Static ones
    /// stay until their session ends, so that a quick restart moves no partitions (KIP-345).
    pub(super) fn complete_without_the_missing(&mut self, now: Millis, effects: &mut Effects) {
        let missing: Vec<String> = self
            .members
            .values()
            .filter(|m| m.joining.is_none() && m.instance_id.is_none())
            .map(|m| m.id.clone())
            .collect();
        for id in missing {
            self.drop_member(&id, effects);
        }
        self.promised.clear();
        if !self.members.is_empty() && self.members.values().all(|m| m.joining.is_none()) {
            // Only static members are left and none has joined: there is no one to lead.
            self.rebalance_ends = Some(now.saturating_add(self.rebalance_timeout_ms()));
            return;
        }
        self.begin_generation(now, effects);
    }

    fn begin_generation(&mut self, now: Millis, effects: &mut Effects) {
        self.rebalance_ends = None;
        // Generations stay positive: clients read -1 as "not a member".
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        if self.members.is_empty() {
            self.state = GroupState::Empty;
            self.leader = None;
            self.protocol.clear();
            return;
        }
        self.state = GroupState::CompletingRebalance;
        self.protocol = self.elect_protocol();
        self.elect_leader();
        self.sync_ends = Some(now.saturating_add(self.rebalance_timeout_ms()));
        let joining: Vec<_> = self
            .members
            .values_mut()
            .filter_map(|m| {
                m.heard(now);
                m.assignment.clear();
                let waiter = m.joining.take()?;
                m.owes_sync = true;
                Some((m.id.clone(), waiter))
            })
            .collect();
        for (id, waiter) in joining {
            effects.push(Effect::Join(waiter, self.joined(&id)));
        }
    }

    /// The place of a member in this generation.
    pub(super) fn joined(&self, id: &str) -> JoinAnswer {
        let Some(leader) = &self.leader else {
            return Err(JoinError {
                code: ResponseError::UnknownMemberId,
                member_id: id.to_owned(),
            });
        };
        let members = if leader == id {
            self.roster()
        } else {
            Vec::new()
        };
        Ok(Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: leader.clone(),
            member_id: id.to_owned(),
            members,
        })
    }

    fn roster(&self) -> Vec<JoinedMember> {
        self.members
            .values()
            .map(|m| JoinedMember {
                member_id: m.id.clone(),
                instance_id: m.instance_id.clone(),
                metadata: m.metadata(&self.protocol),
            })
            .collect()
    }

    /// The leader stays while it joins; else the oldest member that has joined leads.
    fn elect_leader(&mut self) {
        let stays = self
            .leader
            .as_ref()
            .and_then(|id| self.members.get(id))
            .is_some_and(|m| m.joining.is_some());
        if !stays {
            self.leader = self
                .members
                .values()
                .filter(|m| m.joining.is_some())
                .min_by_key(|m| m.seniority)
                .map(|m| m.id.clone());
        }
    }

    /// Every member votes for the first of its protocols that all support. On a tie the name
    /// decides, so that the outcome does not depend on who asked first.
    fn elect_protocol(&self) -> String {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let choice = member
                .protocols
                .iter()
                .find(|p| self.members.values().all(|other| other.supports(&p.name)));
            if let Some(choice) = choice {
                *votes.entry(&choice.name).or_default() += 1;
            }
        }
        let most = votes.values().copied().max().unwrap_or(0);
        votes
            .into_iter()
            .find(|(_, count)| *count == most)
            .map_or_else(String::new, |(name, _)| name.to_owned())
    }

    fn rebalance_timeout_ms(&self) -> Millis {
        self.members
            .values()
            .map(|m| m.rebalance_timeout_ms)
            .max()
            .unwrap_or(0)
    }

    /// Takes a member out, with an answer for the requests it may still have here.
    pub(super) fn drop_member(&mut self, id: &str, effects: &mut Effects) {
        let Some(member) = self.members.remove(id) else {
            return;
        };
        if let Some(instance) = &member.instance_id
            && self
                .instances
                .get(instance)
                .is_some_and(|holder| holder == id)
        {
            self.instances.remove(instance);
        }
        if self.leader.as_deref() == Some(id) {
            self.leader = None;
        }
        let code = ResponseError::UnknownMemberId;
        if let Some(waiter) = member.joining {
            let answer = Err(JoinError {
                code,
                member_id: id.to_owned(),
            });
            effects.push(Effect::Join(waiter, answer));
        }
        if let Some(waiter) = member.syncing {
            effects.push(Effect::Sync(waiter, Err(code)));
        }
    }

    /// What follows when members have gone: the others share the work anew.
    pub(super) fn after_departure(&mut self, now: Millis, effects: &mut Effects) {
        match self.state {
            GroupState::Stable | GroupState::CompletingRebalance => {
                self.prepare_rebalance(now, effects);
            }
            GroupState::PreparingRebalance => self.complete_if_all_joined(now, effects),
            GroupState::Empty | GroupState::Dead => {}
        }
    }
}

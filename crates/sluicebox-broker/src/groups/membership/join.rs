//! `JoinGroup`: becoming a member, staying one, and taking over from an earlier self.

use kafka_protocol::error::ResponseError;

use super::Millis;
use super::effect::{Effect, Effects, JoinError, Waiter};
use super::group::{Group, GroupState};
use super::member::{Caller, Member, Protocol};

/// A `JoinGroup` request whose timeouts and sizes are within the limits.
#[derive(Debug, Clone)]
pub(crate) struct JoinRequest {
    /// Empty on the first join.
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    /// The member id to give out if this client has none.
    pub(crate) fresh_member_id: String,
    /// Version 4 and later: the client must know its id before it becomes a member (KIP-394).
    pub(crate) requires_known_id: bool,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) session_timeout_ms: Millis,
    pub(crate) rebalance_timeout_ms: Millis,
    pub(crate) protocol_type: String,
    pub(crate) protocols: Vec<Protocol>,
}

impl Group {
    /// Takes a client in. The answer comes when the generation begins, at once where no
    /// rebalance is needed or the request is refused.
    pub(crate) fn join(&mut self, request: JoinRequest, waiter: Waiter, now: Millis) -> Effects {
        let mut effects = Effects::new();
        let member_id = request.member_id.clone();
        if let Err(error) = self.try_join(request, waiter, now, &mut effects) {
            let member_id = error.member_id.unwrap_or(member_id);
            let answer = Err(JoinError {
                code: error.code,
                member_id,
            });
            effects.push(Effect::Join(waiter, answer));
        }
        effects
    }

    fn try_join(
        &mut self,
        request: JoinRequest,
        waiter: Waiter,
        now: Millis,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.state == GroupState::Dead {
            return Err(ResponseError::CoordinatorNotAvailable.into());
        }
        if !self.is_compatible(&request) {
            return Err(ResponseError::InconsistentGroupProtocol.into());
        }
        if request.member_id.is_empty() {
            self.join_first_time(request, waiter, now, effects)
        } else {
            self.join_again(request, waiter, now, effects)
        }
    }

    fn join_first_time(
        &mut self,
        request: JoinRequest,
        waiter: Waiter,
        now: Millis,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if let Some(instance) = &request.instance_id {
            if let Some(older) = self.instances.get(instance).cloned() {
                self.take_over(&older, request, waiter, now, effects);
                return Ok(());
            }
        } else if request.requires_known_id {
            self.check_room()?;
            let id = request.fresh_member_id;
            self.promised
                .insert(id.clone(), now.saturating_add(request.session_timeout_ms));
            return Err(Refusal {
                code: ResponseError::MemberIdRequired,
                member_id: Some(id),
            });
        }
        self.check_room()?;
        let id = request.fresh_member_id.clone();
        self.add_member(id, request, waiter, now);
        self.prepare_rebalance(now, effects);
        Ok(())
    }

    fn join_again(
        &mut self,
        request: JoinRequest,
        waiter: Waiter,
        now: Millis,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let id = request.member_id.clone();
        if self.promised.remove(&id).is_some() {
            self.add_member(id, request, waiter, now);
            self.prepare_rebalance(now, effects);
            return Ok(());
        }
        self.find(Caller {
            member_id: &id,
            instance_id: request.instance_id.as_deref(),
        })?;
        let unchanged = self.members[&id].protocols == request.protocols;
        let leads = self.leader.as_deref() == Some(id.as_str());
        match self.state {
            GroupState::Empty | GroupState::Dead => {
                return Err(ResponseError::UnknownMemberId.into());
            }
            // The first answer was lost on the way.
            GroupState::CompletingRebalance if unchanged => {
                self.refresh(&id, &request, now);
                effects.push(Effect::Join(waiter, self.joined(&id)));
            }
            // A follower that has lost its assignment. A leader that joins again wants a
            // rebalance: its view of the topics has changed.
            GroupState::Stable if unchanged && !leads => {
                self.refresh(&id, &request, now);
                effects.push(Effect::Join(waiter, self.joined(&id)));
            }
            GroupState::PreparingRebalance
            | GroupState::CompletingRebalance
            | GroupState::Stable => {
                self.update_member(&id, request, waiter, now, effects);
                self.prepare_rebalance(now, effects);
            }
        }
        Ok(())
    }

    /// A static member has restarted: it keeps its place under a new member id, and the older
    /// process, should it still live, is fenced (KIP-345).
    fn take_over(
        &mut self,
        older: &str,
        request: JoinRequest,
        waiter: Waiter,
        now: Millis,
        effects: &mut Effects,
    ) {
        let Some(mut member) = self.members.remove(older) else {
            return;
        };
        let id = request.fresh_member_id.clone();
        let code = ResponseError::FencedInstanceId;
        if let Some(waiter) = member.joining.take() {
            let answer = Err(JoinError {
                code,
                member_id: older.to_owned(),
            });
            effects.push(Effect::Join(waiter, answer));
        }
        if let Some(waiter) = member.syncing.take() {
            effects.push(Effect::Sync(waiter, Err(code)));
        }
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        let led = self.leader.as_deref() == Some(older);
        let unchanged = member.protocols == request.protocols;
        member.id.clone_from(&id);
        self.members.insert(id.clone(), member);
        if led {
            self.leader = Some(id.clone());
        }
        if self.state == GroupState::Stable && unchanged {
            self.refresh(&id, &request, now);
            let answer = self.joined(&id).map(|mut joined| {
                if led {
                    // Told that its former self leads, the client fetches the assignment instead
                    // of making a new one that nobody has asked for.
                    older.clone_into(&mut joined.leader);
                    joined.members.clear();
                }
                joined
            });
            effects.push(Effect::Join(waiter, answer));
        } else {
            self.update_member(&id, request, waiter, now, effects);
            self.prepare_rebalance(now, effects);
        }
    }

    fn add_member(&mut self, id: String, request: JoinRequest, waiter: Waiter, now: Millis) {
        if self.members.is_empty() {
            self.protocol_type.clone_from(&request.protocol_type);
        }
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        self.next_seniority += 1;
        let member = Member {
            id: id.clone(),
            instance_id: request.instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocols: request.protocols,
            assignment: bytes::Bytes::new(),
            seniority: self.next_seniority,
            session_ends: now.saturating_add(request.session_timeout_ms),
            joining: Some(waiter),
            syncing: None,
            owes_sync: false,
        };
        self.members.insert(id, member);
    }

    fn update_member(
        &mut self,
        id: &str,
        request: JoinRequest,
        waiter: Waiter,
        now: Millis,
        effects: &mut Effects,
    ) {
        self.refresh(id, &request, now);
        let Some(member) = self.members.get_mut(id) else {
            return;
        };
        member.protocols = request.protocols;
        if let Some(older) = member.joining.replace(waiter) {
            // The client has sent its request again; nobody listens to the first one.
            let code = ResponseError::RebalanceInProgress;
            let answer = Err(JoinError {
                code,
                member_id: id.to_owned(),
            });
            effects.push(Effect::Join(older, answer));
        }
    }

    fn refresh(&mut self, id: &str, request: &JoinRequest, now: Millis) {
        let Some(member) = self.members.get_mut(id) else {
            return;
        };
        member.session_timeout_ms = request.session_timeout_ms;
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.client_id.clone_from(&request.client_id);
        member.client_host.clone_from(&request.client_host);
        member.heard(now);
    }

    fn check_room(&self) -> Result<(), Refusal> {
        if self.members.len() + self.promised.len() >= self.max_members {
            return Err(ResponseError::GroupMaxSizeReached.into());
        }
        Ok(())
    }

    /// All members must be of one kind and have a strategy in common, else no leader could
    /// assign.
    fn is_compatible(&self, request: &JoinRequest) -> bool {
        if request.protocol_type.is_empty() || request.protocols.is_empty() {
            return false;
        }
        let mut others = self
            .members
            .values()
            .filter(|m| m.id != request.member_id)
            .filter(|m| request.instance_id.is_none() || m.instance_id != request.instance_id)
            .peekable();
        if others.peek().is_none() {
            return self.members.is_empty() || self.protocol_type == request.protocol_type;
        }
        let others: Vec<&Member> = others.collect();
        self.protocol_type == request.protocol_type
            && request
                .protocols
                .iter()
                .any(|p| others.iter().all(|m| m.supports(&p.name)))
    }
}

/// Why a join is refused; the member id is set when the client is to use another one.
struct Refusal {
    code: ResponseError,
    member_id: Option<String>,
}

impl From<ResponseError> for Refusal {
    fn from(code: ResponseError) -> Self {
        Self {
            code,
            member_id: None,
        }
    }
}

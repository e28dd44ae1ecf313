//! Commits and fetches. A commit is acknowledged, and shown to others, once it is durable.

use kafka_protocol::error::ResponseError;
use sluicebox_faults::point;
use uuid::Uuid;

use super::members::check_group_id;
use super::{Groups, State};
use crate::groups::membership::{Caller, CommitFrom, Group};
use crate::groups::offsets::{CommittedOffset, OffsetsRecord, Standing};
use crate::journal::Ticket;
use crate::limits::GROUPS_MAX_COUNT;
use crate::transactions::machine::Producer;

/// Offsets that a client wants to commit.
pub(crate) struct CommitRequest<'a> {
    pub(crate) group_id: &'a str,
    pub(crate) caller: Caller<'a>,
    pub(crate) generation: i32,
    pub(crate) offsets: Vec<CommittedOffset>,
}

/// Offsets on their way to the disk.
#[must_use = "they count once they are durable"]
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingCommit(Ticket);

/// What a fetch finds for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// Nothing was committed.
    Nothing,
    /// The committed position.
    At(CommittedOffset),
    /// A transaction that has not ended is about to move it (KIP-447).
    Unstable,
}

impl Groups {
    /// `OffsetCommit`; durable when it returns.
    pub(crate) async fn commit(&self, request: CommitRequest<'_>) -> Result<(), ResponseError> {
        let group = request.group_id.to_owned();
        let ticket = {
            let mut state = self.lock();
            self.may_commit(&mut state, CommitFrom::Consumer, &request)?;
            if request.offsets.is_empty() {
                return Ok(());
            }
            let (at_ms, offsets) = (self.clock.now_ms(), request.offsets);
            self.record(
                &mut state,
                OffsetsRecord::Committed {
                    group,
                    at_ms,
                    offsets,
                },
            )?
        };
        self.durable(ticket).await
    }

    /// `TxnOffsetCommit`: the offsets count once [`Groups::end_transaction`] says so. The caller
    /// makes sure that the transaction is ongoing, and goes on being so until this returns;
    /// acknowledge after [`Groups::pending_durable`].
    pub(crate) fn commit_in_transaction(
        &self,
        request: CommitRequest<'_>,
        producer: Producer,
    ) -> Result<PendingCommit, ResponseError> {
        let mut state = self.lock();
        self.may_commit(&mut state, CommitFrom::Transaction, &request)?;
        let record = OffsetsRecord::Pending {
            group: request.group_id.to_owned(),
            at_ms: self.clock.now_ms(),
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            offsets: request.offsets,
        };
        self.record(&mut state, record).map(PendingCommit)
    }

    pub(crate) async fn pending_durable(
        &self,
        pending: PendingCommit,
    ) -> Result<(), ResponseError> {
        self.durable(pending.0).await
    }

    fn may_commit(
        &self,
        state: &mut State,
        from: CommitFrom,
        request: &CommitRequest<'_>,
    ) -> Result<(), ResponseError> {
        check_group_id(request.group_id)?;
        if let Some(group) = state.groups.get_mut(request.group_id) {
            return group.may_commit(from, request.caller, request.generation, self.now());
        }
        if !state.store.knows(request.group_id) && state.store.groups().count() >= GROUPS_MAX_COUNT
        {
            return Err(ResponseError::GroupMaxSizeReached);
        }
        // Nobody has joined since the start: the same rules as for a group without members.
        Group::new(0).may_commit(from, request.caller, request.generation, self.now())
    }

    /// The offsets that the producer's transaction has brought count, or are dropped. Durable
    /// when it returns. Saying it again, with whatever result, changes nothing.
    pub(crate) async fn end_transaction(
        &self,
        group_id: &str,
        producer_id: i64,
        committed: bool,
    ) -> Result<(), ResponseError> {
        let ticket = {
            let mut state = self.lock();
            if state.store.has_pending(group_id, producer_id) {
                point!("broker.transaction.offsets");
                let group = group_id.to_owned();
                let record = OffsetsRecord::Ended {
                    group,
                    producer_id,
                    committed,
                };
                Some(self.record(&mut state, record)?)
            } else {
                state.last_append
            }
        };
        match ticket {
            Some(ticket) => self.durable(ticket).await,
            None => Ok(()),
        }
    }

    /// `OffsetFetch`. What it returns is durable: no one goes on from a position that a crash
    /// could take back.
    pub(crate) async fn fetch(
        &self,
        group_id: &str,
        wanted: &[(String, Uuid, i32)],
        require_stable: bool,
    ) -> Result<Vec<Fetched>, ResponseError> {
        let (found, ticket) = {
            let state = self.lock();
            let found = wanted.iter().map(|(topic, topic_id, partition)| {
                if require_stable && state.store.is_unstable(group_id, topic, *partition) {
                    return Fetched::Unstable;
                }
                match state
                    .store
                    .committed(group_id, topic, *topic_id, *partition)
                {
                    Standing::Nothing => Fetched::Nothing,
                    Standing::At(at) => Fetched::At(at.clone()),
                }
            });
            (found.collect(), state.last_append)
        };
        if let Some(ticket) = ticket {
            self.durable(ticket).await?;
        }
        Ok(found)
    }

    /// Every partition that the group has offsets for.
    pub(crate) fn places(&self, group_id: &str) -> Vec<(String, i32)> {
        self.lock().store.places(group_id)
    }
}

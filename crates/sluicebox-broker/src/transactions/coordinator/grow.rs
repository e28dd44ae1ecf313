//! `AddPartitionsToTxn`, `AddOffsetsToTxn`, `TxnOffsetCommit`: what belongs to a transaction.

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;

use super::Transactions;
use crate::groups::CommitRequest;
use crate::transactions::machine::{Place, Producer, Transaction};

impl Transactions {
    /// `AddPartitionsToTxn`. Durable when it returns, so before the first batch is taken: a crash
    /// leaves no open batch that no transaction knows of.
    pub(crate) async fn add_partitions(
        &self,
        transactional_id: &str,
        producer: Producer,
        partitions: BTreeSet<Place>,
    ) -> Result<(), ResponseError> {
        let now_ms = self.clock.now_ms();
        self.grow(transactional_id, |t| {
            t.add_partitions(producer, partitions, now_ms)
        })
        .await
    }

    /// `AddOffsetsToTxn`. Durable when it returns.
    pub(crate) async fn add_group(
        &self,
        transactional_id: &str,
        producer: Producer,
        group_id: &str,
    ) -> Result<(), ResponseError> {
        let now_ms = self.clock.now_ms();
        self.grow(transactional_id, |t| {
            t.add_group(producer, group_id, now_ms)
        })
        .await
    }

    async fn grow(
        &self,
        transactional_id: &str,
        step: impl FnOnce(&Transaction) -> Result<Option<Transaction>, ResponseError>,
    ) -> Result<(), ResponseError> {
        let _turn = self.turn(transactional_id).await?;
        match step(&self.current(transactional_id)?)? {
            Some(next) => self.durable(self.store(transactional_id, next)?).await,
            None => Ok(()),
        }
    }

    /// `TxnOffsetCommit`. The turn is held until the offsets are durable, so that no end of the
    /// transaction passes them.
    pub(crate) async fn commit_offsets(
        &self,
        transactional_id: &str,
        producer: Producer,
        request: CommitRequest<'_>,
    ) -> Result<(), ResponseError> {
        let _turn = self.turn(transactional_id).await?;
        self.current(transactional_id)?
            .may_commit_offsets(producer, request.group_id)?;
        let pending = self
            .outcome
            .groups()
            .commit_in_transaction(request, producer)?;
        self.outcome.groups().pending_durable(pending).await
    }
}

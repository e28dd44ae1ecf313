//! `AddPartitionsToTxn` and `AddOffsetsToTxn`: a transaction begins, or grows.

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;

use super::Place;
use super::transaction::{Producer, Transaction, TransactionState};

impl Transaction {
    /// Adds partitions; `None` when they are in the transaction already.
    pub(crate) fn add_partitions(
        &self,
        producer: Producer,
        partitions: BTreeSet<Place>,
        now_ms: i64,
    ) -> Result<Option<Self>, ResponseError> {
        self.check_growth(producer)?;
        let ongoing = self.state == TransactionState::Ongoing;
        if ongoing && partitions.is_subset(&self.partitions) {
            return Ok(None);
        }
        let mut next = self.begun(now_ms);
        next.partitions.extend(partitions);
        Ok(Some(next))
    }

    /// Adds the offsets of a group; `None` when they are in the transaction already.
    pub(crate) fn add_group(
        &self,
        producer: Producer,
        group: &str,
        now_ms: i64,
    ) -> Result<Option<Self>, ResponseError> {
        self.check_growth(producer)?;
        if self.state == TransactionState::Ongoing && self.groups.contains(group) {
            return Ok(None);
        }
        let mut next = self.begun(now_ms);
        next.groups.insert(group.to_owned());
        Ok(Some(next))
    }

    fn check_growth(&self, producer: Producer) -> Result<(), ResponseError> {
        self.check_producer(producer)?;
        match self.state {
            TransactionState::PrepareCommit
            | TransactionState::PrepareAbort
            | TransactionState::PrepareEpochFence => Err(ResponseError::ConcurrentTransactions),
            TransactionState::Empty
            | TransactionState::Ongoing
            | TransactionState::CompleteCommit
            | TransactionState::CompleteAbort => Ok(()),
        }
    }

    fn begun(&self, now_ms: i64) -> Self {
        let mut next = self.clone();
        if self.state != TransactionState::Ongoing {
            next.state = TransactionState::Ongoing;
            next.started_ms = now_ms;
        }
        next.changed_ms = now_ms;
        next
    }
}

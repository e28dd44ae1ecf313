//! `EndTxn`: the decision, and that it has been carried out.

use kafka_protocol::error::ResponseError;

use super::transaction::{Producer, Transaction, TransactionState};

/// What `EndTxn` leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// A repeated request: it has ended so before.
    Already,
    /// The decision, to be made durable and carried out.
    Decided(Transaction),
}

impl Transaction {
    /// Decides about `EndTxn`. `INVALID_TXN_STATE`: there is no transaction, or the last one ended
    /// the other way; `CONCURRENT_TRANSACTIONS`: the same decision is being carried out.
    pub(crate) fn end(
        &self,
        producer: Producer,
        commit: bool,
        now_ms: i64,
    ) -> Result<End, ResponseError> {
        self.check_producer(producer)?;
        match (self.state, commit) {
            (TransactionState::Ongoing, _) => {
                let mut next = self.clone();
                next.state = if commit {
                    TransactionState::PrepareCommit
                } else {
                    TransactionState::PrepareAbort
                };
                next.changed_ms = now_ms;
                Ok(End::Decided(next))
            }
            (TransactionState::CompleteCommit, true) | (TransactionState::CompleteAbort, false) => {
                Ok(End::Already)
            }
            (TransactionState::PrepareCommit, true)
            | (TransactionState::PrepareAbort, false)
            | (TransactionState::PrepareEpochFence, _) => {
                Err(ResponseError::ConcurrentTransactions)
            }
            (
                TransactionState::Empty
                | TransactionState::PrepareCommit
                | TransactionState::PrepareAbort
                | TransactionState::CompleteCommit
                | TransactionState::CompleteAbort,
                _,
            ) => Err(ResponseError::InvalidTxnState),
        }
    }

    /// Whether a decision waits to be carried out, and which: true for a commit.
    pub(crate) fn decision(&self) -> Option<bool> {
        match self.state {
            TransactionState::PrepareCommit => Some(true),
            TransactionState::PrepareAbort | TransactionState::PrepareEpochFence => Some(false),
            TransactionState::Empty
            | TransactionState::Ongoing
            | TransactionState::CompleteCommit
            | TransactionState::CompleteAbort => None,
        }
    }

    /// The decision has been carried out everywhere.
    pub(crate) fn completed(&self, now_ms: i64) -> Self {
        let mut next = self.clone();
        next.state = match self.decision() {
            Some(true) => TransactionState::CompleteCommit,
            Some(false) => TransactionState::CompleteAbort,
            None => self.state,
        };
        next.partitions.clear();
        next.groups.clear();
        next.started_ms = -1;
        next.changed_ms = now_ms;
        next
    }
}

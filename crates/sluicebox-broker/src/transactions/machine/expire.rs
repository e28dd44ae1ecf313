//! Transactions and ids that nobody ends.

use super::transaction::{NO_EPOCH, NO_PRODUCER_ID, Producer, Transaction, TransactionState};

impl Transaction {
    /// The transaction with its producer fenced, to be aborted: its writers have an epoch that no
    /// request is accepted with any more.
    pub(super) fn fenced(&self, now_ms: i64) -> Self {
        let mut next = self.clone();
        next.state = TransactionState::PrepareEpochFence;
        next.producer.epoch = self.producer.epoch.saturating_add(1);
        next.former = Producer {
            id: NO_PRODUCER_ID,
            epoch: NO_EPOCH,
        };
        next.changed_ms = now_ms;
        next
    }

    /// When the transaction has been open for longer than its producer allows: the one that takes
    /// its place, fenced and to be aborted.
    pub(crate) fn expired(&self, now_ms: i64) -> Option<Self> {
        let ends = self.started_ms.saturating_add(i64::from(self.timeout_ms));
        (self.state == TransactionState::Ongoing && ends <= now_ms).then(|| self.fenced(now_ms))
    }

    /// Whether the id has not been used for so long that it may be forgotten.
    pub(crate) fn is_forgotten(&self, now_ms: i64, retention_ms: i64) -> bool {
        self.is_settled() && self.changed_ms.saturating_add(retention_ms) <= now_ms
    }
}

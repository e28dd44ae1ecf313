//! Transactions that nobody ends, ids that nobody uses, and the journal's length.

use std::sync::Arc;
use std::time::Duration;

use super::Transactions;
use crate::fatal::Fatal;
use crate::transactions::machine::TransactionsRecord;

impl Transactions {
    /// Runs until the broker fails or its runtime ends.
    pub(crate) async fn keep_time(self: Arc<Self>, fatal: Arc<Fatal>) {
        let interval = Duration::from_millis(self.settings.expiry_interval_ms.max(1));
        loop {
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = fatal.wait() => return,
            }
            self.expire();
            self.forget_unused();
            self.compact_if_long();
        }
    }

    /// Starts to abort every transaction that is open for longer than its producer allows.
    pub(super) fn expire(self: &Arc<Self>) {
        let now_ms = self.clock.now_ms();
        let due: Vec<String> = self
            .lock()
            .ids
            .iter()
            .filter(|(_, slot)| {
                slot.transaction
                    .as_ref()
                    .is_some_and(|t| t.expired(now_ms).is_some())
            })
            .map(|(id, _)| id.clone())
            .collect();
        for transactional_id in due {
            let this = self.clone();
            tokio::spawn(async move { this.expire_one(&transactional_id).await });
        }
    }

    async fn expire_one(self: &Arc<Self>, transactional_id: &str) {
        let Ok(turn) = self.turn(transactional_id).await else {
            return;
        };
        let Ok(current) = self.current(transactional_id) else {
            return;
        };
        // Its producer may have ended it while we waited for the turn.
        let Some(fenced) = current.expired(self.clock.now_ms()) else {
            return;
        };
        tracing::warn!(
            transactional_id,
            timeout_ms = current.timeout_ms,
            "aborting a transaction that was open for too long"
        );
        if let Err(code) = self.carry_out(transactional_id, fenced, turn).await {
            tracing::warn!(transactional_id, %code, "the next round tries again");
        }
    }

    fn forget_unused(&self) {
        let now_ms = self.clock.now_ms();
        let mut state = self.lock();
        // Left behind by requests that failed before the id had its first producer.
        state
            .ids
            .retain(|_, slot| slot.transaction.is_some() || Arc::strong_count(&slot.turn) > 1);
        let due: Vec<String> = state
            .ids
            .iter()
            .filter(|(_, slot)| {
                let unused = slot
                    .transaction
                    .as_ref()
                    .is_some_and(|t| t.is_forgotten(now_ms, self.settings.id_retention_ms));
                // Nobody is at work on it: the only handle is the slot's own.
                unused && Arc::strong_count(&slot.turn) == 1
            })
            .map(|(id, _)| id.clone())
            .collect();
        for transactional_id in due {
            let record = TransactionsRecord::Forgotten { transactional_id };
            if self.journal.append(&record.encode()).is_ok() {
                state.replay(record);
            }
        }
    }

    fn compact_if_long(&self) {
        if self.journal.wants_compaction() {
            self.compact();
        }
    }

    /// Rewrites the journal.
    pub(crate) fn compact(&self) {
        let state = self.lock();
        let below = TransactionsRecord::ProducerIdsBelow(state.producer_ids.reserved_below());
        let ids = state.ids.iter().filter_map(|(id, slot)| {
            let transaction = slot.transaction.clone()?;
            Some(TransactionsRecord::State {
                transactional_id: id.clone(),
                transaction,
            })
        });
        let records: Vec<Vec<u8>> = std::iter::once(below)
            .chain(ids)
            .map(|r| r.encode())
            .collect();
        if let Err(error) = self.journal.compact(records.iter().map(Vec::as_slice)) {
            tracing::warn!(%error, "the transactions journal stays long for now");
        }
    }
}

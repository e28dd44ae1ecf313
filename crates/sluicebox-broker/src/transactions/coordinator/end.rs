//! `EndTxn`, and the redoing of decisions that a crash has interrupted.

use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::error::ResponseError;
use sluicebox_faults::{planted, point};

use super::{Transactions, Turn};
use crate::limits::TRANSACTION_RETRY_WAIT_MS;
use crate::transactions::machine::{End, Producer, Transaction};

impl Transactions {
    /// `EndTxn`: returns when the outcome is everywhere, so that the next transaction never meets
    /// the end of this one.
    pub(crate) async fn end(
        self: &Arc<Self>,
        transactional_id: &str,
        producer: Producer,
        commit: bool,
    ) -> Result<(), ResponseError> {
        let turn = self.turn(transactional_id).await?;
        let current = self.current(transactional_id)?;
        match current.end(producer, commit, self.clock.now_ms())? {
            End::Already => Ok(()),
            End::Decided(next) => self.carry_out(transactional_id, next, turn).await.map(drop),
        }
    }

    /// Makes a decision durable and carries it out, to the end even if the client goes away
    /// meanwhile. The turn comes back.
    pub(super) async fn carry_out(
        self: &Arc<Self>,
        transactional_id: &str,
        decided: Transaction,
        turn: Turn,
    ) -> Result<Turn, ResponseError> {
        let ticket = self.store(transactional_id, decided.clone())?;
        let this = self.clone();
        let transactional_id = transactional_id.to_owned();
        let task = tokio::spawn(async move {
            this.durable(ticket).await?;
            point!("broker.transaction.decided");
            this.complete(&transactional_id, &decided).await?;
            Ok(turn)
        });
        task.await
            .unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    /// Carries out a durable decision. Fails only together with the broker.
    async fn complete(
        &self,
        transactional_id: &str,
        decided: &Transaction,
    ) -> Result<(), ResponseError> {
        self.outcome.spread(decided).await?;
        point!("broker.transaction.marked");
        loop {
            let completed = decided.completed(self.clock.now_ms());
            if self.store(transactional_id, completed).is_ok() {
                return Ok(());
            }
            self.outcome.still_alive()?;
            tokio::time::sleep(Duration::from_millis(TRANSACTION_RETRY_WAIT_MS)).await;
        }
    }

    /// At start: carries out, in the background, every decision that a crash has left open. Until
    /// then the ids are taken, so that clients wait.
    pub(crate) fn resume(self: &Arc<Self>) {
        if planted!("broker-does-not-finish-decisions") {
            return;
        }
        let open: Vec<(String, Transaction, Turn)> = self
            .lock()
            .ids
            .iter()
            .filter_map(|(id, slot)| {
                let decided = slot
                    .transaction
                    .clone()
                    .filter(|t| t.decision().is_some())?;
                let turn = slot.turn.clone().try_lock_owned().ok()?;
                Some((id.clone(), decided, turn))
            })
            .collect();
        for (transactional_id, decided, turn) in open {
            point!("broker.transaction.resume");
            tracing::info!(%transactional_id, state = decided.state.name(), "completing a transaction");
            let this = self.clone();
            tokio::spawn(async move {
                if let Err(code) = this.complete(&transactional_id, &decided).await {
                    tracing::warn!(%transactional_id, %code, "a transaction was not completed");
                }
                drop(turn);
            });
        }
    }
}

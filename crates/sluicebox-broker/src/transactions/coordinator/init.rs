//! `InitProducerId` with a transactional id.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;

use super::Transactions;
use crate::transactions::machine::{Init, NewProducer, Producer, Transaction};

impl Transactions {
    /// Gives the producer its id and epoch, and fences older ones. A transaction that is still
    /// open is aborted first, within this call. Durable when it returns.
    pub(crate) async fn init(
        self: &Arc<Self>,
        transactional_id: &str,
        mut request: NewProducer,
    ) -> Result<Producer, ResponseError> {
        if request.timeout_ms <= 0 || request.timeout_ms > self.settings.max_timeout_ms {
            return Err(ResponseError::InvalidTransactionTimeout);
        }
        let mut turn = self.turn_of_new(transactional_id).await?;
        loop {
            let now_ms = self.clock.now_ms();
            let current = self.current(transactional_id).ok();
            let next = match current {
                None => self.first(request, now_ms).await?,
                Some(current) => match current.init(request, now_ms)? {
                    Init::Repeated => return Ok(current.producer),
                    Init::Bumped(next) => next,
                    Init::Exhausted => {
                        let id = self.fresh_producer_id().await?;
                        current.with_new_id(id, request, now_ms)
                    }
                    Init::AbortFirst(fenced) => {
                        turn = self.carry_out(transactional_id, fenced, turn).await?;
                        // It was the present producer until we fenced it.
                        request.goes_on_from = None;
                        continue;
                    }
                },
            };
            let producer = next.producer;
            let ticket = self.store(transactional_id, next)?;
            self.durable(ticket).await?;
            drop(turn);
            return Ok(producer);
        }
    }

    async fn first(&self, request: NewProducer, now_ms: i64) -> Result<Transaction, ResponseError> {
        let id = self.fresh_producer_id().await?;
        Ok(Transaction::new(id, request.timeout_ms, now_ms))
    }
}

//! Producer ids: durable, never used twice. They are reserved in blocks, so that most of them cost
//! no write; after a restart the rest of the block stays unused.

use kafka_protocol::error::ResponseError;

use super::{Transactions, refusal};
use crate::journal::Ticket;
use crate::limits::PRODUCER_ID_BLOCK_COUNT;
use crate::transactions::machine::{Producer, TransactionsRecord};

#[derive(Default)]
pub(super) struct ProducerIds {
    next: i64,
    /// Ids below this one are reserved.
    below: i64,
    /// Of the last reservation.
    ticket: Option<Ticket>,
}

impl ProducerIds {
    /// From the journal: ids below this one may have been given out.
    pub(super) fn reserved(&mut self, below: i64) {
        self.next = self.next.max(below);
        self.below = self.below.max(below);
    }

    pub(super) fn reserved_below(&self) -> i64 {
        self.below
    }
}

impl Transactions {
    /// A producer without transactional id: idempotence only.
    pub(crate) async fn init_idempotent(&self) -> Result<Producer, ResponseError> {
        Ok(Producer {
            id: self.fresh_producer_id().await?,
            epoch: 0,
        })
    }

    pub(super) async fn fresh_producer_id(&self) -> Result<i64, ResponseError> {
        let (id, ticket) = {
            let mut state = self.lock();
            let ids = &mut state.producer_ids;
            if ids.next >= ids.below {
                let below = ids.below + PRODUCER_ID_BLOCK_COUNT;
                let record = TransactionsRecord::ProducerIdsBelow(below).encode();
                let ticket = self
                    .journal
                    .append(&record)
                    .map_err(|error| refusal(&error))?;
                ids.below = below;
                ids.ticket = Some(ticket);
            }
            ids.next += 1;
            (ids.next - 1, ids.ticket)
        };
        if let Some(ticket) = ticket {
            self.durable(ticket).await?;
        }
        Ok(id)
    }
}

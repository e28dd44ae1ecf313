//! `InitProducerId` 0..=4: with a transactional id it fences older producers and aborts what they
//! have left open; without one it gives out a fresh producer id.
//!
//! A producer that is fenced itself gets `PRODUCER_FENCED` from version 4 on, before that
//! `INVALID_PRODUCER_EPOCH` (KIP-588).

use std::sync::Arc;

use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::transaction_code;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::transactions::machine::{NewProducer, Producer};

/// The version that knows `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 4;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let goes_on_from =
        (request.producer_id.0 >= 0 && request.producer_epoch >= 0).then_some(Producer {
            id: request.producer_id.0,
            epoch: request.producer_epoch,
        });
    let timeout_ms = request.transaction_timeout_ms;
    let result = match &request.transactional_id {
        None => shared.transactions.init_idempotent().await,
        Some(id) => {
            shared
                .transactions
                .init(
                    id,
                    NewProducer {
                        goes_on_from,
                        timeout_ms,
                    },
                )
                .await
        }
    };
    match result {
        Ok(producer) => InitProducerIdResponse::default()
            .with_producer_id(ProducerId(producer.id))
            .with_producer_epoch(producer.epoch),
        Err(code) => InitProducerIdResponse::default()
            .with_error_code(transaction_code(Err(code), context.version >= KNOWS_FENCED))
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1),
    }
}

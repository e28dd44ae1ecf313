//! `EndTxn` 0..=3: returns when the outcome has reached every partition and group. The epoch stays
//! as it is (version 5 would move it, KIP-890 part 2).

use std::sync::Arc;

use kafka_protocol::messages::{EndTxnRequest, EndTxnResponse};

use super::transaction_code;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::transactions::machine::Producer;

/// The version that knows `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 2;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: EndTxnRequest,
) -> EndTxnResponse {
    let producer = Producer {
        id: request.producer_id.0,
        epoch: request.producer_epoch,
    };
    let ended = shared
        .transactions
        .end(&request.transactional_id, producer, request.committed)
        .await;
    let code = transaction_code(ended, context.version >= KNOWS_FENCED);
    EndTxnResponse::default().with_error_code(code)
}

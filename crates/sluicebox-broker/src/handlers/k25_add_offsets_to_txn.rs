//! `AddOffsetsToTxn` 0..=3: the offsets of a group become part of the transaction.

use std::sync::Arc;

use kafka_protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::transaction_code;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::transactions::machine::Producer;

/// The version that knows `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 2;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: AddOffsetsToTxnRequest,
) -> AddOffsetsToTxnResponse {
    let producer = Producer {
        id: request.producer_id.0,
        epoch: request.producer_epoch,
    };
    let added = shared
        .transactions
        .add_group(&request.transactional_id, producer, &request.group_id)
        .await;
    let code = transaction_code(added, context.version >= KNOWS_FENCED);
    AddOffsetsToTxnResponse::default().with_error_code(code)
}

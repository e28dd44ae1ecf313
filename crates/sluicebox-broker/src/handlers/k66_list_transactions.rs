//! `ListTransactions` 0..=1 (KIP-664, KIP-994): filtered by state, producer and age.

use std::sync::Arc;

use kafka_protocol::messages::list_transactions_response::TransactionState;
use kafka_protocol::messages::{
    ListTransactionsRequest, ListTransactionsResponse, ProducerId, TransactionalId,
};
use kafka_protocol::protocol::StrBytes;

use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::transactions::machine::Transaction;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: ListTransactionsRequest,
) -> ListTransactionsResponse {
    let now_ms = shared.clock.now_ms();
    let states = shared
        .transactions
        .list()
        .into_iter()
        .filter(|(_, transaction)| is_wanted(&request, transaction, now_ms))
        .map(|(id, transaction)| {
            TransactionState::default()
                .with_transactional_id(TransactionalId(StrBytes::from_string(id)))
                .with_producer_id(ProducerId(transaction.producer.id))
                .with_transaction_state(StrBytes::from_static_str(transaction.state.name()))
        });
    ListTransactionsResponse::default().with_transaction_states(states.collect())
}

fn is_wanted(request: &ListTransactionsRequest, transaction: &Transaction, now_ms: i64) -> bool {
    let states = &request.state_filters;
    let producers = &request.producer_id_filters;
    let state = states.is_empty()
        || states
            .iter()
            .any(|s| s.as_str() == transaction.state.name());
    let producer = producers.is_empty() || producers.contains(&ProducerId(transaction.producer.id));
    let open_for_ms = now_ms - transaction.started_ms;
    let age = request.duration_filter < 0
        || (transaction.started_ms >= 0 && open_for_ms > request.duration_filter);
    state && producer && age
}

//! `AddPartitionsToTxn` 0..=3: all partitions or none. If one does not exist, it says so and the
//! others say `OPERATION_NOT_ATTEMPTED`. (Version 4 and later are for brokers among themselves.)

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};

use super::transaction_code;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::transactions::machine::{Place, Producer};

/// The version that knows `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 2;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: AddPartitionsToTxnRequest,
) -> AddPartitionsToTxnResponse {
    let topics = request.v3_and_below_topics;
    let places: BTreeSet<Place> = topics
        .iter()
        .flat_map(|topic| {
            topic
                .partitions
                .iter()
                .map(|p| (topic.name.to_string(), *p))
        })
        .collect();
    let missing: BTreeSet<Place> = places
        .iter()
        .filter(|place| !exists(shared, place))
        .cloned()
        .collect();
    let outcome = if missing.is_empty() {
        let producer = Producer {
            id: request.v3_and_below_producer_id.0,
            epoch: request.v3_and_below_producer_epoch,
        };
        let id = &request.v3_and_below_transactional_id;
        shared
            .transactions
            .add_partitions(id, producer, places)
            .await
    } else {
        Err(ResponseError::OperationNotAttempted)
    };
    let knows_fenced = context.version >= KNOWS_FENCED;
    let results = topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let verdict = if missing.contains(&(topic.name.to_string(), *partition)) {
                Err(ResponseError::UnknownTopicOrPartition)
            } else {
                outcome
            };
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(*partition)
                .with_partition_error_code(transaction_code(verdict, knows_fenced))
        });
        let partitions = partitions.collect();
        AddPartitionsToTxnTopicResult::default()
            .with_name(topic.name)
            .with_results_by_partition(partitions)
    });
    AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(results.collect())
}

fn exists(shared: &Shared, place: &Place) -> bool {
    shared
        .topics
        .by_name(&place.0)
        .is_some_and(|topic| topic.partition(place.1).is_some())
}

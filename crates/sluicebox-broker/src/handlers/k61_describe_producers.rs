//! `DescribeProducers` 0: the producers that a partition remembers, and their open transactions
//! (KIP-664).

use std::sync::Arc;

use kafka_protocol::messages::describe_producers_response::{
    PartitionResponse, ProducerState, TopicResponse,
};
use kafka_protocol::messages::{DescribeProducersRequest, DescribeProducersResponse, ProducerId};

use super::partition;
use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partition_indexes.iter();
        let partitions = partitions
            .map(|index| describe(shared, &topic.name.0, *index))
            .collect();
        TopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions)
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn describe(shared: &Shared, topic: &str, index: i32) -> PartitionResponse {
    let answer = PartitionResponse::default().with_partition_index(index);
    let log = match partition(shared, topic, index) {
        Ok(log) => log,
        Err(code) => return answer.with_error_code(code.code()),
    };
    let producers =
        log.producers()
            .into_iter()
            .map(|(id, epoch, sequence, at, coordinator, txn)| {
                ProducerState::default()
                    .with_producer_id(ProducerId(id))
                    .with_producer_epoch(i32::from(epoch))
                    .with_last_sequence(sequence)
                    .with_last_timestamp(at)
                    .with_coordinator_epoch(coordinator)
                    .with_current_txn_start_offset(txn)
            });
    answer.with_active_producers(producers.collect())
}

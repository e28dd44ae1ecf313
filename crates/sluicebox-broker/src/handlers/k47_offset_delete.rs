//! `OffsetDelete` 0 (KIP-496): only while the group has no members.

use std::sync::Arc;

use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let places = request.topics.iter().flat_map(|topic| {
        topic
            .partitions
            .iter()
            .map(|p| (topic.name.to_string(), p.partition_index))
    });
    if let Err(code) = shared
        .groups
        .delete_offsets(&request.group_id, places.collect())
        .await
    {
        return OffsetDeleteResponse::default().with_error_code(code.code());
    }
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            OffsetDeleteResponsePartition::default().with_partition_index(partition.partition_index)
        });
        let partitions = partitions.collect();
        OffsetDeleteResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(partitions)
    });
    OffsetDeleteResponse::default().with_topics(topics.collect())
}

//! `OffsetCommit` 2..=9: acknowledged once durable. A partition that does not exist, or metadata
//! over the limit, is refused by itself; membership and generation count for all.

use std::sync::Arc;

use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::code_of;
use super::offsets::{Wish, resolve};
use crate::dispatch::RequestContext;
use crate::groups::CommitRequest;
use crate::groups::membership::Caller;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let wishes = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| Wish {
            topic: &topic.name,
            partition: partition.partition_index,
            offset: partition.committed_offset,
            leader_epoch: partition.committed_leader_epoch,
            metadata: partition.committed_metadata.as_deref(),
        })
    });
    let (offsets, verdicts) = resolve(shared, wishes);
    let commit = CommitRequest {
        group_id: &request.group_id,
        caller: Caller {
            member_id: &request.member_id,
            instance_id: request.group_instance_id.as_deref(),
        },
        generation: request.generation_id_or_member_epoch,
        offsets,
    };
    let outcome = shared.groups.commit(commit).await;
    let mut codes = verdicts
        .into_iter()
        .map(|verdict| code_of(verdict.and(outcome)));
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(codes.next().unwrap_or_default())
        });
        let partitions = partitions.collect();
        OffsetCommitResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(partitions)
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

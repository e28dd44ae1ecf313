//! `TxnOffsetCommit` 0..=3: offsets that count once the transaction commits. From version 3 on the
//! consumer's membership is checked (KIP-447), unless generation, member id and instance id are all
//! unset.

use std::sync::Arc;

use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use super::code_of;
use super::offsets::{Wish, resolve};
use crate::dispatch::RequestContext;
use crate::groups::CommitRequest;
use crate::groups::membership::Caller;
use crate::shared::Shared;
use crate::transactions::machine::Producer;

/// The first version with the consumer's membership; before it the fields do not exist.
const HAS_MEMBERSHIP: i16 = 3;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: TxnOffsetCommitRequest,
) -> TxnOffsetCommitResponse {
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
    let generation = if context.version >= HAS_MEMBERSHIP {
        request.generation_id
    } else {
        -1
    };
    let commit = CommitRequest {
        group_id: &request.group_id,
        caller: Caller {
            member_id: &request.member_id,
            instance_id: request.group_instance_id.as_deref(),
        },
        generation,
        offsets,
    };
    let producer = Producer {
        id: request.producer_id.0,
        epoch: request.producer_epoch,
    };
    let id = &request.transactional_id;
    let outcome = shared
        .transactions
        .commit_offsets(id, producer, commit)
        .await;
    let mut codes = verdicts
        .into_iter()
        .map(|verdict| code_of(verdict.and(outcome)));
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(codes.next().unwrap_or_default())
        });
        let partitions = partitions.collect();
        TxnOffsetCommitResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(partitions)
    });
    TxnOffsetCommitResponse::default().with_topics(topics.collect())
}

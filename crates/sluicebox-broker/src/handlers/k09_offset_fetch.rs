//! `OffsetFetch` 1..=9: one group up to version 7, several from version 8 on (KIP-709).
//!
//! With `require_stable` (version 7 and later, KIP-447) a partition that an open transaction is
//! about to commit answers `UNSTABLE_OFFSET_COMMIT`, and the client asks again. Without a list of
//! topics (version 2 and later) everything the group has committed is returned.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::dispatch::RequestContext;
use crate::groups::Fetched;
use crate::shared::Shared;

/// Partitions of a topic, by name.
type Wanted = Vec<(TopicName, Vec<i32>)>;
type Found = Vec<(TopicName, Vec<OffsetFetchResponsePartitions>)>;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    let stable = request.require_stable;
    if context.version < 8 {
        let wanted = request.topics.map(|topics| {
            topics
                .into_iter()
                .map(|t| (t.name, t.partition_indexes))
                .collect()
        });
        return match fetch(shared, &request.group_id, wanted, stable).await {
            Ok(found) => single(found),
            Err(code) => OffsetFetchResponse::default().with_error_code(code.code()),
        };
    }
    let mut groups = Vec::with_capacity(request.groups.len());
    for group in request.groups {
        let wanted = group.topics.map(|topics| {
            topics
                .into_iter()
                .map(|t| (t.name, t.partition_indexes))
                .collect()
        });
        let answer = OffsetFetchResponseGroup::default();
        let answer = match fetch(shared, &group.group_id, wanted, stable).await {
            Ok(found) => answer.with_topics(several(found)),
            Err(code) => answer.with_error_code(code.code()),
        };
        groups.push(answer.with_group_id(group.group_id));
    }
    OffsetFetchResponse::default().with_groups(groups)
}

async fn fetch(
    shared: &Shared,
    group_id: &str,
    wanted: Option<Wanted>,
    require_stable: bool,
) -> Result<Found, ResponseError> {
    let all = wanted.is_none();
    let wanted = wanted.unwrap_or_else(|| everything(shared, group_id));
    let places: Vec<(String, Uuid, i32)> = wanted
        .iter()
        .flat_map(|(name, partitions)| {
            // An unknown topic has no positions; its id matches none.
            let id = shared
                .topics
                .by_name(name)
                .map_or(Uuid::nil(), |topic| topic.id);
            partitions
                .iter()
                .map(move |partition| (name.to_string(), id, *partition))
        })
        .collect();
    let mut found = shared
        .groups
        .fetch(group_id, &places, require_stable)
        .await?
        .into_iter();
    let topics = wanted.into_iter().map(|(name, partitions)| {
        let partitions = partitions
            .into_iter()
            .map(|partition| (partition, found.next().unwrap_or(Fetched::Nothing)))
            .filter(|(_, fetched)| !all || *fetched != Fetched::Nothing)
            .map(|(partition, fetched)| describe(partition, fetched))
            .collect();
        (name, partitions)
    });
    Ok(topics.collect())
}

fn everything(shared: &Shared, group_id: &str) -> Wanted {
    let mut wanted = Wanted::new();
    for (topic, partition) in shared.groups.places(group_id) {
        let name = TopicName(StrBytes::from_string(topic));
        match wanted.last_mut() {
            Some((last, partitions)) if *last == name => partitions.push(partition),
            _ => wanted.push((name, vec![partition])),
        }
    }
    wanted
}

fn describe(partition: i32, fetched: Fetched) -> OffsetFetchResponsePartitions {
    let answer = OffsetFetchResponsePartitions::default()
        .with_partition_index(partition)
        .with_committed_offset(-1)
        .with_committed_leader_epoch(-1)
        .with_metadata(Some(StrBytes::default()));
    match fetched {
        Fetched::Nothing => answer,
        Fetched::At(at) => answer
            .with_committed_offset(at.offset)
            .with_committed_leader_epoch(at.leader_epoch)
            .with_metadata(Some(StrBytes::from_string(at.metadata))),
        Fetched::Unstable => answer.with_error_code(ResponseError::UnstableOffsetCommit.code()),
    }
}

fn several(found: Found) -> Vec<OffsetFetchResponseTopics> {
    let topics = found.into_iter().map(|(name, partitions)| {
        OffsetFetchResponseTopics::default()
            .with_name(name)
            .with_partitions(partitions)
    });
    topics.collect()
}

fn single(found: Found) -> OffsetFetchResponse {
    let topics = found.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|partition| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_committed_offset(partition.committed_offset)
                .with_committed_leader_epoch(partition.committed_leader_epoch)
                .with_metadata(partition.metadata)
                .with_error_code(partition.error_code)
        });
        OffsetFetchResponseTopic::default()
            .with_name(name)
            .with_partitions(partitions.collect())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

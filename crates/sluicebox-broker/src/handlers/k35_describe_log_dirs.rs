//! `DescribeLogDirs` 1..=4: one directory, and what each partition takes in it.

use std::sync::Arc;

use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};

use super::{text, topic_name};
use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let wanted = |topic: &str, index: i32| {
        request.topics.as_ref().is_none_or(|topics| {
            topics
                .iter()
                .any(|t| &*t.topic.0 == topic && t.partitions.contains(&index))
        })
    };
    let topics = shared.topics.all().into_iter().filter_map(|topic| {
        let partitions: Vec<_> = (0..)
            .zip(topic.partitions())
            .filter(|(index, _)| wanted(&topic.name, *index))
            .map(|(index, log)| {
                DescribeLogDirsPartition::default()
                    .with_partition_index(index)
                    .with_partition_size(log.size_bytes() as i64)
            })
            .collect();
        let described = DescribeLogDirsTopic::default().with_name(topic_name(&topic.name));
        (!partitions.is_empty()).then(|| described.with_partitions(partitions))
    });
    let dir = shared.layout.root().display().to_string();
    let result = DescribeLogDirsResult::default()
        .with_log_dir(text(dir))
        .with_topics(topics.collect())
        .with_total_bytes(-1)
        .with_usable_bytes(-1);
    DescribeLogDirsResponse::default().with_results(vec![result])
}

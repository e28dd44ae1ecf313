//! `OffsetForLeaderEpoch` 2..=4: there is one leader epoch, and it ends at the high watermark.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::partition;
use crate::dispatch::RequestContext;
use crate::log::batch::LEADER_EPOCH;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter();
        let partitions = partitions
            .map(|wanted| end(shared, &topic.topic.0, wanted))
            .collect();
        OffsetForLeaderTopicResult::default()
            .with_topic(topic.topic.clone())
            .with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn end(shared: &Shared, topic: &str, wanted: &OffsetForLeaderPartition) -> EpochEndOffset {
    let answer = EpochEndOffset::default()
        .with_partition(wanted.partition)
        .with_leader_epoch(LEADER_EPOCH);
    let log = match partition(shared, topic, wanted.partition) {
        Ok(log) => log,
        Err(code) => return answer.with_error_code(code.code()).with_end_offset(-1),
    };
    if wanted.current_leader_epoch > LEADER_EPOCH {
        let code = ResponseError::UnknownLeaderEpoch.code();
        return answer.with_error_code(code).with_end_offset(-1);
    }
    if wanted.leader_epoch != LEADER_EPOCH {
        return answer.with_leader_epoch(-1).with_end_offset(-1);
    }
    answer.with_end_offset(log.ends().high_watermark)
}

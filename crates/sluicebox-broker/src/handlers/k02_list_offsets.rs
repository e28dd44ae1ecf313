//! `ListOffsets` 1..=7.
//!
//! Earliest (-2), latest (-1: the high watermark, under `read_committed` the last stable offset),
//! the record with the highest timestamp (-3, KIP-734), and the first record at or after a time,
//! found inside of compressed batches too. No such record: offset -1.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::partition;
use crate::dispatch::RequestContext;
use crate::log::batch::LEADER_EPOCH;
use crate::log::{Isolation, OffsetAt};
use crate::shared::Shared;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const NONE: OffsetAt = OffsetAt {
    offset: -1,
    timestamp_ms: -1,
};

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let isolation = Isolation::of(request.isolation_level);
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|wanted| {
            let response = ListOffsetsPartitionResponse::default()
                .with_partition_index(wanted.partition_index);
            match find(shared, &topic.name.0, wanted, isolation) {
                Ok(found) => response
                    .with_offset(found.offset)
                    .with_timestamp(found.timestamp_ms)
                    .with_leader_epoch(if context.version >= 4 {
                        LEADER_EPOCH
                    } else {
                        -1
                    }),
                Err(code) => response
                    .with_error_code(code.code())
                    .with_offset(-1)
                    .with_timestamp(-1),
            }
        });
        let partitions = partitions.collect();
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn find(
    shared: &Shared,
    topic: &str,
    wanted: &ListOffsetsPartition,
    isolation: Isolation,
) -> Result<OffsetAt, ResponseError> {
    let log = partition(shared, topic, wanted.partition_index)?;
    if wanted.current_leader_epoch > LEADER_EPOCH {
        return Err(ResponseError::UnknownLeaderEpoch);
    }
    let ends = log.ends();
    let end = isolation.end(&ends);
    let found = match wanted.timestamp {
        LATEST => {
            return Ok(OffsetAt {
                offset: end,
                timestamp_ms: -1,
            });
        }
        EARLIEST => {
            return Ok(OffsetAt {
                offset: ends.log_start,
                timestamp_ms: -1,
            });
        }
        MAX_TIMESTAMP => log.latest_by_time(),
        timestamp_ms if timestamp_ms >= 0 => log.first_at_or_after(timestamp_ms),
        _ => return Err(ResponseError::UnsupportedVersion),
    };
    let found = found.map_err(|error| {
        tracing::error!(topic, partition = wanted.partition_index, %error, "cannot look by time");
        error.code()
    })?;
    Ok(found.filter(|found| found.offset < end).unwrap_or(NONE))
}

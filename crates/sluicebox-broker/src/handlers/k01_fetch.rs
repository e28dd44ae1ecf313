//! `Fetch` 4..=12, by topic name.
//!
//! Waits until `min_bytes` are there, at most `max_wait_ms`; appends, transaction markers and
//! deletions wake it. The first batch comes even when it is larger than the limits. Fetch sessions
//! (KIP-227) are never made: every answer has session id 0, so clients send whole requests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{
    AbortedTransaction, FetchableTopicResponse, PartitionData,
};
use kafka_protocol::messages::{FetchRequest, FetchResponse, ProducerId};
use tokio::time::{Instant, timeout_at};

use super::partition;
use crate::dispatch::{Answer, RequestContext};
use crate::limits::FETCH_WAIT_MAX_MS;
use crate::log::batch::LEADER_EPOCH;
use crate::log::{Isolation, Slice, Waiting};
use crate::shared::Shared;

/// One look at all partitions.
struct Look {
    responses: Vec<FetchableTopicResponse>,
    bytes: usize,
    /// Something is wrong: answer at once.
    failed: bool,
}

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: FetchRequest,
) -> Answer<FetchResponse> {
    if request.session_id != 0 {
        let code = ResponseError::FetchSessionIdNotFound.code();
        return Answer::Ready(FetchResponse::default().with_error_code(code));
    }
    let wait_ms = u64::try_from(request.max_wait_ms)
        .unwrap_or(0)
        .min(FETCH_WAIT_MAX_MS);
    let deadline = Instant::now() + Duration::from_millis(wait_ms);
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
    let mut waiting = None;
    loop {
        let look = look(shared, &request);
        let done = look.failed || look.bytes >= min_bytes || Instant::now() >= deadline;
        if done {
            let held = shared.answers.hold(look.bytes);
            return Answer::Held(
                FetchResponse::default().with_responses(look.responses),
                held,
            );
        }
        let Some(waiting) = &waiting else {
            // Look once more after having registered: what came in between wakes nobody.
            waiting = Some(register(shared, &request));
            continue;
        };
        drop(look);
        let _ = timeout_at(deadline, waiting.woken()).await;
    }
}

fn register(shared: &Shared, request: &FetchRequest) -> Waiting {
    let mut waiting = Waiting::default();
    for topic in &request.topics {
        for wanted in &topic.partitions {
            if let Ok(log) = partition(shared, &topic.topic.0, wanted.partition) {
                waiting.on(&log);
            }
        }
    }
    waiting
}

fn look(shared: &Shared, request: &FetchRequest) -> Look {
    let isolation = Isolation::of(request.isolation_level);
    let limit = usize::try_from(request.max_bytes).unwrap_or(0);
    let mut left = limit.min(shared.answers.limit_bytes());
    let mut look = Look {
        responses: Vec::new(),
        bytes: 0,
        failed: false,
    };
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            let first = look.bytes == 0;
            let data = match read(shared, topic, wanted, isolation, left, first) {
                Ok(slice) => {
                    look.bytes += slice.bytes.len();
                    left = left.saturating_sub(slice.bytes.len());
                    found(wanted.partition, slice, isolation)
                }
                Err(code) => {
                    look.failed = true;
                    missing(shared, topic, wanted.partition, code)
                }
            };
            partitions.push(data);
        }
        look.responses.push(
            FetchableTopicResponse::default()
                .with_topic(topic.topic.clone())
                .with_partitions(partitions),
        );
    }
    look
}

fn read(
    shared: &Shared,
    topic: &FetchTopic,
    wanted: &FetchPartition,
    isolation: Isolation,
    left: usize,
    first: bool,
) -> Result<Slice, ResponseError> {
    let log = partition(shared, &topic.topic.0, wanted.partition)?;
    if wanted.current_leader_epoch > LEADER_EPOCH {
        return Err(ResponseError::UnknownLeaderEpoch);
    }
    let max_bytes = left.min(usize::try_from(wanted.partition_max_bytes).unwrap_or(0));
    let read = log.read(wanted.fetch_offset, max_bytes, isolation, first);
    read.map_err(|error| error.code())
}

fn found(index: i32, slice: Slice, isolation: Isolation) -> PartitionData {
    let aborted = match isolation {
        Isolation::ReadUncommitted => None,
        Isolation::ReadCommitted => Some(
            slice
                .aborted
                .iter()
                .map(|aborted| {
                    AbortedTransaction::default()
                        .with_producer_id(ProducerId(aborted.producer_id))
                        .with_first_offset(aborted.first_offset)
                })
                .collect(),
        ),
    };
    PartitionData::default()
        .with_partition_index(index)
        .with_high_watermark(slice.ends.high_watermark)
        .with_last_stable_offset(slice.ends.last_stable)
        .with_log_start_offset(slice.ends.log_start)
        .with_aborted_transactions(aborted)
        .with_records(Some(slice.bytes))
}

fn missing(shared: &Shared, topic: &FetchTopic, index: i32, code: ResponseError) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(index)
        .with_error_code(code.code())
        .with_aborted_transactions(None)
        .with_records(Some(Bytes::new()));
    match partition(shared, &topic.topic.0, index).map(|log| log.ends()) {
        Ok(ends) => data
            .with_high_watermark(ends.high_watermark)
            .with_last_stable_offset(ends.last_stable)
            .with_log_start_offset(ends.log_start),
        Err(_) => data
            .with_high_watermark(-1)
            .with_last_stable_offset(-1)
            .with_log_start_offset(-1),
    }
}

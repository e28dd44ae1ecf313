//! `Produce` 3..=10.
//!
//! One batch of format 2 for a partition; older formats are refused. With `acks=0` nothing is
//! answered, with 1 and -1 the answer comes when the batch is durable. A batch that is a retry is
//! answered with the offset it has. The next request of the connection is read before this one is
//! durable, so that several share a sync.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};

use super::{partition, text};
use crate::dispatch::{Answer, RequestContext};
use crate::log::batch::{BatchHeader, check_produced};
use crate::log::{AppendError, Appended, PartitionLog};
use crate::shared::Shared;

/// A partition's part of the answer: to be sent when `log` is durable up to `next_offset`.
struct Pending {
    response: PartitionProduceResponse,
    waits_for: Option<(Arc<PartitionLog>, i64)>,
}

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: ProduceRequest,
) -> Answer<ProduceResponse> {
    let acks = request.acks;
    let transactional_id = request.transactional_id.as_ref().map(|id| id.0.as_str());
    let topics: Vec<_> = request
        .topic_data
        .iter()
        .map(|topic| {
            let pending = topic.partition_data.iter().map(|data| {
                let appended = if matches!(acks, -1..=1) {
                    append(shared, transactional_id, topic, data)
                } else {
                    let message = format!("acks={acks}; -1, 0 and 1 are possible");
                    Err(AppendError::refused(
                        ResponseError::InvalidRequiredAcks,
                        message,
                    ))
                };
                pending(&topic.name.0, data.index, appended)
            });
            (topic.name.clone(), pending.collect::<Vec<_>>())
        })
        .collect();
    // The batches are in the log: their memory need not wait for the disk.
    drop(request);
    if acks == 0 {
        return Answer::Silent;
    }
    Answer::Deferred(Box::pin(async move {
        let mut responses = Vec::with_capacity(topics.len());
        for (name, pending) in topics {
            let mut partitions = Vec::with_capacity(pending.len());
            for partition in pending {
                partitions.push(partition.settle().await);
            }
            responses.push(
                TopicProduceResponse::default()
                    .with_name(name)
                    .with_partition_responses(partitions),
            );
        }
        ProduceResponse::default().with_responses(responses)
    }))
}

fn append(
    shared: &Shared,
    transactional_id: Option<&str>,
    topic_data: &TopicProduceData,
    data: &PartitionProduceData,
) -> Result<(Arc<PartitionLog>, Appended), AppendError> {
    let name = topic_data.name.0.as_str();
    let log = partition(shared, name, data.index).map_err(|code| {
        AppendError::refused(code, format!("there is no partition {name}-{}", data.index))
    })?;
    let max_bytes = shared
        .topics
        .by_name(name)
        .map_or(0, |topic| topic.config().max_message_bytes(&shared.config));
    let bytes = data.records.as_ref().map_or(&[][..], Bytes::as_ref);
    let header = check_produced(bytes, max_bytes)?;
    let permit = || match (header.is_transactional(), transactional_id) {
        (false, _) => Ok(()),
        (true, None) => Err(AppendError::refused(
            ResponseError::InvalidTxnState,
            "a transactional batch in a request without transactional id",
        )),
        (true, Some(id)) => may_produce(shared, id, &header, name, data.index),
    };
    let appended = log.append(bytes, &header, permit)?;
    Ok((log, appended))
}

fn may_produce(
    shared: &Shared,
    transactional_id: &str,
    header: &BatchHeader,
    topic: &str,
    partition: i32,
) -> Result<(), AppendError> {
    let (id, epoch) = (header.producer_id, header.producer_epoch);
    let gate = shared.transaction_gate.get();
    gate.ok_or(ResponseError::CoordinatorNotAvailable)
        .and_then(|gate| gate.may_produce(transactional_id, id, epoch, topic, partition))
        .map_err(|code| {
            let message = format!(
                "producer {id} epoch {epoch} has no transaction on {topic}-{partition}: {code}"
            );
            AppendError::refused(code, message)
        })
}

fn pending(
    topic: &str,
    index: i32,
    appended: Result<(Arc<PartitionLog>, Appended), AppendError>,
) -> Pending {
    let response = PartitionProduceResponse::default().with_index(index);
    match appended {
        Ok((log, appended)) => Pending {
            response: response
                .with_base_offset(appended.base_offset)
                .with_log_append_time_ms(appended.log_append_time_ms)
                .with_log_start_offset(appended.log_start),
            waits_for: Some((log, appended.next_offset)),
        },
        Err(error) => {
            tracing::debug!(topic, partition = index, %error, "refused a batch");
            if matches!(error, AppendError::Storage { .. }) {
                tracing::warn!(topic, partition = index, %error, "could not append");
            }
            Pending {
                response: failed(response, &error),
                waits_for: None,
            }
        }
    }
}

fn failed(response: PartitionProduceResponse, error: &AppendError) -> PartitionProduceResponse {
    response
        .with_error_code(error.code().code())
        .with_error_message(Some(text(error.to_string())))
        .with_base_offset(-1)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(-1)
}

impl Pending {
    async fn settle(self) -> PartitionProduceResponse {
        let Some((log, next_offset)) = self.waits_for else {
            return self.response;
        };
        match log.durable(next_offset).await {
            Ok(()) => self.response,
            Err(error) => failed(self.response, &error),
        }
    }
}

//! `DeleteRecords` 0..=2: the log begins at the offset from now on (-1: at the high watermark),
//! durably. Segments that lie before it as a whole are removed.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::partition;
use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|wanted| {
            let deleted = delete(shared, &topic.name.0, wanted.partition_index, wanted.offset);
            DeleteRecordsPartitionResult::default()
                .with_partition_index(wanted.partition_index)
                .with_low_watermark(deleted.unwrap_or(-1))
                .with_error_code(deleted.err().map_or(0, |code| code.code()))
        });
        let partitions = partitions.collect();
        DeleteRecordsTopicResult::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions)
    });
    DeleteRecordsResponse::default().with_topics(topics.collect())
}

fn delete(shared: &Shared, topic: &str, index: i32, offset: i64) -> Result<i64, ResponseError> {
    let log = partition(shared, topic, index)?;
    log.delete_records(offset).map_err(|error| {
        tracing::warn!(topic, partition = index, offset, %error, "cannot delete records");
        error.code()
    })
}

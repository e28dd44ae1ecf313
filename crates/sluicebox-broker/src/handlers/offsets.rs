//! What `OffsetCommit` and `TxnOffsetCommit` share: from the names in a request to offsets that can
//! be committed.

use kafka_protocol::ResponseError;

use crate::groups::offsets::CommittedOffset;
use crate::limits::OFFSET_METADATA_MAX_BYTES;
use crate::shared::Shared;

/// An offset as a client wishes it.
pub(super) struct Wish<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) leader_epoch: i32,
    pub(super) metadata: Option<&'a str>,
}

/// The offsets that can be committed, and a verdict for each wish in its order.
pub(super) fn resolve<'a>(
    shared: &Shared,
    wishes: impl Iterator<Item = Wish<'a>>,
) -> (Vec<CommittedOffset>, Vec<Result<(), ResponseError>>) {
    let mut offsets = Vec::new();
    let verdicts = wishes
        .map(|wish| {
            offsets.push(check(shared, &wish)?);
            Ok(())
        })
        .collect();
    (offsets, verdicts)
}

fn check(shared: &Shared, wish: &Wish<'_>) -> Result<CommittedOffset, ResponseError> {
    let topic = shared
        .topics
        .by_name(wish.topic)
        .filter(|topic| topic.partition(wish.partition).is_some())
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    let metadata = wish.metadata.unwrap_or_default();
    if metadata.len() > OFFSET_METADATA_MAX_BYTES {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    if wish.offset < 0 {
        return Err(ResponseError::InvalidCommitOffsetSize);
    }
    Ok(CommittedOffset {
        topic: wish.topic.to_owned(),
        topic_id: topic.id,
        partition: wish.partition,
        offset: wish.offset,
        leader_epoch: wish.leader_epoch,
        metadata: metadata.to_owned(),
    })
}

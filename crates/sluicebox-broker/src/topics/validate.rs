//! What a topic may be called, and how large it may be.

use crate::topics::TopicError;
use kafka_protocol::ResponseError;

/// Partitions of one topic.
pub(crate) const PARTITIONS_MAX_COUNT: i32 = 1_000;
const NAME_MAX_BYTES: usize = 249;

/// Checks a name by Kafka's rules.
///
/// # Errors
/// `INVALID_TOPIC_EXCEPTION`.
pub(crate) fn topic_name(name: &str) -> Result<(), TopicError> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let what = if name.is_empty() {
        "a topic needs a name"
    } else if name == "." || name == ".." {
        "a topic cannot be called . or .."
    } else if name.len() > NAME_MAX_BYTES {
        "the name is over 249 bytes"
    } else if !name.bytes().all(legal) {
        "the name holds something else than ASCII letters, digits, '.', '_' and '-'"
    } else {
        return Ok(());
    };
    Err(TopicError::refused(
        ResponseError::InvalidTopicException,
        what,
    ))
}

/// Checks a number of partitions.
///
/// # Errors
/// `INVALID_PARTITIONS`.
pub(super) fn partition_count(count: i32) -> Result<(), TopicError> {
    if (1..=PARTITIONS_MAX_COUNT).contains(&count) {
        return Ok(());
    }
    let message = format!("{count} partitions; 1 to {PARTITIONS_MAX_COUNT} are possible");
    Err(TopicError::refused(
        ResponseError::InvalidPartitions,
        message,
    ))
}

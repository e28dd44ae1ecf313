//! How large a record a topic takes.

use sluicebox_kafka::{Admin, ErrorClass, ErrorCode, KafkaError};

use super::MESSAGE_BYTES;
use crate::error::PipelineError;
use crate::limits;
use crate::retry::Patience;

/// What an output topic takes, in bytes, where the sources take `source_bytes`: a letter around
/// the largest record, and a transaction's share of a partition in one batch.
pub(super) fn output_bytes(source_bytes: u64) -> u64 {
    let letter = source_bytes + limits::OUTPUT_MESSAGE_EXTRA_BYTES;
    letter.max(limits::OUTPUT_BATCH_BYTES)
}

/// `max.message.bytes` of a topic.
pub(super) fn message_bytes(admin: &Admin, topic: &str) -> Result<u64, KafkaError> {
    let entries = admin.configs(topic).map_err(not_heard_of_yet)?;
    let entry = entries
        .into_iter()
        .find(|entry| entry.name == MESSAGE_BYTES);
    let value = entry.and_then(|entry| entry.value?.parse().ok());
    Ok(value.unwrap_or(limits::SOURCE_MESSAGE_MAX_BYTES))
}

/// For topics that are known to exist: brokers hear of a new topic one after the other, and the one
/// that was asked may be behind the one that made it.
pub(crate) fn not_heard_of_yet(error: KafkaError) -> KafkaError {
    if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION {
        return KafkaError {
            class: ErrorClass::Retry,
            ..error
        };
    }
    error
}

/// `max.message.bytes` of each of these topics.
fn all_message_bytes<S: AsRef<str>>(admin: &Admin, topics: &[S]) -> Result<Vec<u64>, KafkaError> {
    let bytes = topics
        .iter()
        .map(|topic| message_bytes(admin, topic.as_ref()));
    bytes.collect()
}

/// The most that one of these topics takes. `None`: there are none, or the task is to end.
pub(super) fn largest(
    admin: &Admin,
    topics: &[String],
    patience: &Patience,
) -> Result<Option<u64>, PipelineError> {
    let found = patience.retry(|_| {}, || all_message_bytes(admin, topics))?;
    Ok(found.and_then(|bytes| bytes.into_iter().max()))
}

/// Largest record, in bytes, that every one of these topics takes.
pub(crate) fn message_max_bytes<S: AsRef<str>>(
    admin: &Admin,
    topics: &[S],
) -> Result<usize, KafkaError> {
    let least = all_message_bytes(admin, topics)?.into_iter().min();
    Ok(least.unwrap_or(limits::SOURCE_MESSAGE_MAX_BYTES) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_one_broker_has_not_heard_of_yet_is_asked_for_again() {
        let of = |code, class| KafkaError {
            operation: "read a topic's settings",
            code,
            topic: None,
            partition: None,
            message: String::new(),
            class,
        };
        let unknown = of(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorClass::Stop);
        assert_eq!(not_heard_of_yet(unknown).class, ErrorClass::Retry);
        let forbidden = of(ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorClass::Stop);
        assert_eq!(not_heard_of_yet(forbidden).class, ErrorClass::Stop);
    }
}

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

fn all_message_bytes(
    admin: &Admin,
    topics: &[String],
    patience: &Patience,
) -> Result<Vec<u64>, PipelineError> {
    let mut found = Vec::with_capacity(topics.len());
    for topic in topics {
        found.extend(patience.retry(|_| {}, || message_bytes(admin, topic))?);
    }
    Ok(found)
}

/// The most that one of these topics takes.
pub(super) fn largest(
    admin: &Admin,
    topics: &[String],
    patience: &Patience,
) -> Result<Option<u64>, PipelineError> {
    Ok(all_message_bytes(admin, topics, patience)?
        .into_iter()
        .max())
}

/// Largest record, in bytes, that every one of these topics takes.
pub(crate) fn message_max_bytes(admin: &Admin, topics: &[&str]) -> Result<usize, KafkaError> {
    let mut least = None;
    for topic in topics {
        let bytes = message_bytes(admin, topic)?;
        least = Some(least.map_or(bytes, |least: u64| least.min(bytes)));
    }
    Ok(least.unwrap_or(limits::SOURCE_MESSAGE_MAX_BYTES) as usize)
}

/// What every one of these topics takes.
pub(super) fn smallest(
    admin: &Admin,
    topics: &[String],
    patience: &Patience,
) -> Result<Option<u64>, PipelineError> {
    Ok(all_message_bytes(admin, topics, patience)?
        .into_iter()
        .min())
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

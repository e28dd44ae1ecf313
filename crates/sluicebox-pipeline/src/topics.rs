//! The topics: created on first use, never altered.

use std::time::Duration;

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{Admin, ErrorClass, ErrorCode, KafkaError};

use crate::error::PipelineError;
use crate::limits;
use crate::retry::Patience;
use crate::stop::{StopLevel, StopSignal};

/// What to create where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicsConfig {
    /// Source topics.
    pub sources: Vec<String>,
    /// Topics between processor and sink: they take what the sources take, and 64 KiB more.
    pub outputs: Vec<String>,
    /// Partitions of each, from 1.
    pub partitions: u32,
    /// Largest record that a source topic takes when it is created; `None`: the broker's default.
    pub source_message_max_bytes: Option<u64>,
    /// Copies of each partition; `None`: 3, or 1 on the embedded broker.
    pub replication_factor: Option<u16>,
}

impl TopicsConfig {
    /// The defaults for these topics.
    pub fn new(sources: Vec<String>, outputs: Vec<String>) -> Self {
        Self {
            sources,
            outputs,
            partitions: limits::TOPIC_PARTITIONS,
            source_message_max_bytes: None,
            replication_factor: None,
        }
    }
}

/// What was done about the topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicsReport {
    /// Topics that were created.
    pub created: Vec<String>,
    /// Topics that were there.
    pub existing: Vec<String>,
    /// Largest record, in bytes, that every output topic accepts; every source topic where there are
    /// no outputs.
    pub output_message_max_bytes: usize,
}

/// What an output topic takes, in bytes, where the sources take `source_bytes`: a letter around
/// the largest record, and a transaction's share of a partition in one batch.
fn output_bytes(source_bytes: u64) -> u64 {
    let letter = source_bytes + limits::OUTPUT_MESSAGE_EXTRA_BYTES;
    letter.max(limits::OUTPUT_BATCH_BYTES)
}

/// Cluster ids of the embedded broker begin with this.
const EMBEDDED_PREFIX: &str = "sluicebox-";
const MESSAGE_BYTES: &str = "max.message.bytes";

/// Creates what is missing and waits until every topic has leaders. `None`: told to stop.
///
/// # Errors
/// [`PipelineError::ClusterTooSmall`] when there are fewer brokers than copies are wanted.
pub fn ensure(
    admin: &Admin,
    config: &TopicsConfig,
    wait: Option<Duration>,
    stop: &StopSignal,
) -> Result<Option<TopicsReport>, PipelineError> {
    let servers = String::from("the cluster");
    let patience = Patience {
        servers,
        wait,
        stop: stop.clone(),
        outwaits_refusals: false,
    };
    let mut report = TopicsReport::default();
    for (names, is_output) in [(&config.sources, false), (&config.outputs, true)] {
        // Sources first: their limits decide what the outputs take.
        let bytes = if is_output {
            let source = largest(admin, &config.sources, &patience)?;
            source.map(output_bytes)
        } else {
            config.source_message_max_bytes
        };
        for name in names {
            let exists = patience.retry(|_| {}, || exists(admin, name))?;
            match exists {
                Some(true) => report.existing.push(name.clone()),
                Some(false) if create(admin, config, name, bytes, &patience)? => {
                    report.created.push(name.clone());
                }
                Some(false) | None => return Ok(None),
            }
        }
    }
    if !wait_for_leaders(admin, config, &patience) {
        return Ok(None);
    }
    let written = match config.outputs.is_empty() {
        true => &config.sources,
        false => &config.outputs,
    };
    let smallest = smallest(admin, written, &patience)?;
    report.output_message_max_bytes = smallest.unwrap_or(limits::SOURCE_MESSAGE_MAX_BYTES) as usize;
    warn_small_outputs(admin, config, &patience)?;
    Ok(Some(report))
}

fn exists(admin: &Admin, topic: &str) -> Result<bool, KafkaError> {
    match admin.describe(topic) {
        Ok(_) => Ok(true),
        Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(false),
        Err(error) => Err(error),
    }
}

/// `Ok(false)`: told to stop.
fn create(
    admin: &Admin,
    config: &TopicsConfig,
    name: &str,
    message_bytes: Option<u64>,
    patience: &Patience,
) -> Result<bool, PipelineError> {
    let Some(cluster) = patience.retry(|_| {}, || admin.cluster())? else {
        return Ok(false);
    };
    let factor = factor(config.replication_factor, &cluster.cluster_id);
    check_size(name, factor, cluster.brokers.len())?;
    let mut configs = safety_configs(factor);
    if let Some(bytes) = message_bytes {
        configs.push((MESSAGE_BYTES.into(), bytes.to_string()));
    }
    let topics = [NewTopic {
        name: name.to_owned(),
        partitions: config.partitions as i32,
        replication_factor: i32::from(factor),
        configs,
    }];
    let request = || match admin.create_topics(&topics) {
        // Another process was faster.
        Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS => Ok(()),
        other => other,
    };
    let created = patience.retry(|_| {}, request)?.is_some();
    if created {
        tracing::info!(
            topic = name,
            partitions = config.partitions,
            factor,
            "topic created"
        );
    }
    Ok(created)
}

/// Checks that there are brokers enough for so many copies of a topic.
///
/// # Errors
/// [`PipelineError::ClusterTooSmall`] when there are not.
pub fn check_size(topic: &str, factor: u16, brokers: usize) -> Result<(), PipelineError> {
    if brokers >= usize::from(factor) {
        return Ok(());
    }
    Err(PipelineError::ClusterTooSmall {
        topic: topic.to_owned(),
        factor,
        brokers,
    })
}

/// Copies of each partition of a topic that is created: as given, else 3, else 1 on the embedded
/// broker, which is alone.
pub fn factor(given: Option<u16>, cluster_id: &str) -> u16 {
    let embedded = cluster_id.starts_with(EMBEDDED_PREFIX);
    given.unwrap_or(if embedded {
        1
    } else {
        limits::REPLICATION_FACTOR
    })
}

/// Settings of a topic that is created with so many copies: where there are three, an
/// acknowledged record is on two of them.
pub fn safety_configs(factor: u16) -> Vec<(String, String)> {
    let two = (
        "min.insync.replicas".to_owned(),
        limits::MIN_INSYNC_REPLICAS.to_string(),
    );
    if factor == limits::REPLICATION_FACTOR {
        vec![two]
    } else {
        Vec::new()
    }
}

/// `max.message.bytes` of a topic.
fn message_bytes(admin: &Admin, topic: &str) -> Result<u64, KafkaError> {
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

fn largest(
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

fn smallest(
    admin: &Admin,
    topics: &[String],
    patience: &Patience,
) -> Result<Option<u64>, PipelineError> {
    Ok(all_message_bytes(admin, topics, patience)?
        .into_iter()
        .min())
}

/// Existing topics are not altered, but what will not fit is said.
fn warn_small_outputs(
    admin: &Admin,
    config: &TopicsConfig,
    patience: &Patience,
) -> Result<(), PipelineError> {
    let Some(source) = largest(admin, &config.sources, patience)? else {
        return Ok(());
    };
    for topic in &config.outputs {
        let bytes = patience.retry(|_| {}, || message_bytes(admin, topic))?;
        if let Some(bytes) = bytes.filter(|bytes| *bytes < source) {
            tracing::warn!(
                topic,
                bytes,
                source,
                "the topic takes smaller records than the sources: larger ones become dead letters, cut; raise its max.message.bytes"
            );
        }
    }
    Ok(())
}

/// `false`: told to stop.
fn wait_for_leaders(admin: &Admin, config: &TopicsConfig, patience: &Patience) -> bool {
    let pause = Duration::from_millis(limits::LEADER_POLL_MS);
    for name in config.sources.iter().chain(&config.outputs) {
        loop {
            let described = admin.describe(name);
            if described.is_ok_and(|topic| topic.partitions.iter().all(|p| p.leader.is_some())) {
                break;
            }
            if patience.stop.sleep(pause) >= StopLevel::Drain {
                return false;
            }
        }
    }
    true
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

    #[test]
    fn the_embedded_broker_has_one_copy_and_a_cluster_three_unless_told_otherwise() {
        let (embedded, cluster) = ("sluicebox-abcdefghijklmnopqrstuv", "4L6g3nShT-eMCtK--X86sw");
        assert_eq!((factor(None, embedded), factor(None, cluster)), (1, 3));
        assert_eq!(
            (factor(Some(2), embedded), factor(Some(2), cluster)),
            (2, 2)
        );
    }

    #[test]
    fn three_copies_ask_for_two_in_sync() {
        assert_eq!(
            safety_configs(3),
            [("min.insync.replicas".to_owned(), "2".to_owned())]
        );
        assert!(safety_configs(1).is_empty() && safety_configs(2).is_empty());
    }
}

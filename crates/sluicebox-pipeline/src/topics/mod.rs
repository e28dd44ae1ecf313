//! The topics: created on first use, never altered.

mod definition;
mod named;
mod sizes;

use std::time::Duration;

use sluicebox_event::{Plans, StreamPlan};
use sluicebox_kafka::{Admin, ErrorCode, KafkaError};

pub use definition::{INTERNAL_PREFIX, check_size, factor, safety_configs};
pub use named::{CreatedTopic, NamedTopic, create_named, is_wrong_request};

pub(crate) use definition::{CLEANUP_POLICY, COMPACT, markers_topic};
pub(crate) use sizes::{message_max_bytes, not_heard_of_yet};

use crate::error::PipelineError;
use crate::limits;
use crate::retry::Patience;
use crate::stop::{StopLevel, StopSignal};
use definition::new_topic;
use sizes::{largest, message_bytes, output_bytes};

const MESSAGE_BYTES: &str = "max.message.bytes";

/// What to create where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicsConfig {
    /// Source topics.
    pub sources: Vec<String>,
    /// Topics between processor and sink: they take what the sources take, and 64 KiB more.
    pub outputs: Vec<String>,
    /// The topic of markers of replays. The first replay creates it, and whoever asks for it by name.
    pub markers: Option<String>,
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
            markers: None,
            partitions: limits::TOPIC_PARTITIONS,
            source_message_max_bytes: None,
            replication_factor: None,
        }
    }

    /// The topics of these streams. Sources take a value as large as the plans allow, and its key and
    /// headers around it.
    pub fn of(plans: &Plans, outputs: Vec<String>) -> Self {
        let sources = plans.streams().iter().map(StreamPlan::source_topic);
        let largest = plans.options().value_max_bytes as u64 + limits::OUTPUT_MESSAGE_EXTRA_BYTES;
        Self {
            source_message_max_bytes: Some(largest),
            ..Self::new(sources.map(str::to_owned).collect(), outputs)
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
    let Some(smallest) = patience.retry(|_| {}, || message_max_bytes(admin, written))? else {
        return Ok(None);
    };
    report.output_message_max_bytes = smallest;
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
    let topics = [new_topic(
        name,
        config.partitions,
        factor,
        message_bytes,
        &[],
    )];
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

//! A topic that somebody asks for by its name.

use sluicebox_kafka::{Admin, ErrorCode, KafkaError};

use super::definition::{
    CLEANUP_POLICY, COMPACT, INTERNAL_PREFIX, check_size, factor, markers_topic, new_topic,
};
use super::sizes::{message_bytes, output_bytes};
use super::{TopicsConfig, exists};
use crate::error::PipelineError;

/// A topic to create.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; `None`: as many as the pipeline's topics get.
    pub partitions: Option<u32>,
    /// Copies of each; `None`: as many as the pipeline's topics get.
    pub replication_factor: Option<u16>,
    /// Settings. They win over those that a topic gets anyway.
    pub settings: Vec<(String, String)>,
}

/// A topic that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// Copies of each.
    pub replication_factor: u16,
    /// The settings that it was given.
    pub settings: Vec<(String, String)>,
}

/// Creates a topic. One of the pipeline's own gets what the pipeline would give it: a source topic takes
/// the largest record that a stream allows, an output topic what the sources take and room around it,
/// the topic of markers is compacted and has one partition.
///
/// # Errors
/// The name is one of Kafka's own, a setting would let markers of replays go; the topic exists, the cluster refuses or does not answer, or has fewer brokers than copies are wanted.
pub fn create_named(
    admin: &Admin,
    config: &TopicsConfig,
    wanted: &NamedTopic,
) -> Result<CreatedTopic, PipelineError> {
    if wanted.name.starts_with(INTERNAL_PREFIX) {
        return Err(PipelineError::InternalTopic(wanted.name.clone()));
    }
    let is_markers = config.markers.as_ref() == Some(&wanted.name);
    let policy = (wanted.settings.iter()).find(|(name, _)| name == CLEANUP_POLICY);
    if let Some((_, policy)) = policy.filter(|(_, policy)| is_markers && policy != COMPACT) {
        return Err(PipelineError::MarkersExpire {
            topic: wanted.name.clone(),
            policy: policy.clone(),
        });
    }
    let cluster = admin.cluster()?;
    let given = wanted.replication_factor.or(config.replication_factor);
    let factor = factor(given, &cluster.cluster_id);
    check_size(&wanted.name, factor, cluster.brokers.len())?;
    let topic = if is_markers {
        markers_topic(&wanted.name, factor, &wanted.settings)
    } else {
        let bytes = own_bytes(admin, config, &wanted.name)?;
        let partitions = wanted.partitions.unwrap_or(config.partitions);
        new_topic(&wanted.name, partitions, factor, bytes, &wanted.settings)
    };
    admin.create_topics(std::slice::from_ref(&topic))?;
    Ok(CreatedTopic {
        name: topic.name,
        partitions: topic.partitions.unsigned_abs(),
        replication_factor: factor,
        settings: topic.configs,
    })
}

/// Largest record that the pipeline wants a topic of its own to take.
fn own_bytes(
    admin: &Admin,
    config: &TopicsConfig,
    name: &String,
) -> Result<Option<u64>, KafkaError> {
    if config.sources.contains(name) {
        return Ok(config.source_message_max_bytes);
    }
    if !config.outputs.contains(name) {
        return Ok(None);
    }
    let mut largest = None;
    for source in &config.sources {
        // One that is not there yet will be created as configured.
        let bytes = match exists(admin, source)? {
            true => Some(message_bytes(admin, source)?),
            false => config.source_message_max_bytes,
        };
        largest = largest.max(bytes);
    }
    Ok(largest.map(output_bytes))
}

/// Whether a topic was not created because of what was asked for, and not because of the cluster.
pub fn is_wrong_request(error: &KafkaError) -> bool {
    [
        ErrorCode::INVALID_ARGUMENT,
        ErrorCode::INVALID_TOPIC_EXCEPTION,
        ErrorCode::INVALID_PARTITIONS,
        ErrorCode::INVALID_REPLICATION_FACTOR,
        ErrorCode::INVALID_CONFIG,
        ErrorCode::POLICY_VIOLATION,
    ]
    .contains(&error.code)
}

//! Topics, as JSON and pages show them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::WebError;

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TopicLine {
    /// Its name.
    pub(crate) name: String,
    /// How many partitions it has.
    pub(crate) partitions: usize,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TopicView {
    /// Its name.
    pub(crate) name: String,
    /// What tells it from an earlier one of the same name.
    pub(crate) id: String,
    /// Whether it is one of Kafka's own.
    pub(crate) internal: bool,
    /// The partitions.
    pub(crate) partitions: Vec<PartitionView>,
    /// The settings.
    pub(crate) configs: Vec<ConfigView>,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PartitionView {
    /// Which, from 0.
    pub(crate) partition: i32,
    /// The leading broker; null when there is none.
    pub(crate) leader: Option<i32>,
    /// The brokers that hold it.
    pub(crate) replicas: Vec<i32>,
    /// Those that are in sync.
    pub(crate) in_sync: Vec<i32>,
    /// The first offset that is still there.
    pub(crate) earliest: i64,
    /// Committed readers get up to here (not included).
    pub(crate) last_stable: i64,
    /// Replicated up to here (not included).
    pub(crate) high_watermark: i64,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ConfigView {
    /// Its name.
    pub(crate) name: String,
    /// Its value; null when it is secret.
    pub(crate) value: Option<String>,
    /// Whether it was not set for this topic.
    pub(crate) is_default: bool,
}

impl TopicView {
    /// Offsets from the first to the last one: records, and markers of transactions.
    pub(crate) fn span(&self) -> u64 {
        self.partitions
            .iter()
            .map(|p| (p.high_watermark - p.earliest).max(0).unsigned_abs())
            .sum()
    }
}

/// All topics.
pub(crate) fn list(app: &App) -> Result<Vec<TopicLine>, WebError> {
    let topics = app.admin()?.topics()?;
    Ok(topics
        .into_iter()
        .map(|topic| TopicLine {
            name: topic.name,
            partitions: topic.partitions,
        })
        .collect())
}

/// One topic.
pub(crate) fn one(app: &App, name: &str) -> Result<TopicView, WebError> {
    let admin = app.admin()?;
    let described = admin.describe(name)?;
    let logs = admin.log_ranges(name)?;
    let configs = admin.configs(name)?;
    let partitions = described.partitions.into_iter().map(|partition| {
        let log = logs
            .iter()
            .find(|log| log.partition == partition.partition)
            .map(|log| log.range);
        PartitionView {
            partition: partition.partition,
            leader: partition.leader,
            replicas: partition.replicas,
            in_sync: partition.isr,
            earliest: log.map_or(0, |log| log.earliest),
            last_stable: log.map_or(0, |log| log.last_stable),
            high_watermark: log.map_or(0, |log| log.high_watermark),
        }
    });
    Ok(TopicView {
        name: described.name,
        id: described.topic_id,
        internal: described.internal,
        partitions: partitions.collect(),
        configs: configs
            .into_iter()
            .map(|config| ConfigView {
                name: config.name,
                value: config.value,
                is_default: config.is_default,
            })
            .collect(),
    })
}

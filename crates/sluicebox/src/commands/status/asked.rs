//! What the cluster says.

use std::time::Instant;

use sluicebox_kafka::admin::{GroupDescription, PartitionLag, TopicDescription};
use sluicebox_kafka::{Admin, KafkaError};
use sluicebox_pipeline::belongs;

use super::super::cluster;
use super::here::Here;
use crate::settings::config::Config;

/// A whole answer of the cluster.
pub(super) struct Asked {
    pub(super) at: Instant,
    pub(super) cluster_id: String,
    pub(super) brokers: usize,
    /// The processors' group and the sinks', in this order.
    pub(super) groups: Vec<(GroupDescription, Vec<PartitionLag>)>,
    /// The topics that the files here are of, as far as they exist.
    topics: Vec<TopicDescription>,
}

impl Asked {
    /// # Errors
    /// The first question that was not answered.
    pub(super) fn take(
        config: &Config,
        admin: &Admin,
        sources: &[String],
        here: &Here,
    ) -> Result<Self, KafkaError> {
        let known = cluster::existing(admin, sources)?;
        let outputs = [
            config.topics.processed_data.clone(),
            config.topics.dead_letters.clone(),
        ];
        let outputs = cluster::existing(admin, &outputs)?;
        let is_of_files = |topic: &&String| {
            let files = here.files.iter();
            let mut recorded = files.flat_map(|state| &state.topics);
            recorded.any(|recorded| recorded.name == **topic)
        };
        let topics = known.iter().chain(&outputs).filter(is_of_files);
        let topics = topics
            .map(|topic| admin.describe(topic))
            .collect::<Result<_, _>>()?;
        let names = [config.processor.group.as_str(), config.sink.group.as_str()];
        let described = admin.describe_groups(&names)?;
        let mut groups = Vec::new();
        for (group, topics) in described.into_iter().zip([known, outputs]) {
            let lags = admin.lags(&group, &topics)?;
            groups.push((group, lags));
        }
        let cluster = admin.cluster()?;
        Ok(Self {
            at: Instant::now(),
            cluster_id: cluster.cluster_id,
            brokers: cluster.brokers.len(),
            groups,
            topics,
        })
    }

    /// Why the files here do not belong to this cluster, if they do not.
    pub(super) fn mismatch(&self, here: &Here) -> Option<String> {
        let state = here.files.as_ref()?;
        belongs::mismatch(&here.output_dir, state, &self.cluster_id, &self.topics)
    }

    /// The offsets that a group has committed, all partitions together.
    pub(super) fn committed(&self, group: usize) -> i64 {
        let (_, lags) = &self.groups[group];
        lags.iter().filter_map(|lag| lag.committed).sum()
    }
}

//! What the cluster says.

use std::collections::BTreeMap;

use sluicebox_kafka::admin::{GroupDescription, PartitionLog, TopicDescription};
use sluicebox_kafka::{Admin, KafkaError};
use sluicebox_pipeline::belongs;
use sluicebox_sink::ManifestState;

use crate::config::WebConfig;
use crate::error::WebError;
use crate::flow::{ClusterFlow, Flow, MemberFlow, Owned, PartFlow, StreamFlow, TopicFlow};

/// What is asked for seldom, and kept in between.
#[derive(Default)]
pub(super) struct Known {
    cluster: ClusterFlow,
    names: Vec<String>,
    topics: BTreeMap<String, TopicDescription>,
    groups: Vec<GroupDescription>,
}

/// Partitions of some topics with what a group has committed.
type Logs = BTreeMap<String, Vec<PartitionLog>>;

impl Known {
    /// Fills in what the cluster says; `slow`: also what changes rarely.
    pub(super) fn ask(
        &mut self,
        admin: &Admin,
        config: &WebConfig,
        slow: bool,
        flow: &mut Flow,
    ) -> Result<(), WebError> {
        let wanted = wanted(config);
        if slow || self.groups.is_empty() {
            self.ask_slow(admin, config, &wanted)?;
        } else if self.groups.iter().any(|group| group.members.is_empty()) {
            // Somebody may have joined: it would be said for seconds that nobody runs.
            self.ask_groups(admin, config)?;
        }
        // Each waits in vain for a cluster that is gone: the first failure ends the question.
        let processed = committed(admin, &config.groups.processor)?;
        let sunk = committed(admin, &config.groups.sink)?;
        let logs = admin.log_ranges_of(self.topics.values())?;
        self.describe(config, &logs, flow);
        let sources: Vec<&str> = config
            .plans
            .streams()
            .iter()
            .map(sluicebox_event::StreamPlan::source_topic)
            .collect();
        let outputs = [
            config.topics.processed.as_str(),
            config.topics.dead_letters.as_str(),
        ];
        flow.processor.lag = lag(&logs, &sources, &processed);
        flow.sink.lag = lag(&logs, &outputs, &sunk);
        Ok(())
    }

    fn ask_slow(
        &mut self,
        admin: &Admin,
        config: &WebConfig,
        wanted: &[String],
    ) -> Result<(), WebError> {
        let cluster = admin.cluster()?;
        self.cluster = ClusterFlow {
            id: cluster.cluster_id,
            brokers: cluster.brokers.len(),
            ..ClusterFlow::default()
        };
        self.names = admin
            .topics()?
            .into_iter()
            .map(|topic| topic.name)
            .collect();
        self.topics.clear();
        for topic in wanted.iter().filter(|topic| self.names.contains(*topic)) {
            self.topics.insert(topic.clone(), admin.describe(topic)?);
        }
        self.ask_groups(admin, config)
    }

    fn ask_groups(&mut self, admin: &Admin, config: &WebConfig) -> Result<(), WebError> {
        self.groups = admin.describe_groups(&[&config.groups.processor, &config.groups.sink])?;
        Ok(())
    }

    /// Whether the cluster has a topic of this name.
    pub(super) fn has_topic(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Why files with this manifest do not belong to what the cluster has, if they do not.
    pub(super) fn mismatch(&self, config: &WebConfig, state: &ManifestState) -> Option<String> {
        let topics = self.topics.values();
        belongs::mismatch(&config.output_dir, state, &self.cluster.id, topics)
    }

    /// Fills in what was known before the cluster stopped answering.
    pub(super) fn describe_old(&self, config: &WebConfig, flow: &mut Flow) {
        self.describe(config, &Logs::new(), flow);
    }

    fn describe(&self, config: &WebConfig, logs: &Logs, flow: &mut Flow) {
        flow.cluster = self.cluster.clone();
        let streams = config.plans.streams().iter();
        flow.streams = streams
            .map(|stream| StreamFlow {
                name: stream.name().to_owned(),
                topic: self.topic(stream.source_topic(), logs),
                ..StreamFlow::default()
            })
            .collect();
        let outputs = [&config.topics.processed, &config.topics.dead_letters];
        flow.outputs = outputs.map(|topic| self.topic(topic, logs)).into();
        for (part, group) in [&mut flow.processor, &mut flow.sink]
            .into_iter()
            .zip(&self.groups)
        {
            members(part, group);
        }
    }

    fn topic(&self, name: &str, logs: &Logs) -> TopicFlow {
        let described = self.topics.get(name);
        let partitions = described.map_or(&[][..], |topic| &topic.partitions);
        let those = |bad: fn(&sluicebox_kafka::admin::PartitionInfo) -> bool| {
            partitions
                .iter()
                .filter(|partition| bad(partition))
                .map(|partition| partition.partition)
                .collect()
        };
        let log = logs.get(name).map_or(&[][..], Vec::as_slice);
        TopicFlow {
            name: name.to_owned(),
            missing: described.is_none(),
            partitions: partitions.len(),
            end: log.iter().map(|log| log.range.high_watermark).sum(),
            rate: 0.0,
            under_replicated: those(|partition| partition.isr.len() < partition.replicas.len()),
            offline: those(|partition| partition.leader.is_none()),
        }
    }
}

fn wanted(config: &WebConfig) -> Vec<String> {
    let sources = config
        .plans
        .streams()
        .iter()
        .map(|stream| stream.source_topic().to_owned());
    sources
        .chain([
            config.topics.processed.clone(),
            config.topics.dead_letters.clone(),
        ])
        .collect()
}

fn committed(admin: &Admin, group: &str) -> Result<BTreeMap<(String, i32), i64>, KafkaError> {
    let offsets = admin.committed_offsets(group)?;
    Ok(offsets
        .into_iter()
        .map(|found| ((found.topic, found.partition), found.offset))
        .collect())
}

fn lag(logs: &Logs, topics: &[&str], committed: &BTreeMap<(String, i32), i64>) -> u64 {
    let mut sum = 0;
    for topic in topics {
        for log in logs.get(*topic).into_iter().flatten() {
            let at = committed
                .get(&((*topic).to_owned(), log.partition))
                .copied();
            sum += log
                .range
                .last_stable
                .saturating_sub(at.unwrap_or(log.range.earliest))
                .max(0)
                .unsigned_abs();
        }
    }
    sum
}

fn members(part: &mut PartFlow, group: &GroupDescription) {
    part.state.clone_from(&group.state);
    part.members = group.members.iter().map(member).collect();
    part.members.sort_by(|a, b| a.client_id.cmp(&b.client_id));
}

fn member(member: &sluicebox_kafka::admin::GroupMember) -> MemberFlow {
    let mut owned: Vec<Owned> = Vec::new();
    let mut partitions = member.partitions.clone();
    partitions.sort_unstable();
    for (topic, partition) in partitions {
        match owned.last_mut().filter(|last| last.topic == topic) {
            Some(last) => last.partitions.push(partition),
            None => owned.push(Owned {
                topic,
                partitions: vec![partition],
            }),
        }
    }
    MemberFlow {
        client_id: member.client_id.clone(),
        host: member.host.clone(),
        partitions: owned,
    }
}

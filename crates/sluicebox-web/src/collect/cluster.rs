//! What the cluster says.

use std::collections::BTreeMap;

use sluicebox_kafka::admin::{GroupDescription, PartitionLog, TopicDescription};
use sluicebox_kafka::{Admin, KafkaError};
use sluicebox_pipeline::belongs;
use sluicebox_sink::ManifestState;

use super::markers::Ends;
use crate::config::WebConfig;
use crate::flow::{ClusterFlow, Flow, MemberFlow, Owned, PartFlow, StreamFlow, TopicFlow};

/// What is asked for seldom, and kept in between.
#[derive(Default)]
pub(super) struct Known {
    cluster: ClusterFlow,
    topics: BTreeMap<String, TopicDescription>,
    groups: Vec<GroupDescription>,
}

/// What the logs of some topics hold.
type Logs = BTreeMap<String, Vec<PartitionLog>>;

/// Where somebody goes on, by topic and partition.
type Positions = BTreeMap<(String, i32), i64>;

impl Known {
    /// Fills in what the cluster says; `slow`: also what changes rarely. `manifest`: that of the files, which
    /// was read before.
    pub(super) fn ask(
        &mut self,
        admin: &Admin,
        config: &WebConfig,
        slow: bool,
        manifest: Option<&ManifestState>,
        flow: &mut Flow,
    ) -> Result<Ends, KafkaError> {
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
        let asked = self.topics.values();
        // Without it all the rest is known: it must not fail the question.
        let asked = asked.filter(|topic| topic.name != config.replays || has_leaders(topic));
        let logs = admin.log_ranges_of(asked)?;
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
        // Of the files it is their manifest that counts: what the group is told comes after.
        let written = manifest.map(written).unwrap_or_default();
        Ok(Ends {
            waiting: before(&logs, &sources, &processed) + before(&logs, &outputs, &written),
            replays: self.end_of(&config.replays, &logs),
        })
    }

    /// Offsets that a topic has given out; none where there is no such topic.
    fn end_of(&self, topic: &str, logs: &Logs) -> Option<i64> {
        let is_unknown = self.topics.get(topic).is_some_and(|it| !has_leaders(it));
        (!is_unknown).then(|| before(logs, &[topic], &Positions::new()))
    }

    fn ask_slow(
        &mut self,
        admin: &Admin,
        config: &WebConfig,
        wanted: &[String],
    ) -> Result<(), KafkaError> {
        let cluster = admin.cluster()?;
        self.cluster = ClusterFlow {
            id: cluster.cluster_id,
            brokers: cluster.brokers.len(),
            ..ClusterFlow::default()
        };
        let names: Vec<_> = admin
            .topics()?
            .into_iter()
            .map(|topic| topic.name)
            .collect();
        self.topics.clear();
        for topic in wanted.iter().filter(|topic| names.contains(*topic)) {
            self.topics.insert(topic.clone(), admin.describe(topic)?);
        }
        self.ask_groups(admin, config)
    }

    fn ask_groups(&mut self, admin: &Admin, config: &WebConfig) -> Result<(), KafkaError> {
        self.groups = admin.describe_groups(&[&config.groups.processor, &config.groups.sink])?;
        Ok(())
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

fn has_leaders(topic: &TopicDescription) -> bool {
    let mut partitions = topic.partitions.iter();
    partitions.all(|partition| partition.leader.is_some())
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
            config.replays.clone(),
        ])
        .collect()
}

fn committed(admin: &Admin, group: &str) -> Result<Positions, KafkaError> {
    let offsets = admin.committed_offsets(group)?;
    Ok(offsets
        .into_iter()
        .map(|found| ((found.topic, found.partition), found.offset))
        .collect())
}

fn lag(logs: &Logs, topics: &[&str], committed: &Positions) -> u64 {
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

/// Offsets between positions and the ends of the logs, those of open transactions too.
fn before(logs: &Logs, topics: &[&str], positions: &Positions) -> i64 {
    let of_topic = |topic: &&str| {
        let logs = logs.get(*topic).into_iter().flatten();
        let left = logs.map(|log| {
            let at = positions.get(&((*topic).to_owned(), log.partition));
            (log.range.high_watermark - at.copied().unwrap_or(0)).max(0)
        });
        left.sum::<i64>()
    };
    topics.iter().map(of_topic).sum()
}

/// Up to where the output topics are in the files.
fn written(state: &ManifestState) -> Positions {
    let position = |(&(topic, partition), offset): (&(u16, i32), &i64)| {
        let topic = state.inputs.get(usize::from(topic))?;
        Some(((topic.clone(), partition), *offset))
    };
    state.next_offsets.iter().filter_map(position).collect()
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

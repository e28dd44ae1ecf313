//! Lag: what a group still has before it, per partition.

use std::collections::BTreeMap;

use super::{Admin, GroupDescription, PartitionLog};
use crate::error::KafkaError;

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionLag {
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: i32,
    /// The next offset to read; `None`: the group has committed nothing here.
    pub committed: Option<i64>,
    /// Where `read_committed` readers stop.
    pub last_stable: i64,
    /// Offsets between the group's position and the last stable offset.
    pub lag: u64,
    /// Client id of the member that has the partition.
    pub owner: Option<String>,
}

impl Admin {
    /// Lag of a group in all partitions of the topics that it reads: those assigned to its members,
    /// those it has committed, and `also`.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn lags(
        &self,
        group: &GroupDescription,
        also: &[String],
    ) -> Result<Vec<PartitionLag>, KafkaError> {
        let committed: BTreeMap<(String, i32), i64> = self
            .committed_offsets(&group.group)?
            .into_iter()
            .map(|found| ((found.topic, found.partition), found.offset))
            .collect();
        let owners: BTreeMap<(&str, i32), &str> = group
            .members
            .iter()
            .flat_map(|member| {
                member.partitions.iter().map(|(topic, partition)| {
                    ((topic.as_str(), *partition), member.client_id.as_str())
                })
            })
            .collect();
        let mut topics: Vec<&str> = committed.keys().map(|(topic, _)| topic.as_str()).collect();
        topics.extend(owners.keys().map(|(topic, _)| *topic));
        topics.extend(also.iter().map(String::as_str));
        topics.sort_unstable();
        topics.dedup();
        let described: Vec<_> = topics
            .iter()
            .map(|topic| self.describe(topic))
            .collect::<Result<_, _>>()?;
        let mut lags = Vec::new();
        for (topic, logs) in self.log_ranges_of(&described)? {
            for PartitionLog { partition, range } in logs {
                let at = committed.get(&(topic.clone(), partition)).copied();
                let ahead = range.last_stable - at.unwrap_or(range.earliest);
                let owner = owners.get(&(topic.as_str(), partition));
                lags.push(PartitionLag {
                    topic: topic.clone(),
                    partition,
                    committed: at,
                    last_stable: range.last_stable,
                    lag: ahead.max(0).unsigned_abs(),
                    owner: owner.map(|owner| (*owner).to_owned()),
                });
            }
        }
        Ok(lags)
    }
}

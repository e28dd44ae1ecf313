//! How far a task that is to stop at the end has to go.

use std::time::{Duration, Instant};

use sluicebox_kafka::{Admin, KafkaError, TopicId, TopicPartition};

use crate::limits::COVERAGE_POLL_MS;

/// The last stable offsets of some topics at one moment.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// Partition, and the offset up to which it must be covered. Empty partitions are left out.
    targets: Vec<(TopicPartition, i64)>,
    /// Those empty partitions, and where their logs begin and end.
    emptied: Vec<(TopicPartition, i64)>,
    asked: Option<Instant>,
}

impl End {
    /// The ends of the topics as they are now; a topic's index is its `TopicId`.
    pub(crate) fn now(admin: &Admin, topics: &[&str]) -> Result<Self, KafkaError> {
        let (mut targets, mut emptied) = (Vec::new(), Vec::new());
        for (index, topic) in topics.iter().enumerate() {
            for log in admin.log_ranges(topic)? {
                let topic = index as TopicId;
                let partition = TopicPartition {
                    topic,
                    partition: log.partition,
                };
                if log.range.last_stable > log.range.earliest {
                    targets.push((partition, log.range.last_stable));
                } else {
                    emptied.push((partition, log.range.earliest));
                }
            }
        }
        Ok(Self {
            targets,
            emptied,
            asked: None,
        })
    }

    /// The first partition whose unread records were removed, all of them: nothing is left to read,
    /// and yet the position is not at the end.
    pub(crate) fn overtaken(
        &self,
        position: impl Fn(&TopicPartition) -> Option<i64>,
    ) -> Option<TopicPartition> {
        let overtaken = self.emptied.iter().find(|(partition, begin)| {
            position(partition).is_some_and(|position| position < *begin)
        });
        overtaken.map(|(partition, _)| *partition)
    }

    /// The partitions that must be covered.
    pub(crate) fn partitions(&self) -> Vec<TopicPartition> {
        self.targets
            .iter()
            .map(|(partition, _)| *partition)
            .collect()
    }

    /// All partitions, also the empty ones.
    pub(crate) fn all_partitions(&self) -> Vec<TopicPartition> {
        let all = self.targets.iter().chain(&self.emptied);
        all.map(|(partition, _)| *partition).collect()
    }

    /// Whether the offsets, in the order of [`Self::partitions`], cover the end.
    pub(crate) fn is_covered(&self, committed: &[Option<i64>]) -> bool {
        let covered = |(target, committed): (&(_, i64), &Option<i64>)| {
            committed.is_some_and(|committed| committed >= target.1)
        };
        self.targets.iter().zip(committed).all(covered)
    }

    /// Whether a position covers its partition's end.
    pub(crate) fn covers(&self, partition: TopicPartition, position: i64) -> bool {
        let target = self.targets.iter().find(|(target, _)| *target == partition);
        target.is_none_or(|(_, target)| position >= *target)
    }

    /// Whether it is time to ask the group again.
    pub(crate) fn asks(&mut self) -> bool {
        let every = Duration::from_millis(COVERAGE_POLL_MS);
        let due = self.asked.is_none_or(|asked| asked.elapsed() >= every);
        if due {
            self.asked = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_covered_when_every_partition_is() {
        let at = |partition| TopicPartition {
            topic: 0,
            partition,
        };
        let end = End {
            targets: vec![(at(0), 5), (at(2), 7)],
            emptied: vec![(at(1), 9)],
            asked: None,
        };
        assert!(end.is_covered(&[Some(5), Some(9)]));
        assert!(!end.is_covered(&[Some(5), Some(6)]));
        assert!(!end.is_covered(&[None, Some(7)]));
        assert_eq!(end.overtaken(|_| Some(9)), None);
        assert_eq!(end.overtaken(|_| Some(8)), Some(at(1)));
        assert_eq!(end.overtaken(|_| None), None, "it was never read");
        assert!(end.covers(at(1), 0) && end.covers(at(2), 7) && !end.covers(at(0), 4));
    }
}

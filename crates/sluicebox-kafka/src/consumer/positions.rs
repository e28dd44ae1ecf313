//! Our own account of the positions, kept from the records (librdkafka #5213).

use std::collections::BTreeMap;

use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

/// The assigned partitions and the next offset of each.
#[derive(Debug, Default)]
pub(super) struct Positions {
    assigned: BTreeMap<TopicPartition, Position>,
    /// Partition of the record before, looked up once: records come in runs.
    recent: Option<(TopicPartition, Position)>,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    next: i64,
    revoked: bool,
}

impl Positions {
    /// Starts a partition at a position, or moves it there.
    pub(super) fn start(&mut self, at: TopicPartitionOffset) {
        self.settle();
        let position = Position {
            next: at.offset,
            revoked: false,
        };
        self.assigned.insert(at.topic_partition(), position);
    }

    /// Takes a record if it is one to hand out: of a partition that is ours, and not before its
    /// position. Moves the position past it.
    pub(super) fn take(&mut self, at: TopicPartitionOffset) -> bool {
        let partition = at.topic_partition();
        if self.recent.is_none_or(|(recent, _)| recent != partition) {
            self.settle();
            let Some(position) = self.assigned.get(&partition) else {
                return false;
            };
            self.recent = Some((partition, *position));
        }
        let Some((_, position)) = &mut self.recent else {
            return false;
        };
        if position.revoked || at.offset < position.next {
            return false;
        }
        position.next = at.offset + 1;
        true
    }

    /// The end of the partition is reached at an offset: everything before it is read, or is a
    /// marker or an aborted record.
    pub(super) fn reach(&mut self, at: TopicPartitionOffset) {
        self.settle();
        if let Some(position) = self.assigned.get_mut(&at.topic_partition()) {
            position.next = position.next.max(at.offset);
        }
    }

    pub(super) fn get(&self, partition: TopicPartition) -> Option<i64> {
        match self.recent {
            Some((recent, position)) if recent == partition => Some(position.next),
            _ => self.assigned.get(&partition).map(|position| position.next),
        }
    }

    pub(super) fn all(&self) -> Vec<TopicPartitionOffset> {
        self.assigned
            .keys()
            .filter_map(|partition| {
                let offset = self.get(*partition)?;
                let TopicPartition { topic, partition } = *partition;
                Some(TopicPartitionOffset {
                    topic,
                    partition,
                    offset,
                })
            })
            .collect()
    }

    /// These partitions yield no records any more.
    pub(super) fn revoke(&mut self, partitions: &[TopicPartition]) {
        self.settle();
        for partition in partitions {
            if let Some(position) = self.assigned.get_mut(partition) {
                position.revoked = true;
            }
        }
    }

    pub(super) fn any_revoked(&self) -> bool {
        self.assigned.values().any(|position| position.revoked)
    }

    /// Removes the revoked partitions and returns them.
    pub(super) fn take_revoked(&mut self) -> Vec<TopicPartitionOffset> {
        self.settle();
        let revoked = self
            .all()
            .into_iter()
            .filter(|at| self.assigned[&at.topic_partition()].revoked)
            .collect::<Vec<_>>();
        self.assigned.retain(|_, position| !position.revoked);
        revoked
    }

    pub(super) fn clear(&mut self) {
        self.recent = None;
        self.assigned.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.assigned.is_empty()
    }

    /// Writes the position that is looked up back.
    fn settle(&mut self) {
        if let Some((partition, position)) = self.recent.take() {
            self.assigned.insert(partition, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32, offset: i64) -> TopicPartitionOffset {
        TopicPartitionOffset {
            topic: 0,
            partition,
            offset,
        }
    }

    #[test]
    fn records_before_the_position_and_of_foreign_partitions_are_dropped() {
        let mut positions = Positions::default();
        positions.start(at(0, 10));
        assert!(!positions.take(at(0, 9)), "older than the position");
        assert!(positions.take(at(0, 10)));
        assert!(!positions.take(at(0, 10)), "handed out already");
        assert!(
            positions.take(at(0, 15)),
            "a gap is a marker or an aborted record"
        );
        assert!(!positions.take(at(1, 0)), "not assigned");
        assert_eq!(positions.get(at(0, 0).topic_partition()), Some(16));
    }

    #[test]
    fn a_seek_backwards_hands_records_out_again() {
        let mut positions = Positions::default();
        positions.start(at(0, 0));
        assert!(positions.take(at(0, 5)));
        positions.start(at(0, 3));
        assert!(positions.take(at(0, 3)));
        assert_eq!(positions.all(), [at(0, 4)]);
    }

    #[test]
    fn the_end_of_a_partition_counts_markers_as_read_and_never_goes_back() {
        let mut positions = Positions::default();
        positions.start(at(0, 0));
        assert!(positions.take(at(0, 5)));
        positions.reach(at(0, 8));
        assert_eq!(positions.all(), [at(0, 8)]);
        positions.reach(at(0, 7));
        assert_eq!(positions.all(), [at(0, 8)]);
    }

    #[test]
    fn revoked_partitions_yield_nothing_and_leave_once() {
        let mut positions = Positions::default();
        positions.start(at(0, 0));
        positions.start(at(1, 0));
        assert!(positions.take(at(1, 0)));
        positions.revoke(&[at(1, 0).topic_partition()]);
        assert!(positions.any_revoked());
        assert!(!positions.take(at(1, 1)));
        assert!(positions.take(at(0, 0)), "the other one stays");
        assert_eq!(positions.take_revoked(), [at(1, 1)]);
        assert!(!positions.any_revoked());
        assert_eq!(positions.all(), [at(0, 1)]);
    }
}

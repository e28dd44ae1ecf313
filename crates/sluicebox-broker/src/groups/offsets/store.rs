//! What the groups journal adds up to. Live changes and the replay at start go through the same
//! [`OffsetStore::apply`], so that a restart cannot come to another result.

use std::collections::BTreeMap;

use sluicebox_faults::planted;
use uuid::Uuid;

use super::group::{Entry, GroupOffsets, Occupancy};
use super::record::OffsetsRecord;
use super::{CommittedOffset, Place};

/// All offsets of all groups.
#[derive(Debug, Default)]
pub(crate) struct OffsetStore {
    groups: BTreeMap<String, GroupOffsets>,
    /// Counts records, so that of two positions the one that came later wins.
    applied: u64,
}

/// What a group has committed in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    Nothing,
    At(&'a CommittedOffset),
}

impl OffsetStore {
    /// Takes a change in. Repeating an `Ended` changes nothing.
    pub(crate) fn apply(&mut self, record: OffsetsRecord) {
        self.applied += 1;
        let order = self.applied;
        match record {
            OffsetsRecord::Committed {
                group,
                at_ms,
                offsets,
            } => {
                let group = self.groups.entry(group).or_default();
                for offset in offsets {
                    group.commit(Entry {
                        order,
                        at_ms,
                        offset,
                    });
                }
            }
            OffsetsRecord::Pending {
                group,
                at_ms,
                producer_id,
                producer_epoch,
                offsets,
            } => {
                let group = self.groups.entry(group).or_default();
                group.add_pending(producer_id, producer_epoch, offsets, order, at_ms);
            }
            OffsetsRecord::Ended {
                group,
                producer_id,
                committed,
            } => {
                if let Some(offsets) = self.groups.get_mut(&group) {
                    offsets.end(producer_id, committed);
                }
                self.drop_if_blank(&group);
            }
            OffsetsRecord::Forgotten { group, partitions } => {
                if let Some(offsets) = self.groups.get_mut(&group) {
                    offsets
                        .committed
                        .retain(|place, _| !partitions.contains(place));
                }
                self.drop_if_blank(&group);
            }
            OffsetsRecord::GroupDeleted { group } => {
                self.groups.remove(&group);
            }
            OffsetsRecord::TopicDeleted { topic_id } => self.forget_topic(topic_id),
            OffsetsRecord::Occupied { group } => {
                self.groups.entry(group).or_default().occupancy = Occupancy::Occupied;
            }
            OffsetsRecord::Vacant { group, since_ms } => {
                if let Some(offsets) = self.groups.get_mut(&group) {
                    offsets.occupancy = Occupancy::VacantSince(since_ms);
                }
                self.drop_if_blank(&group);
            }
        }
    }

    /// After a restart no group has members: their time begins now.
    pub(crate) fn vacate_all(&mut self, now_ms: i64) {
        for offsets in self.groups.values_mut() {
            if planted!("broker-forgets-pending-offsets") {
                offsets.pending.clear();
            }
            if offsets.occupancy == Occupancy::Occupied {
                offsets.occupancy = Occupancy::VacantSince(now_ms);
            }
        }
        self.groups.retain(|_, offsets| !offsets.is_blank());
    }

    /// Whether anything is kept for the group.
    pub(crate) fn knows(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// Whether the group has members, as far as its offsets are concerned.
    pub(crate) fn is_occupied(&self, group: &str) -> bool {
        self.groups
            .get(group)
            .is_some_and(|offsets| offsets.occupancy == Occupancy::Occupied)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// The committed position, if it belongs to this very topic.
    pub(crate) fn committed(
        &self,
        group: &str,
        topic: &str,
        topic_id: Uuid,
        partition: i32,
    ) -> Standing<'_> {
        self.groups
            .get(group)
            .and_then(|offsets| offsets.committed.get(&(topic.to_owned(), partition)))
            .filter(|entry| entry.offset.topic_id == topic_id)
            .map_or(Standing::Nothing, |entry| Standing::At(&entry.offset))
    }

    /// Whether a transaction that has not ended has brought an offset for the partition, so that
    /// the committed one is about to change (KIP-447).
    pub(crate) fn is_unstable(&self, group: &str, topic: &str, partition: i32) -> bool {
        let place = (topic.to_owned(), partition);
        self.groups
            .get(group)
            .is_some_and(|offsets| offsets.is_pending(&place))
    }

    /// Every partition that the group has committed, or that a transaction is about to.
    pub(crate) fn places(&self, group: &str) -> Vec<Place> {
        let Some(offsets) = self.groups.get(group) else {
            return Vec::new();
        };
        let pending = offsets.pending.values().flat_map(|p| p.offsets.keys());
        let mut places: Vec<Place> = offsets.committed.keys().chain(pending).cloned().collect();
        places.sort();
        places.dedup();
        places
    }

    /// Whether the producer has offsets in the group that wait for the end of its transaction.
    pub(crate) fn has_pending(&self, group: &str, producer_id: i64) -> bool {
        self.groups
            .get(group)
            .is_some_and(|offsets| offsets.pending.contains_key(&producer_id))
    }

    /// Whether any transaction is about to commit offsets for the group.
    pub(crate) fn has_any_pending(&self, group: &str) -> bool {
        self.groups
            .get(group)
            .is_some_and(|offsets| !offsets.pending.is_empty())
    }

    /// Whether any offset belongs to the topic.
    pub(crate) fn uses_topic(&self, topic_id: Uuid) -> bool {
        self.topic_ids().any(|id| id == topic_id)
    }

    /// The topics that offsets belong to, with repetitions.
    pub(crate) fn topic_ids(&self) -> impl Iterator<Item = Uuid> {
        self.groups
            .values()
            .flat_map(GroupOffsets::entries)
            .map(|entry| entry.offset.topic_id)
    }

    /// Offsets of groups without members whose time is over: `retention_ms` after the commit, or
    /// after the last member left, whichever is later.
    pub(crate) fn expired(&self, now_ms: i64, retention_ms: i64) -> Vec<OffsetsRecord> {
        let mut records = Vec::new();
        for (group, offsets) in &self.groups {
            let vacant_since = match offsets.occupancy {
                Occupancy::Occupied => continue,
                Occupancy::VacantSince(since) => since,
                Occupancy::Unmanaged => i64::MIN,
            };
            let partitions: Vec<Place> = offsets
                .committed
                .iter()
                .filter(|(_, e)| e.at_ms.max(vacant_since).saturating_add(retention_ms) <= now_ms)
                .filter(|(place, _)| !offsets.is_pending(place))
                .map(|(place, _)| place.clone())
                .collect();
            if !partitions.is_empty() {
                records.push(OffsetsRecord::Forgotten {
                    group: group.clone(),
                    partitions,
                });
            }
        }
        records
    }

    /// The shortest list of records that says the same, in the order in which things happened.
    pub(crate) fn snapshot(&self) -> Vec<OffsetsRecord> {
        let mut records = Vec::new();
        for (group, offsets) in &self.groups {
            records.extend(offsets.snapshot(group));
        }
        records.sort_by_key(|(order, _)| *order);
        records.into_iter().map(|(_, record)| record).collect()
    }

    fn forget_topic(&mut self, topic_id: Uuid) {
        for offsets in self.groups.values_mut() {
            offsets
                .committed
                .retain(|_, entry| entry.offset.topic_id != topic_id);
            for pending in offsets.pending.values_mut() {
                pending
                    .offsets
                    .retain(|_, entry| entry.offset.topic_id != topic_id);
            }
        }
        self.groups.retain(|_, offsets| !offsets.is_blank());
    }

    fn drop_if_blank(&mut self, group: &str) {
        if self.groups.get(group).is_some_and(GroupOffsets::is_blank) {
            self.groups.remove(group);
        }
    }
}

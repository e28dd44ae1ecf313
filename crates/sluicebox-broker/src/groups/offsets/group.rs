//! The offsets of one group.

use std::collections::BTreeMap;

use super::record::OffsetsRecord;
use super::{CommittedOffset, Place};

#[derive(Debug, Default)]
pub(super) struct GroupOffsets {
    pub(super) committed: BTreeMap<Place, Entry>,
    /// By producer id: a producer has one transaction at a time.
    pub(super) pending: BTreeMap<i64, PendingOffsets>,
    pub(super) occupancy: Occupancy,
}

#[derive(Debug)]
pub(super) struct PendingOffsets {
    pub(super) epoch: i16,
    pub(super) offsets: BTreeMap<Place, Entry>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) order: u64,
    pub(super) at_ms: i64,
    pub(super) offset: CommittedOffset,
}

/// Whether a group's offsets may expire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Occupancy {
    /// Never had members here: every offset has its own age.
    #[default]
    Unmanaged,
    Occupied,
    VacantSince(i64),
}

impl GroupOffsets {
    /// A position is replaced by a later one only. A transaction's offset counts from when it was
    /// brought, not from when the transaction ended.
    pub(super) fn commit(&mut self, entry: Entry) {
        let place = (entry.offset.topic.clone(), entry.offset.partition);
        if self
            .committed
            .get(&place)
            .is_none_or(|older| older.order <= entry.order)
        {
            self.committed.insert(place, entry);
        }
    }

    pub(super) fn add_pending(
        &mut self,
        producer_id: i64,
        epoch: i16,
        offsets: Vec<CommittedOffset>,
        order: u64,
        at_ms: i64,
    ) {
        let pending = self
            .pending
            .entry(producer_id)
            .or_insert_with(|| PendingOffsets {
                epoch,
                offsets: BTreeMap::new(),
            });
        pending.epoch = epoch;
        for offset in offsets {
            let place = (offset.topic.clone(), offset.partition);
            pending.offsets.insert(
                place,
                Entry {
                    order,
                    at_ms,
                    offset,
                },
            );
        }
    }

    pub(super) fn end(&mut self, producer_id: i64, committed: bool) {
        let Some(pending) = self.pending.remove(&producer_id) else {
            return;
        };
        if committed {
            for entry in pending.offsets.into_values() {
                self.commit(entry);
            }
        }
    }

    pub(super) fn is_pending(&self, place: &Place) -> bool {
        self.pending
            .values()
            .any(|pending| pending.offsets.contains_key(place))
    }

    pub(super) fn is_blank(&self) -> bool {
        self.committed.is_empty()
            && self.pending.is_empty()
            && self.occupancy != Occupancy::Occupied
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        let pending = self.pending.values().flat_map(|p| p.offsets.values());
        self.committed.values().chain(pending)
    }

    pub(super) fn snapshot(&self, group: &str) -> Vec<(u64, OffsetsRecord)> {
        let group = group.to_owned();
        let committed = self.committed.values().map(|entry| {
            let offsets = vec![entry.offset.clone()];
            let record = OffsetsRecord::Committed {
                group: group.clone(),
                at_ms: entry.at_ms,
                offsets,
            };
            (entry.order, record)
        });
        let pending = self.pending.iter().flat_map(|(producer_id, pending)| {
            pending.offsets.values().map(|entry| {
                let record = OffsetsRecord::Pending {
                    group: group.clone(),
                    at_ms: entry.at_ms,
                    producer_id: *producer_id,
                    producer_epoch: pending.epoch,
                    offsets: vec![entry.offset.clone()],
                };
                (entry.order, record)
            })
        });
        let occupancy = match self.occupancy {
            Occupancy::Unmanaged => None,
            Occupancy::Occupied => Some(OffsetsRecord::Occupied {
                group: group.clone(),
            }),
            Occupancy::VacantSince(since_ms) => Some(OffsetsRecord::Vacant {
                group: group.clone(),
                since_ms,
            }),
        };
        // Last, so that the group exists when it is read back.
        let occupancy = occupancy.map(|record| (u64::MAX, record));
        committed.chain(pending).chain(occupancy).collect()
    }
}

//! Where transactions stand in a log: what is open, what is decided but not durable yet, what was
//! aborted. Pure.

use std::collections::{BTreeMap, VecDeque};

/// A transaction whose records must not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AbortedTransaction {
    pub(crate) producer_id: i64,
    pub(crate) first_offset: i64,
    /// Of its marker.
    pub(crate) last_offset: i64,
}

/// The transactions of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Transactions {
    /// First offset -> producer.
    open: BTreeMap<i64, i64>,
    /// (first offset, offset of the marker) of those whose marker is not durable yet, by marker.
    deciding: VecDeque<(i64, i64)>,
    /// By the offset of the marker.
    pub(super) aborted: Vec<AbortedTransaction>,
}

impl Transactions {
    /// A producer's first transactional batch.
    pub(super) fn begin(&mut self, first_offset: i64, producer_id: i64) {
        self.open.insert(first_offset, producer_id);
    }

    /// The marker at `marker_offset` ends the transaction that began at `first_offset`.
    pub(super) fn end(
        &mut self,
        first_offset: i64,
        producer_id: i64,
        marker_offset: i64,
        aborted: bool,
    ) {
        self.open.remove(&first_offset);
        self.deciding.push_back((first_offset, marker_offset));
        if aborted {
            self.aborted.push(AbortedTransaction {
                producer_id,
                first_offset,
                last_offset: marker_offset,
            });
        }
    }

    /// Everything before `high_watermark` is durable.
    pub(super) fn made_durable(&mut self, high_watermark: i64) {
        while self
            .deciding
            .front()
            .is_some_and(|(_, marker)| *marker < high_watermark)
        {
            self.deciding.pop_front();
        }
    }

    /// The first offset that a later marker may still decide on.
    pub(super) fn first_unstable(&self) -> Option<i64> {
        let open = self.open.keys().next().copied();
        let deciding = self.deciding.iter().map(|(first, _)| *first).min();
        open.into_iter().chain(deciding).min()
    }

    /// The aborted transactions that a read of `from..to` may meet.
    pub(super) fn aborted_between(&self, from: i64, to: i64) -> Vec<AbortedTransaction> {
        let start = self
            .aborted
            .partition_point(|aborted| aborted.last_offset < from);
        let touching = self.aborted[start..]
            .iter()
            .filter(|aborted| aborted.first_offset < to);
        touching.copied().collect()
    }

    /// Forgets what ended before the log begins.
    pub(super) fn trim(&mut self, log_start: i64) {
        let gone = self
            .aborted
            .partition_point(|aborted| aborted.last_offset < log_start);
        self.aborted.drain(..gone);
    }
}

//! Batches that found no room, and what must wait behind them: pure.
//!
//! A producer has several batches in flight. When the disk is full for one and not for the next, a
//! smaller one, say, the next must not be appended: of a producer that is not known yet, any sequence
//! number would be taken for its first, and the refused batch, sent again, for one that had been appended
//! long ago. And it must not be called out of order: clients answer that by giving themselves a new epoch,
//! in which they send again what may be in the log already.

use std::collections::HashMap;

use super::batch::BatchHeader;
use crate::limits::{PRODUCERS_PER_PARTITION_MAX_COUNT, REFUSED_BATCH_HOLDS_MS};

/// A batch that is to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refused {
    epoch: i16,
    sequence: i32,
    at_ms: i64,
}

/// By producer id: the first batch that found no room.
#[derive(Debug, Default)]
pub(super) struct RefusedBatches {
    first: HashMap<i64, Refused>,
}

impl RefusedBatches {
    /// Takes note of a batch that found no room.
    pub(super) fn note(&mut self, batch: &BatchHeader, now_ms: i64) {
        if !batch.is_idempotent() {
            return;
        }
        if self.first.len() >= PRODUCERS_PER_PARTITION_MAX_COUNT {
            self.first.retain(|_, refused| refused.holds(now_ms));
        }
        let known = self.first.len() < PRODUCERS_PER_PARTITION_MAX_COUNT
            || self.first.contains_key(&batch.producer_id);
        if known {
            let refused = Refused {
                epoch: batch.producer_epoch,
                sequence: batch.base_sequence,
                at_ms: now_ms,
            };
            self.first.insert(batch.producer_id, refused);
        }
    }

    /// Takes note of a batch that is in the log.
    pub(super) fn appended(&mut self, batch: &BatchHeader) {
        if !self.first.is_empty() {
            self.first.remove(&batch.producer_id);
        }
    }

    /// Whether a batch has to wait until another one, before it, has come again.
    pub(super) fn is_behind(&self, batch: &BatchHeader, now_ms: i64) -> bool {
        let Some(refused) = self.first.get(&batch.producer_id) else {
            return false;
        };
        let ahead = batch.base_sequence.wrapping_sub(refused.sequence) & i32::MAX;
        // A later epoch begins anew; behind by less than half the circle.
        refused.holds(now_ms)
            && batch.is_idempotent()
            && batch.producer_epoch == refused.epoch
            && ahead != 0
            && ahead < i32::MAX / 2
    }
}

impl Refused {
    /// Whoever does not send the batch again has given it up.
    fn holds(&self, now_ms: i64) -> bool {
        now_ms - self.at_ms < REFUSED_BATCH_HOLDS_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{From, header};

    fn batch(id: i64, epoch: i16, sequence: i32) -> BatchHeader {
        header(From {
            id,
            epoch,
            sequence,
            transactional: false,
        })
    }

    #[test]
    fn what_comes_behind_a_refused_batch_waits_for_it() {
        let mut refused = RefusedBatches::default();
        refused.note(&batch(7, 0, 10), 1_000);
        assert!(refused.is_behind(&batch(7, 0, 12), 1_001));
        assert!(
            !refused.is_behind(&batch(7, 0, 10), 1_001),
            "it comes again"
        );
        assert!(
            !refused.is_behind(&batch(7, 0, 8), 1_001),
            "a repeat of an older one"
        );
        assert!(!refused.is_behind(&batch(7, 1, 0), 1_001), "a new epoch");
        assert!(
            !refused.is_behind(&batch(8, 0, 12), 1_001),
            "another producer"
        );
        assert!(!refused.is_behind(&batch(7, 0, 12), 1_000 + REFUSED_BATCH_HOLDS_MS));
        refused.appended(&batch(7, 0, 10));
        assert!(!refused.is_behind(&batch(7, 0, 12), 1_002));
    }

    #[test]
    fn sequence_numbers_go_round() {
        let mut refused = RefusedBatches::default();
        refused.note(&batch(7, 0, i32::MAX), 0);
        assert!(refused.is_behind(&batch(7, 0, 0), 1));
        assert!(!refused.is_behind(&batch(7, 0, i32::MAX - 1), 1));
    }
}

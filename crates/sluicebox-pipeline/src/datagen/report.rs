//! What a finished datagen has done.

use super::invalid::InvalidClass;
use super::progress::Progress;
use sluicebox_kafka::OffsetRanges;
use std::time::Duration;

/// The account of one run of datagen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatagenReport {
    /// The streams in the order in which they took turns.
    pub streams: Vec<StreamReport>,
    /// How many records were made invalid in which way; only classes that occurred.
    pub invalid: Vec<(InvalidClass, u64)>,
    /// Records that the cluster has acknowledged.
    pub acknowledged: u64,
    /// Where they are: sorted and without overlaps. Each of these offsets is a row or a letter
    /// once the pipeline has caught up.
    pub acknowledged_offsets: Vec<AcknowledgedOffsets>,
    /// Acknowledged records whose offsets the brokers did not say, after a lost answer.
    pub unplaced: u64,
    /// Records that were handed to the client and not acknowledged.
    pub failed: u64,
    /// From the first record to the last acknowledgement.
    pub elapsed: Duration,
}

/// One stream's share of a [`DatagenReport`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamReport {
    /// The stream's name.
    pub name: String,
    /// Its source topic.
    pub topic: String,
    /// Records handed to the client, invalid ones included.
    pub made: u64,
    /// Those of them that were made invalid on purpose.
    pub invalid: u64,
}

/// The offsets of one partition that were acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgedOffsets {
    /// The source topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offsets: one range unless others write to the topic at the same time.
    pub offsets: OffsetRanges,
}

impl DatagenReport {
    /// Records handed to the client, of all streams.
    pub fn made(&self) -> u64 {
        self.streams.iter().map(|stream| stream.made).sum()
    }

    /// The counts per class so far.
    pub(super) fn invalid_counts(progress: &Progress) -> Vec<(InvalidClass, u64)> {
        InvalidClass::ALL
            .iter()
            .map(|class| (*class, progress.invalid_of_class(*class)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

//! What a poll can bring.

use crate::record_batch::RecordBatch;
use crate::topic_partition::{TopicId, TopicPartition, TopicPartitionOffset};

/// The outcome of [`Consumer::poll`](crate::Consumer::poll).
#[non_exhaustive]
pub enum Polled {
    /// Nothing came within the time. Positions may have moved past transaction markers.
    Empty,
    /// Records, at least one.
    Records(RecordBatch),
    /// The group gives these partitions to this member. Answer with `assign`; until then nothing
    /// is read.
    Assigned(Vec<TopicPartition>),
    /// The group takes these partitions back. Finish or drop what was read of them, then answer
    /// with `unassign`.
    Revoked(Vec<TopicPartition>),
    /// The partitions are somebody else's already: drop what was read of them, commit nothing,
    /// then answer with `unassign`.
    Lost(Vec<TopicPartition>),
    /// The topic was deleted and made anew: offsets of the old one mean nothing in it. Nothing more
    /// is read; every further poll says the same.
    Recreated(TopicId),
    /// A position lies outside the log. The partition rests until it is given another position.
    OutOfRange(OutOfRange),
}

/// A position for which there is no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfRange {
    /// The partition, and the position that was asked for.
    pub at: TopicPartitionOffset,
    /// What the log holds; `None` when that could not be found out in time.
    pub log: Option<LogRange>,
    /// What the broker said.
    pub message: String,
}

/// What a partition's log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRange {
    /// Offset of the first record that is still there.
    pub earliest: i64,
    /// Up to here (not included) all transactions are decided; what committed readers can reach.
    pub last_stable: i64,
    /// Up to here (not included) records are replicated.
    pub high_watermark: i64,
}

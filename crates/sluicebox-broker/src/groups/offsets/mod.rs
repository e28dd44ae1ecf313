//! Where groups stand: committed offsets, and those of transactions that have not ended.

mod group;
mod record;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use record::OffsetsRecord;
pub(crate) use store::{OffsetStore, Standing};

use uuid::Uuid;

/// A partition by topic name and index.
type Place = (String, i32);

/// A position in a partition, as a group has committed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommittedOffset {
    pub(crate) topic: String,
    /// A recreated topic of the same name does not inherit the position.
    pub(crate) topic_id: Uuid,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// -1: not known.
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
}

//! The rim to librdkafka: handles, lists, configuration and logs, each freed by its owner.
//!
//! No other module of this crate frees a native object by hand, apart from record batches.

mod certificates;
mod conf;
mod context;
mod errors;
mod handle;
mod log;
mod oauthbearer;
mod partitioner;
mod partitions;
mod raw;
mod rebalance;
mod refusals;
mod rotation;
mod troubles;
mod unanswered;
pub(crate) mod unplaced;

pub(crate) use conf::{Conf, known_properties};
pub(crate) use context::RebalanceKind;
pub(crate) use errors::{check, check_error, take_error};
pub(crate) use handle::{Handle, Kind, Topic, c_string, millis};
pub use partitioner::partition_of;
pub(crate) use partitioner::{PartitionCounts, partitioned_topic};
pub(crate) use partitions::{PartitionEntry, PartitionList};
pub(crate) use raw::*;
pub(crate) use rebalance::is_cooperative;

/// librdkafka's "no certain partition" (`RD_KAFKA_PARTITION_UA`).
pub(crate) const PARTITION_ANY: i32 = -1;

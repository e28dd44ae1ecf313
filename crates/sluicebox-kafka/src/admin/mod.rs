//! Asking and altering a cluster.

mod access;
mod cluster;
mod connect;
mod group_changes;
mod groups;
mod lag;
mod offsets;
mod request;
mod topic_changes;
mod topics;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use access::{Operation, Rights};
pub use cluster::{BrokerInfo, ClusterInfo};
pub use groups::{CommittedOffset, GroupDescription, GroupListing, GroupMember};
pub use lag::PartitionLag;
pub use offsets::PartitionLog;
pub use topics::{ConfigEntry, NewTopic, PartitionInfo, TopicDescription, TopicListing};

pub(crate) use connect::unreachable;
use connect::wait_for_cluster;
pub(crate) use offsets::log_range;
pub(crate) use topics::describe;

use crate::error::KafkaError;
use crate::ffi::{Handle, Kind};
use crate::limits;
use crate::options::ClientOptions;

/// A client for administration. Every call waits at most [`limits::REQUEST_TIMEOUT`], or what it was
/// [told to](Self::with_timeout).
///
/// A clone is the same client.
#[derive(Clone)]
pub struct Admin {
    client: Arc<Handle>,
    timeout: Duration,
    /// See [`Self::is_spent`].
    spent: Arc<AtomicBool>,
}

impl Admin {
    /// Reaches the cluster, waiting at most `wait` for it.
    ///
    /// # Errors
    /// Class `Retry` when no broker answered in time; the message names each address that was
    /// tried and why it failed.
    pub fn connect(options: &ClientOptions, wait: Duration) -> Result<Self, KafkaError> {
        let defaults = [("topic.metadata.refresh.interval.ms", "30000".to_owned())];
        let mut conf = options.conf(&defaults)?;
        // A consumer that never joins: when a group's coordinator moves while its offsets are read,
        // librdkafka 2.12.1 touches the client's own group, which a producer does not have
        // (rd_kafka_cgrp_op on a null pointer: the process would die).
        conf.set("group.id", "sluicebox-admin")?;
        let client = Handle::new(Kind::Consumer, &options.client_id, conf)?;
        wait_for_cluster(&client, options, wait)?;
        Ok(Self {
            client,
            timeout: limits::REQUEST_TIMEOUT,
            spent: Arc::default(),
        })
    }

    /// Has every call wait so long at most.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

//! The topics there are: names, ids, partitions, settings. Durable through the topics journal.

mod config;
mod error;
mod record;
mod registry;
mod validate;

use std::sync::{Arc, PoisonError, RwLock};

use uuid::Uuid;

pub(crate) use config::{Described, TopicConfig};
pub(crate) use error::TopicError;
pub(crate) use registry::{NewTopic, Topics};

use crate::log::PartitionLog;

/// Identity of a topic; a recreated topic has another one (KIP-516).
pub(crate) type TopicId = Uuid;

/// One topic.
pub(crate) struct Topic {
    pub(crate) id: TopicId,
    pub(crate) name: String,
    partitions: RwLock<Vec<Arc<PartitionLog>>>,
    config: RwLock<Arc<TopicConfig>>,
}

impl Topic {
    /// The partition of this index.
    pub(crate) fn partition(&self, index: i32) -> Option<Arc<PartitionLog>> {
        let partitions = self
            .partitions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        usize::try_from(index)
            .ok()
            .and_then(|index| partitions.get(index).cloned())
    }

    /// All partitions, by index.
    pub(crate) fn partitions(&self) -> Vec<Arc<PartitionLog>> {
        self.partitions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many partitions there are.
    pub(crate) fn partition_count(&self) -> i32 {
        self.partitions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len() as i32
    }

    /// The settings now.
    pub(crate) fn config(&self) -> Arc<TopicConfig> {
        self.config
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

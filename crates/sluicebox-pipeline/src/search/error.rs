//! Why a search cannot be done.

use sluicebox_kafka::KafkaError;

/// A search that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cluster does not answer or refuses.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The topic has no such partition.
    #[error("the topic {topic} has no partition {partition}; it has {count}, numbered from 0")]
    NoPartition {
        /// The topic.
        topic: String,
        /// What was asked for.
        partition: i32,
        /// How many there are.
        count: usize,
    },
    /// The cluster does not let the reader read.
    #[error("the topic {topic} cannot be read: {refusal}")]
    Refused {
        /// The topic.
        topic: String,
        /// What the cluster said.
        refusal: String,
    },
}

//! Why a search cannot be done.

use sluicebox_kafka::KafkaError;

/// A search that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cluster does not answer or refuses.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The topic has no such partition.
    #[error("the topic {topic} has no partition {partition}; {}", there_are(*count))]
    NoPartition {
        /// The topic.
        topic: String,
        /// What was asked for.
        partition: i32,
        /// How many there are.
        count: usize,
    },
    /// The topic was deleted, and not made anew.
    #[error("the topic {topic} is gone: it was deleted while it was read, and was not made anew")]
    Gone {
        /// The topic.
        topic: String,
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

/// Which partitions a topic has that has so many.
fn there_are(count: usize) -> String {
    match count {
        0 => "it has none".to_owned(),
        1 => "it has 1, the partition 0".to_owned(),
        many => format!("it has {many}, 0 to {}", many - 1),
    }
}

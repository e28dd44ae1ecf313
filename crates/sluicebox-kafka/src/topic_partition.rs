//! Small names for partitions and positions.

/// Index into the list of topics that a consumer subscribed to.
pub type TopicId = u16;

/// Index into the list of topics that a producer was made for.
pub type TopicIndex = u16;

/// A partition of a subscribed topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// Which topic.
    pub topic: TopicId,
    /// Which partition, from 0.
    pub partition: i32,
}

/// A position in a partition of a subscribed topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartitionOffset {
    /// Which topic.
    pub topic: TopicId,
    /// Which partition, from 0.
    pub partition: i32,
    /// The offset of the next record to read, from 0.
    pub offset: i64,
}

impl TopicPartitionOffset {
    /// The partition without the position.
    pub fn topic_partition(self) -> TopicPartition {
        TopicPartition {
            topic: self.topic,
            partition: self.partition,
        }
    }
}

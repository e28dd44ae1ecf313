//! Whether readers get to see what was written: a commit returns when it is decided, before its
//! markers are written, and an open transaction hides what others wrote after it.

use std::time::{Duration, Instant};

use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{Admin, KafkaError};

/// How far some topics were written at one moment, decided or not.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    topics: Vec<String>,
    ends: Vec<WrittenEnd>,
    began: Instant,
}

/// How far a partition was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrittenEnd {
    /// Index of the topic.
    pub(crate) topic: usize,
    pub(crate) partition: i32,
    /// The high watermark.
    pub(crate) offset: i64,
}

impl Written {
    /// What is written now.
    pub(crate) fn now(admin: &Admin, topics: &[&str]) -> Result<Self, KafkaError> {
        let mut ends = Vec::new();
        for (topic, name) in topics.iter().enumerate() {
            let logs = admin.log_ranges(name)?;
            ends.extend(logs.iter().map(|log| WrittenEnd {
                topic,
                partition: log.partition,
                offset: log.range.high_watermark,
            }));
        }
        Ok(Self::up_to(topics, ends))
    }

    /// What was found to be written.
    pub(crate) fn up_to(topics: &[&str], ends: Vec<WrittenEnd>) -> Self {
        Self {
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            ends,
            began: Instant::now(),
        }
    }

    /// How much of it `read_committed` readers get to see, partition by partition: less than all where
    /// a transaction that had written there has no markers yet. What `logs` no longer finds hides nothing.
    pub(crate) fn readable<E>(
        &self,
        mut logs: impl FnMut(&str) -> Result<Vec<PartitionLog>, E>,
    ) -> Result<Vec<WrittenEnd>, E> {
        let logs: Vec<_> = (self.topics.iter())
            .map(|topic| logs(topic))
            .collect::<Result<_, E>>()?;
        let decided = |end: &WrittenEnd| {
            let log = logs[end.topic]
                .iter()
                .find(|log| log.partition == end.partition);
            let offset = log.map_or(end.offset, |log| log.range.last_stable.min(end.offset));
            WrittenEnd { offset, ..*end }
        };
        Ok(self.ends.iter().map(decided).collect())
    }

    /// Whether that is all of it.
    pub(crate) fn is_all(&self, readable: &[WrittenEnd]) -> bool {
        self.ends == readable
    }

    /// How long ago that was.
    pub(crate) fn age(&self) -> Duration {
        self.began.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use sluicebox_kafka::LogRange;

    use super::*;

    #[test]
    fn what_is_behind_an_open_transaction_cannot_be_read_yet() {
        let end = |topic, partition, offset| WrittenEnd {
            topic,
            partition,
            offset,
        };
        let ends = vec![end(0, 0, 9), end(0, 1, 5), end(1, 0, 7), end(1, 1, 3)];
        let written = Written::up_to(&["processed", "letters"], ends);
        let readable = |processed: [i64; 2], letters: i64| {
            let log = |(partition, last_stable)| PartitionLog {
                partition,
                range: LogRange {
                    earliest: 0,
                    last_stable,
                    high_watermark: 20,
                },
            };
            let logs = |topic: &str| {
                Ok::<_, Infallible>(match topic {
                    "processed" => (0..).zip(processed).map(log).collect(),
                    // Of partition 1 nothing is known any more.
                    _ => vec![log((0, letters))],
                })
            };
            let readable = written.readable(logs).unwrap();
            let offsets: Vec<_> = readable.iter().map(|end| end.offset).collect();
            (offsets, written.is_all(&readable))
        };
        assert_eq!(readable([9, 20], 7), (vec![9, 5, 7, 3], true));
        assert_eq!(readable([9, 4], 7), (vec![9, 4, 7, 3], false));
        assert_eq!(readable([9, 20], 0), (vec![9, 5, 0, 3], false));
    }
}

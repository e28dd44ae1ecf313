//! Whether the source topics are still the ones that the outputs were made from.
//!
//! A topic that was deleted and made anew has offsets of its own: going on after the highest one
//! in the outputs would skip the new topic's first records. The brokers forget the group's
//! offsets with the topic, so the record at the highest offset is asked: it must have the
//! timestamp that the outputs have of it.

use sluicebox_kafka::{Consumer, OutOfRange, RecordBatch, TopicPartitionOffset};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::looking::{Looking, Seeker};
use crate::retry::Patience;

/// The last record of a source partition that the outputs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastKnown {
    /// Where it is; `topic` is an index into the source topics.
    pub(crate) at: TopicPartitionOffset,
    /// Its timestamp as the outputs have it, epoch milliseconds.
    pub(crate) timestamp_ms: i64,
}

/// Compares the records at the known offsets, which must be inside their logs. `Ok(false)`: told
/// to stop.
///
/// # Errors
/// [`PipelineError::OtherSource`] for the first record that is not the one the outputs know.
pub(crate) fn check(
    config: &ProcessorConfig,
    topics: &[String],
    known: &[LastKnown],
    patience: &Patience,
) -> Result<bool, PipelineError> {
    if known.is_empty() {
        return Ok(true);
    }
    let looking = Looking {
        client: &config.client,
        topics: topics.to_vec(),
        are_sources: true,
        starts: known.iter().map(|last| last.at).collect(),
        patience,
    };
    let left = known.to_vec();
    looking.look(&mut Comparison { topics, left })
}

struct Comparison<'a> {
    topics: &'a [String],
    /// Those that are not compared yet.
    left: Vec<LastKnown>,
}

impl Seeker for Comparison<'_> {
    fn records(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        for record in batch.iter() {
            let at = (record.topic(), record.partition());
            let is_here = |last: &LastKnown| (last.at.topic, last.at.partition) == at;
            let Some(index) = self.left.iter().position(is_here) else {
                continue;
            };
            let last = self.left.swap_remove(index);
            // A later offset: the record itself was removed meanwhile, and says nothing.
            let is_it = record.offset() == last.at.offset;
            if is_it && record.timestamp_ms() != last.timestamp_ms {
                return Err(PipelineError::OtherSource {
                    topic: self.topics[usize::from(last.at.topic)].clone(),
                    partition: last.at.partition,
                    offset: last.at.offset,
                });
            }
        }
        Ok(())
    }

    /// It says nothing any more.
    fn removed(&mut self, out: &OutOfRange) -> Option<i64> {
        let gone = out.at.topic_partition();
        self.left.retain(|last| last.at.topic_partition() != gone);
        None
    }

    fn is_done(&mut self, reader: &Consumer) -> bool {
        // The end was reached without the record: only markers are left behind the known offset.
        self.left.retain(|last| {
            let partition = last.at.topic_partition();
            let passed = (reader.position_end(partition)).is_some_and(|position| {
                let end = reader.known_end(partition);
                position > last.at.offset && end.is_some_and(|end| position >= end)
            });
            !passed
        });
        self.left.is_empty()
    }
}

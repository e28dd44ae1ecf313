//! Whether the source topics are still the ones that the outputs were made from.
//!
//! A topic that was deleted and made anew has offsets of its own: going on after the highest one
//! in the outputs would skip the new topic's first records. The brokers forget the group's
//! offsets with the topic, so the record at the highest offset is asked: it must have the
//! timestamp that the outputs have of it.

use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, Polled, TopicPartition, TopicPartitionOffset};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::limits::{POLL_WAIT_MS, REQUEST_TIMEOUT_MS, SAME_SOURCE_RECORDS_MAX, SCAN_STALL_MS};
use crate::stop::{StopLevel, StopSignal};

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
    stop: &StopSignal,
) -> Result<bool, PipelineError> {
    if known.is_empty() {
        return Ok(true);
    }
    let mut reader = Consumer::reader(&config.client, topics.to_vec())?;
    let positions: Vec<_> = known.iter().map(|last| last.at).collect();
    reader.assign(&positions)?;
    let outcome = compare(&mut reader, topics, known.to_vec(), stop);
    reader.close(Duration::from_millis(REQUEST_TIMEOUT_MS));
    outcome
}

fn compare(
    reader: &mut Consumer,
    topics: &[String],
    mut left: Vec<LastKnown>,
    stop: &StopSignal,
) -> Result<bool, PipelineError> {
    let mut progressed = Instant::now();
    while !left.is_empty() {
        if stop.level() >= StopLevel::Drain {
            return Ok(false);
        }
        if progressed.elapsed() >= Duration::from_millis(SCAN_STALL_MS) {
            tracing::warn!("no records from the source topics for a while; still waiting for them");
            progressed = Instant::now();
        }
        let wait = Duration::from_millis(POLL_WAIT_MS);
        let polled = reader.poll(SAME_SOURCE_RECORDS_MAX, wait)?;
        if let Polled::Recreated(topic) = polled {
            let topic = topics[usize::from(topic)].clone();
            let is_source = true;
            return Err(PipelineError::Recreated { topic, is_source });
        }
        if let Polled::OutOfRange(out) = &polled {
            // Removed meanwhile: it says nothing any more.
            let gone = out.at.topic_partition();
            left.retain(|last| last.at.topic_partition() != gone);
        }
        if let Polled::Records(batch) = polled {
            for record in batch.iter() {
                let at = (record.topic(), record.partition());
                let Some(index) = left
                    .iter()
                    .position(|last| (last.at.topic, last.at.partition) == at)
                else {
                    continue;
                };
                let last = left.swap_remove(index);
                // A later offset: the record itself was removed meanwhile, and says nothing.
                let is_it = record.offset() == last.at.offset;
                if is_it && record.timestamp_ms() != last.timestamp_ms {
                    let topic = topics[usize::from(last.at.topic)].clone();
                    let (partition, offset) = (last.at.partition, last.at.offset);
                    return Err(PipelineError::OtherSource {
                        topic,
                        partition,
                        offset,
                    });
                }
            }
            progressed = Instant::now();
        }
        // The end was reached without the record: only markers are left behind the known offset.
        left.retain(|last| {
            let partition = TopicPartition {
                topic: last.at.topic,
                partition: last.at.partition,
            };
            !reader.position_end(partition).is_some_and(|position| {
                position > last.at.offset
                    && reader
                        .known_end(partition)
                        .is_some_and(|end| position >= end)
            })
        });
    }
    Ok(true)
}

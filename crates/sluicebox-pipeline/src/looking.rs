//! Reads some partitions from given positions until enough is seen: what the start of a processor asks
//! of sources and outputs.

use std::time::{Duration, Instant};

use sluicebox_kafka::{
    ClientOptions, Consumer, OutOfRange, Polled, RecordBatch, TopicPartitionOffset,
};

use crate::error::PipelineError;
use crate::limits::{POLL_RECORDS_MAX, POLL_WAIT_MS, REQUEST_TIMEOUT_MS, SCAN_STALL_MS};
use crate::retry::Patience;
use crate::stop::StopLevel;

const REQUEST_WAIT: Duration = Duration::from_millis(REQUEST_TIMEOUT_MS);

/// Where to look.
pub(crate) struct Looking<'a> {
    pub(crate) client: &'a ClientOptions,
    /// Their indexes are the `TopicId`s.
    pub(crate) topics: Vec<String>,
    /// Whether they are sources, for messages; else they are outputs.
    pub(crate) are_sources: bool,
    pub(crate) starts: Vec<TopicPartitionOffset>,
    pub(crate) patience: &'a Patience,
}

/// What is looked for.
pub(crate) trait Seeker {
    /// Committed records, in the order of each partition.
    fn records(&mut self, batch: &RecordBatch) -> Result<(), PipelineError>;

    /// Retention went past a position while it was waited for. The offset to go on at, if the
    /// partition still matters.
    fn removed(&mut self, out: &OutOfRange) -> Option<i64>;

    /// Whether enough is seen. The reader tells how far each partition is read, markers included.
    fn is_done(&mut self, reader: &Consumer) -> bool;
}

impl Looking<'_> {
    /// Reads until the seeker is done. `Ok(false)`: told to stop.
    pub(crate) fn look(self, seeker: &mut impl Seeker) -> Result<bool, PipelineError> {
        let mut reader = Consumer::reader(self.client, self.topics.clone())?;
        reader.assign(&self.starts)?;
        let outcome = self.read(&mut reader, seeker);
        reader.close(REQUEST_WAIT);
        outcome
    }

    fn read(&self, reader: &mut Consumer, seeker: &mut impl Seeker) -> Result<bool, PipelineError> {
        let mut progressed = Instant::now();
        while !seeker.is_done(reader) {
            if self.patience.stop.level() >= StopLevel::Drain {
                return Ok(false);
            }
            match reader.poll(POLL_RECORDS_MAX, Duration::from_millis(POLL_WAIT_MS))? {
                Polled::Records(batch) => {
                    progressed = Instant::now();
                    seeker.records(&batch)?;
                }
                Polled::OutOfRange(out) => {
                    if let Some(offset) = seeker.removed(&out) {
                        let position = TopicPartitionOffset { offset, ..out.at };
                        let seek = || reader.seek(&[position], REQUEST_WAIT);
                        self.patience.retry(|_| {}, seek)?;
                    }
                }
                Polled::Recreated(topic) => {
                    let topic = reader.topic_name(topic).unwrap_or_default().to_owned();
                    let is_source = self.are_sources;
                    return Err(PipelineError::Recreated { topic, is_source });
                }
                _ => progressed = self.say_if_stalled(progressed),
            }
        }
        Ok(true)
    }

    /// The time from which the next silence counts.
    fn say_if_stalled(&self, progressed: Instant) -> Instant {
        if progressed.elapsed() < Duration::from_millis(SCAN_STALL_MS) {
            return progressed;
        }
        let topics = self.topics.join(", ");
        tracing::warn!(
            topics,
            "no records for a while; still waiting for them, or for the end of a transaction that is open there"
        );
        Instant::now()
    }
}

//! Reading a partition of a topic, from one offset to another, committed records only.

use std::time::{Duration, Instant};

use sluicebox_kafka::{
    ClientOptions, Consumer, Polled, RecordRef, TopicId, TopicPartition, TopicPartitionOffset,
};

use super::error::VerifyError;
use crate::limits::{POLL_RECORDS_MAX, POLL_WAIT_MS, REQUEST_TIMEOUT_MS, SCAN_STALL_MS};

/// What a reader is told of a partition.
pub(super) trait Visitor {
    /// The log now begins at this offset: retention has gone past where reading was.
    fn begins_at(&mut self, offset: i64) -> Result<(), VerifyError>;
    /// A record, in the order of offsets. `false`: that was the last one that is needed.
    fn record(&mut self, record: &RecordRef<'_>) -> Result<bool, VerifyError>;
}

/// Reads one partition after the other.
pub(super) struct LogReader {
    consumer: Consumer,
    topics: Vec<String>,
    wait: Option<Duration>,
}

impl LogReader {
    /// A reader of these topics; a topic's index is its id.
    pub(super) fn new(
        client: &ClientOptions,
        topics: Vec<String>,
        wait: Option<Duration>,
    ) -> Result<Self, VerifyError> {
        Ok(Self {
            consumer: Consumer::reader(client, topics.clone())?,
            topics,
            wait,
        })
    }

    /// Shows `visitor` every record of a partition from `from` on and below `end`.
    pub(super) fn read(
        &mut self,
        topic: TopicId,
        partition: i32,
        (from, end): (i64, i64),
        visitor: &mut dyn Visitor,
    ) -> Result<(), VerifyError> {
        if from >= end {
            return Ok(());
        }
        let at = |offset| TopicPartitionOffset {
            topic,
            partition,
            offset,
        };
        self.consumer.assign(&[at(from)])?;
        let of = TopicPartition { topic, partition };
        let (mut progressed, mut warned) = (Instant::now(), false);
        loop {
            let position = self.consumer.position_end(of).unwrap_or(from);
            if position >= end {
                return Ok(());
            }
            let wait = Duration::from_millis(POLL_WAIT_MS);
            match self.consumer.poll(POLL_RECORDS_MAX, wait)? {
                Polled::Records(batch) => {
                    (progressed, warned) = (Instant::now(), false);
                    for record in batch.iter().filter(|record| record.offset() < end) {
                        if !visitor.record(&record)? {
                            return Ok(());
                        }
                    }
                }
                Polled::OutOfRange(out) => {
                    let Some(log) = out.log else { continue };
                    if log.earliest <= out.at.offset {
                        // The log has become shorter: there is nothing more to read.
                        return Ok(());
                    }
                    visitor.begins_at(log.earliest)?;
                    let to = [at(log.earliest)];
                    let wait = Duration::from_millis(REQUEST_TIMEOUT_MS);
                    self.consumer.seek(&to, wait)?;
                }
                _ => self.wait_on(of, position, end, progressed.elapsed(), &mut warned)?,
            }
        }
    }

    fn wait_on(
        &self,
        of: TopicPartition,
        offset: i64,
        end: i64,
        waited: Duration,
        warned: &mut bool,
    ) -> Result<(), VerifyError> {
        let topic = self.topics[usize::from(of.topic)].clone();
        let partition = of.partition;
        if self.wait.is_some_and(|wait| waited >= wait) {
            return Err(VerifyError::Stalled {
                topic,
                partition,
                offset,
                end,
                waited,
            });
        }
        if !*warned && waited >= Duration::from_millis(SCAN_STALL_MS) {
            *warned = true;
            tracing::warn!(
                topic,
                partition,
                offset,
                end,
                "no records for a while; still waiting for them"
            );
        }
        Ok(())
    }

    /// Lets go of the cluster.
    pub(super) fn close(self) {
        self.consumer
            .close(Duration::from_millis(REQUEST_TIMEOUT_MS));
    }
}

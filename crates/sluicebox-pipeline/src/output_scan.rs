//! What the outputs say about how far the sources were processed.
//!
//! A group's offsets can expire (`offsets.retention.minutes`) or be deleted while the outputs
//! still exist; starting at the earliest record then would process everything twice. The scan
//! reads both output topics once, committed records only, and keeps one number per source
//! partition.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sluicebox_event::{Plans, StreamId};
use sluicebox_kafka::{
    Admin, Consumer, KafkaError, Polled, RecordBatch, TopicId, TopicPartition, TopicPartitionOffset,
};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::limits::{POLL_RECORDS_MAX, POLL_WAIT_MS, REQUEST_TIMEOUT_MS, SCAN_STALL_MS};
use crate::lineage::LineageReader;
use crate::retry::Patience;
use crate::same_source::LastKnown;
use crate::stop::StopLevel;

const PROCESSED: TopicId = 0;
const LETTERS: TopicId = 1;
const REQUEST_WAIT: Duration = Duration::from_millis(REQUEST_TIMEOUT_MS);

/// The highest source offset found per source partition, and that record's timestamp.
#[derive(Debug, Default)]
pub(crate) struct Highest {
    /// By index of the source topic and partition.
    records: BTreeMap<(TopicId, i32), (i64, i64)>,
}

impl Highest {
    /// The last record of a partition that the outputs know; `None` where they know none.
    pub(crate) fn last(&self, topic: TopicId, partition: i32) -> Option<LastKnown> {
        let (offset, timestamp_ms) = *self.records.get(&(topic, partition))?;
        let at = TopicPartitionOffset {
            topic,
            partition,
            offset,
        };
        Some(LastKnown { at, timestamp_ms })
    }

    fn note(&mut self, topic: TopicId, partition: i32, offset: i64, timestamp_ms: i64) {
        let highest = self
            .records
            .entry((topic, partition))
            .or_insert((offset, timestamp_ms));
        *highest = (*highest).max((offset, timestamp_ms));
    }
}

/// How a scan ended.
pub(crate) enum ScanOutcome {
    Done(Highest),
    /// The task was told to stop.
    Stopped,
}

/// Reads both output topics up to their present ends.
pub(crate) fn scan_outputs(
    config: &ProcessorConfig,
    topics: &[(String, StreamId)],
    patience: &Patience,
) -> Result<ScanOutcome, PipelineError> {
    let ends = patience.retry(|_| {}, || find_ends(config))?;
    let Some(ends) = ends else {
        return Ok(ScanOutcome::Stopped);
    };
    if ends.is_empty() {
        return Ok(ScanOutcome::Done(Highest::default()));
    }
    let records: i64 = ends.iter().map(|end| end.stable - end.start.offset).sum();
    tracing::info!(
        records,
        "the group has no offsets of ours; looking through the outputs for the last ones processed"
    );
    let outputs = vec![
        config.topics.processed.clone(),
        config.topics.dead_letters.clone(),
    ];
    let mut consumer = Consumer::reader(&config.client, outputs)?;
    let starts: Vec<_> = ends.iter().map(|end| end.start).collect();
    consumer.assign(&starts)?;
    let scan = Scan {
        plans: &config.plans,
        topics,
        highest: Highest::default(),
    };
    let outcome = scan.run(&mut consumer, &ends, patience);
    consumer.close(REQUEST_WAIT);
    outcome
}

/// A partition with committed records.
struct End {
    start: TopicPartitionOffset,
    stable: i64,
}

fn find_ends(config: &ProcessorConfig) -> Result<Vec<End>, KafkaError> {
    let admin = Admin::connect(&config.client, REQUEST_WAIT)?;
    let mut ends = Vec::new();
    let names = [
        (PROCESSED, &config.topics.processed),
        (LETTERS, &config.topics.dead_letters),
    ];
    for (topic, name) in names {
        for log in admin.log_ranges(name)? {
            let (partition, offset) = (log.partition, log.range.earliest);
            if log.range.last_stable > offset {
                let start = TopicPartitionOffset {
                    topic,
                    partition,
                    offset,
                };
                ends.push(End {
                    start,
                    stable: log.range.last_stable,
                });
            }
        }
    }
    Ok(ends)
}

struct Scan<'a> {
    plans: &'a Plans,
    topics: &'a [(String, StreamId)],
    highest: Highest,
}

impl Scan<'_> {
    fn run(
        mut self,
        consumer: &mut Consumer,
        ends: &[End],
        patience: &Patience,
    ) -> Result<ScanOutcome, PipelineError> {
        let mut reader = LineageReader::default();
        let mut progressed = Instant::now();
        while !is_read(consumer, ends) {
            if patience.stop.level() >= StopLevel::Drain {
                return Ok(ScanOutcome::Stopped);
            }
            match consumer.poll(POLL_RECORDS_MAX, Duration::from_millis(POLL_WAIT_MS))? {
                Polled::Records(batch) => {
                    progressed = Instant::now();
                    self.note(&batch, &mut reader);
                }
                // Retention went past it while it was waited for.
                Polled::OutOfRange(out) => {
                    let earliest = out.log.map_or(out.at.offset, |log| log.earliest);
                    let offset = earliest.max(out.at.offset);
                    let position = TopicPartitionOffset { offset, ..out.at };
                    patience.retry(|_| {}, || consumer.seek(&[position], REQUEST_WAIT))?;
                }
                Polled::Recreated(topic) => return Err(Self::recreated(topic, consumer)),
                _ if progressed.elapsed() >= Duration::from_millis(SCAN_STALL_MS) => {
                    tracing::warn!(
                        "no records from the outputs for a while; still waiting for them"
                    );
                    progressed = Instant::now();
                }
                _ => {}
            }
        }
        Ok(ScanOutcome::Done(self.highest))
    }

    fn recreated(topic: TopicId, consumer: &Consumer) -> PipelineError {
        PipelineError::Recreated {
            topic: consumer.topic_name(topic).unwrap_or_default().to_owned(),
            is_source: false,
        }
    }

    fn note(&mut self, batch: &RecordBatch, reader: &mut LineageReader) {
        for record in batch.iter() {
            // What cannot be read says nothing about its source; the sink keeps it as a letter.
            let lineage = match record.topic() {
                LETTERS => LineageReader::of_letter(self.plans, &record),
                _ => reader.of_processed(self.plans, &record),
            };
            let Some(of) = lineage else { continue };
            if let Some(topic) = self.topic_of(of.stream) {
                self.highest
                    .note(topic, of.partition, of.offset, of.timestamp_ms);
            }
        }
    }

    fn topic_of(&self, stream: StreamId) -> Option<TopicId> {
        let found = self.topics.iter().position(|(_, known)| *known == stream);
        found.map(|index| index as TopicId)
    }
}

fn is_read(consumer: &Consumer, ends: &[End]) -> bool {
    ends.iter().all(|end| {
        let TopicPartitionOffset {
            topic, partition, ..
        } = end.start;
        let position = consumer.position_end(TopicPartition { topic, partition });
        position.is_some_and(|position| position >= end.stable)
    })
}

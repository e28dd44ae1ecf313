//! What the outputs say about how far the sources were processed.
//!
//! A group's offsets can expire (`offsets.retention.minutes`) or be deleted while the outputs
//! still exist; starting at the earliest record then would process everything twice. The scan
//! reads both output topics once, committed records only, and keeps one number per source
//! partition.

use std::collections::BTreeMap;
use std::time::Duration;

use sluicebox_event::{Plans, StreamId};
use sluicebox_kafka::{
    Admin, Consumer, KafkaError, OutOfRange, RecordBatch, TopicId, TopicPartitionOffset,
};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::limits::REQUEST_TIMEOUT_MS;
use crate::lineage::LineageReader;
use crate::looking::{Looking, Seeker};
use crate::retry::Patience;
use crate::same_source::LastKnown;

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
    let records: i64 = ends.iter().map(|end| end.written - end.start.offset).sum();
    tracing::info!(
        records,
        "the group has no offsets of ours; looking through the outputs for the last ones processed"
    );
    let looking = Looking {
        client: &config.client,
        topics: vec![
            config.topics.processed.clone(),
            config.topics.dead_letters.clone(),
        ],
        are_sources: false,
        starts: ends.iter().map(|end| end.start).collect(),
        patience,
    };
    let mut scan = Scan {
        plans: &config.plans,
        topics,
        reader: LineageReader::default(),
        highest: Highest::default(),
        ends,
    };
    Ok(if looking.look(&mut scan)? {
        ScanOutcome::Done(scan.highest)
    } else {
        ScanOutcome::Stopped
    })
}

/// A partition with records, and how far it is read: to the high watermark, because a transaction of a
/// processor that has just ended may be decided and not marked yet.
struct End {
    start: TopicPartitionOffset,
    written: i64,
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
            if log.range.high_watermark > offset {
                let start = TopicPartitionOffset {
                    topic,
                    partition,
                    offset,
                };
                ends.push(End {
                    start,
                    written: log.range.high_watermark,
                });
            }
        }
    }
    Ok(ends)
}

struct Scan<'a> {
    plans: &'a Plans,
    topics: &'a [(String, StreamId)],
    reader: LineageReader,
    highest: Highest,
    ends: Vec<End>,
}

impl Scan<'_> {
    fn topic_of(&self, stream: StreamId) -> Option<TopicId> {
        let found = self.topics.iter().position(|(_, known)| *known == stream);
        found.map(|index| index as TopicId)
    }
}

impl Seeker for Scan<'_> {
    fn records(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        for record in batch.iter() {
            // What cannot be read says nothing about its source; the sink keeps it as a letter.
            let lineage = match record.topic() {
                LETTERS => LineageReader::of_letter(self.plans, &record),
                _ => self.reader.of_processed(self.plans, &record),
            };
            let Some(of) = lineage else { continue };
            if let Some(topic) = self.topic_of(of.stream) {
                self.highest
                    .note(topic, of.partition, of.offset, of.timestamp_ms);
            }
        }
        Ok(())
    }

    fn removed(&mut self, out: &OutOfRange) -> Option<i64> {
        let earliest = out.log.map_or(out.at.offset, |log| log.earliest);
        Some(earliest.max(out.at.offset))
    }

    fn is_done(&mut self, reader: &Consumer) -> bool {
        self.ends.iter().all(|end| {
            let position = reader.position_end(end.start.topic_partition());
            position.is_some_and(|position| position >= end.written)
        })
    }
}

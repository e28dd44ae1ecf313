//! The records of the transaction that is being filled: one pass from what was read to what is
//! written.

use std::time::Instant;

use sluicebox_event::{Plans, Reason, Reject, Scratch, SourceRecord, StreamId};
use sluicebox_faults::planted;
use sluicebox_kafka::{OutBatch, RecordBatch};

use super::letter::push_letter;
use super::process::process;
use crate::metrics::Metrics;
use crate::source_record::source_record;

/// Output records that are not sent yet, and what they stand for. Reused: `clear` keeps memory.
#[derive(Default)]
pub(super) struct Filling {
    pub(super) processed: OutBatch,
    pub(super) letters: OutBatch,
    pub(super) counts: Counts,
    /// When the first record came.
    pub(super) began: Option<Instant>,
    pub(super) records: usize,
}

/// What is counted when the transaction has committed.
#[derive(Debug, Default)]
pub(super) struct Counts {
    streams: Vec<StreamCounts>,
}

#[derive(Debug, Default, Clone)]
struct StreamCounts {
    read: u64,
    processed: u64,
    ignored_fields: u64,
    /// By position in [`Reason::all`].
    dead: Vec<u64>,
}

/// What turns records into outputs; one per instance.
pub(super) struct Planner<'a> {
    pub(super) plans: &'a Plans,
    /// By index of the subscription.
    pub(super) topics: &'a [(String, StreamId)],
    pub(super) scratch: &'a mut Scratch,
    /// Largest output record: key, value and headers, in bytes.
    pub(super) record_bytes_max: usize,
}

impl Filling {
    pub(super) fn bytes(&self) -> usize {
        self.processed.bytes() + self.letters.bytes()
    }

    pub(super) fn clear(&mut self) {
        self.processed.clear();
        self.letters.clear();
        self.counts.streams.clear();
        self.began = None;
        self.records = 0;
    }

    /// Plans a batch. Every record becomes exactly one output record.
    pub(super) fn add(&mut self, planner: &mut Planner<'_>, batch: &RecordBatch, now_ms: i64) {
        if self.records == 0 {
            self.began = Some(Instant::now());
        }
        self.counts
            .streams
            .resize_with(planner.topics.len(), StreamCounts::default);
        for record in batch.iter() {
            let index = usize::from(record.topic());
            let (topic, stream) = &planner.topics[index];
            let source = source_record(topic, &record);
            let counts = &mut self.counts.streams[index];
            counts.read += 1;
            match plan(&mut self.processed, planner, *stream, &source, now_ms) {
                Ok(ignored_fields) => {
                    counts.processed += 1;
                    counts.ignored_fields += u64::from(ignored_fields);
                }
                Err(reject) => {
                    counts.dead.resize(Reason::all().len(), 0);
                    counts.dead[reject.reason as usize] += 1;
                    if planted!("processor-drops-letters-of-large-records")
                        && reject.reason == Reason::TooLarge
                    {
                        continue;
                    }
                    let limit = planner.record_bytes_max;
                    push_letter(&mut self.letters, &source, &record, &reject, limit);
                }
            }
        }
        self.records += batch.len();
    }
}

fn plan(
    out: &mut OutBatch,
    planner: &mut Planner<'_>,
    stream: StreamId,
    source: &SourceRecord<'_>,
    now_ms: i64,
) -> Result<u32, Reject> {
    let Planner {
        plans,
        scratch,
        record_bytes_max,
        ..
    } = planner;
    out.push(source.key, |arena| {
        process(
            plans,
            stream,
            scratch,
            source,
            now_ms,
            *record_bytes_max,
            arena,
        )
        .map(|processed| processed.ignored_fields)
    })
}

impl Counts {
    /// Adds the counts of a committed transaction to the shared ones.
    pub(super) fn publish(&self, topics: &[(String, StreamId)], metrics: &Metrics) {
        for (counts, (_, stream)) in self.streams.iter().zip(topics) {
            let shared = &metrics.streams[usize::from(stream.0)];
            shared.read.add(counts.read);
            shared.processed.add(counts.processed);
            shared.ignored_fields.add(counts.ignored_fields);
            for (shared, dead) in shared.dead.iter().zip(&counts.dead) {
                shared.add(*dead);
            }
        }
    }
}

//! From records to rows.

use std::collections::BTreeSet;
use std::time::Instant;

use sluicebox_event::{Plans, Reason, Reject, Scratch, SourceRecord};
use sluicebox_kafka::RecordRef;
use sluicebox_sink::limits::PARTITIONS_MAX_COUNT;
use sluicebox_sink::{Accept, AppendError, InputRef, SourceRef};

use super::task::{LETTERS, PROCESSED, SinkTask};
use crate::clock::now_ms;
use crate::error::PipelineError;
use crate::limits::WARNED_TYPES_MAX_COUNT;
use crate::lineage::is_possible;
use crate::source_record::source_record;

/// A letter's row does not count for the latency.
const NO_TIMESTAMP: i64 = -1;

/// Where a row goes, and what it stands for.
struct Place {
    file: usize,
    source: Option<SourceRef>,
    /// Of the source record; -1 when it had none.
    timestamp_ms: i64,
}

/// Whether all of a batch was appended.
enum Added {
    All,
    /// The buffers are full: so many records of the batch are appended.
    UpTo(usize),
}

impl SinkTask {
    /// Appends the records that were read, committing when the buffers are full. Leaves them
    /// where they are while the disk is full.
    pub(super) fn append_held(&mut self) -> Result<(), PipelineError> {
        while !self.disk.is_full() {
            let Some((batch, done)) = self.held.pop_front() else {
                return Ok(());
            };
            if let Added::UpTo(done) = self.append(&batch, done)? {
                self.held.push_front((batch, done));
                self.commit()?;
            }
        }
        Ok(())
    }

    fn append(
        &mut self,
        batch: &sluicebox_kafka::RecordBatch,
        done: usize,
    ) -> Result<Added, PipelineError> {
        let mut now = None;
        for (index, record) in batch.iter().enumerate().skip(done) {
            let name = match record.topic() {
                PROCESSED => &self.config.topics.processed,
                _ => &self.config.topics.dead_letters,
            };
            let source = source_record(name, &record);
            self.row.clear();
            let row = if record.topic() == LETTERS {
                letter(&self.config.plans, &source, &record, &mut self.row)
            } else {
                data(
                    &self.config.plans,
                    &mut self.scratch,
                    &source,
                    &mut self.row,
                )
            };
            let place = row.unwrap_or_else(|reject| {
                let now = *now.get_or_insert_with(now_ms);
                warn_of_stranger(&mut self.strangers, &reject);
                self.row.clear();
                self.config
                    .plans
                    .sink_letter_row(&source, &reject, now, &mut self.row);
                let file = self.config.plans.streams().len();
                Place {
                    file,
                    source: None,
                    timestamp_ms: NO_TIMESTAMP,
                }
            });
            let (topic, partition, offset) = (record.topic(), source.partition, source.offset);
            let input = InputRef {
                topic,
                partition,
                offset,
            };
            match self
                .layout
                .append(input, place.source, place.file, &self.row)
            {
                Ok(Accept::Appended) => self.count(&place),
                Ok(Accept::SkippedRepeat) => {
                    self.began.get_or_insert_with(Instant::now);
                    self.metrics.sink_repeats.add(1);
                }
                Err(AppendError::BufferFull { .. }) => return Ok(Added::UpTo(index)),
                Err(error) => return Err(self.refuse(&error)),
            }
        }
        Ok(Added::All)
    }

    fn count(&mut self, place: &Place) {
        self.began.get_or_insert_with(Instant::now);
        self.rows[place.file] += 1;
        if place.timestamp_ms >= 0 {
            self.timestamps.push(place.timestamp_ms);
        }
    }

    /// A record whose row is there already: what is before it is kept. Positions stay before the
    /// record: what was read behind it is not appended.
    fn refuse(&mut self, error: &AppendError) -> PipelineError {
        let refused = PipelineError::Repeat(error.to_string());
        match self.commit_rows() {
            Ok(()) => refused,
            Err(failed) => failed,
        }
    }
}

/// Says once of each unknown type that its records become letters: mostly, a definition was given to the
/// processor alone.
fn warn_of_stranger(known: &mut BTreeSet<String>, reject: &Reject) {
    let is_new = reject.reason == Reason::UnknownStreamType
        && known.len() < WARNED_TYPES_MAX_COUNT
        && !known.contains(&reject.message);
    if is_new {
        known.insert(reject.message.clone());
        let what = &reject.message;
        tracing::warn!(
            "{what}: its records become dead letters here; give process, sink and verify the same --stream"
        );
    }
}

fn data(
    plans: &Plans,
    scratch: &mut Scratch,
    record: &SourceRecord<'_>,
    row: &mut Vec<u8>,
) -> Result<Place, Reject> {
    let made = plans.csv_row(scratch, record.value, row)?;
    let source = made.source_stream.map(|stream| SourceRef {
        source: stream.0,
        partition: made.source_partition,
        offset: made.source_offset,
    });
    check_lineage(source)?;
    Ok(Place {
        file: made.stream.index(),
        source,
        timestamp_ms: made.source_timestamp_ms,
    })
}

fn letter(
    plans: &Plans,
    record: &SourceRecord<'_>,
    headers: &RecordRef<'_>,
    row: &mut Vec<u8>,
) -> Result<Place, Reject> {
    let origin = plans.letter_row(record, headers.headers(), row)?;
    let source = plans
        .stream_of_topic(&origin.topic)
        .map(|stream| SourceRef {
            source: stream.0,
            partition: origin.partition,
            offset: origin.offset,
        });
    check_lineage(source)?;
    Ok(Place {
        file: plans.streams().len(),
        source,
        timestamp_ms: NO_TIMESTAMP,
    })
}

/// A source that no topic can have: somebody else wrote this record, which must not end the sink.
fn check_lineage(source: Option<SourceRef>) -> Result<(), Reject> {
    let Some(SourceRef {
        partition, offset, ..
    }) = source
    else {
        return Ok(());
    };
    if is_possible(partition, offset) {
        return Ok(());
    }
    let most = PARTITIONS_MAX_COUNT - 1;
    Err(Reject {
        reason: Reason::InvalidLineage,
        message: format!(
            "the source is partition {partition} offset {offset}; partitions go to {most}, offsets to {}",
            i64::MAX - 1
        ),
        field: Some("source".to_owned()),
    })
}

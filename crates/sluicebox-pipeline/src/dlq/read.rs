//! Reading the topic of dead letters.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sluicebox_kafka::{
    Admin, ClientOptions, Consumer, KafkaError, OutOfRange, RecordBatch, RecordRef, TopicPartition,
    TopicPartitionOffset,
};

use super::letter::{LetterId, StoredLetter};
use crate::error::PipelineError;
use crate::limits::REQUEST_TIMEOUT_MS;
use crate::looking::{Looking, Seeker};
use crate::retry::Patience;

/// Which letters to read.
#[derive(Debug, Clone)]
pub enum LettersAt {
    /// All there are now.
    All,
    /// These.
    Ids(Vec<LetterId>),
}

/// Reads letters, oldest first within each partition, until `visit` breaks off. `Ok(false)`: told to
/// stop.
///
/// # Errors
/// The topic cannot be read.
pub fn read_letters(
    client: &ClientOptions,
    topic: &str,
    which: &LettersAt,
    patience: &Patience,
    visit: impl FnMut(StoredLetter) -> ControlFlow<()>,
) -> Result<bool, PipelineError> {
    let Some(spans) = patience.retry(|_| {}, || spans(client, topic, which))? else {
        return Ok(false);
    };
    let mut visit = visit;
    let wanted: Option<HashSet<LetterId>> = match which {
        LettersAt::All => None,
        LettersAt::Ids(ids) => Some(ids.iter().copied().collect()),
    };
    read_topic(client, topic, &spans, patience, |record| {
        let letter = StoredLetter::read(&record);
        match &wanted {
            Some(wanted) if !wanted.contains(&letter.id) => ControlFlow::Continue(()),
            _ => visit(letter),
        }
    })
}

/// A partition's offsets, the end not included.
pub(super) type PartitionSpan = (i32, i64, i64);

/// The parts of the topic to read: whole partitions, or from the first to the last id of each.
fn spans(
    client: &ClientOptions,
    topic: &str,
    which: &LettersAt,
) -> Result<Vec<PartitionSpan>, KafkaError> {
    let all = whole(client, topic)?;
    let LettersAt::Ids(ids) = which else {
        return Ok(all);
    };
    let span = |(partition, begin, end): PartitionSpan| {
        let offsets = || {
            ids.iter()
                .filter(|id| id.partition == partition)
                .map(|id| id.offset)
        };
        let from = offsets().min()?.max(begin);
        let to = offsets().max()?.saturating_add(1).min(end);
        (from < to).then_some((partition, from, to))
    };
    Ok(all.into_iter().filter_map(span).collect())
}

/// All partitions that hold something, up to their high watermarks.
pub(super) fn whole(client: &ClientOptions, topic: &str) -> Result<Vec<PartitionSpan>, KafkaError> {
    let wait = std::time::Duration::from_millis(REQUEST_TIMEOUT_MS);
    let logs = Admin::connect(client, wait)?.log_ranges(topic)?;
    let span = |log: &sluicebox_kafka::admin::PartitionLog| {
        (log.partition, log.range.earliest, log.range.high_watermark)
    };
    Ok(logs
        .iter()
        .map(span)
        .filter(|span| span.1 < span.2)
        .collect())
}

/// Reads the committed records of the spans. `Ok(false)`: told to stop.
pub(super) fn read_topic(
    client: &ClientOptions,
    topic: &str,
    spans: &[PartitionSpan],
    patience: &Patience,
    visit: impl FnMut(RecordRef<'_>) -> ControlFlow<()>,
) -> Result<bool, PipelineError> {
    if spans.is_empty() {
        return Ok(true);
    }
    let starts = spans
        .iter()
        .map(|(partition, offset, _)| TopicPartitionOffset {
            topic: 0,
            partition: *partition,
            offset: *offset,
        });
    let looking = Looking {
        client,
        topics: vec![topic.to_owned()],
        are_sources: false,
        starts: starts.collect(),
        patience,
    };
    let is_over = false;
    looking.look(&mut Reading {
        spans,
        visit,
        is_over,
    })
}

struct Reading<'a, F> {
    spans: &'a [PartitionSpan],
    visit: F,
    /// The visitor broke off.
    is_over: bool,
}

impl<F: FnMut(RecordRef<'_>) -> ControlFlow<()>> Seeker for Reading<'_, F> {
    fn records(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        for record in batch.iter() {
            let end = (self.spans.iter()).find(|span| span.0 == record.partition());
            let is_inside = end.is_some_and(|span| record.offset() < span.2);
            if is_inside && !self.is_over && (self.visit)(record).is_break() {
                self.is_over = true;
            }
        }
        Ok(())
    }

    fn removed(&mut self, out: &OutOfRange) -> Option<i64> {
        let earliest = out.log.map_or(out.at.offset, |log| log.earliest);
        Some(earliest.max(out.at.offset))
    }

    fn is_done(&mut self, reader: &Consumer) -> bool {
        let is_read = |(partition, _, end): &PartitionSpan| {
            let at = TopicPartition {
                topic: 0,
                partition: *partition,
            };
            (reader.position_end(at)).is_some_and(|position| position >= *end)
        };
        self.is_over || self.spans.iter().all(is_read)
    }
}

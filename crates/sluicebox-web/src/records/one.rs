//! One record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, Polled, RecordRef, TopicPartitionOffset};

use super::shown::RecordView;
use crate::app::App;
use crate::error::WebError;
use crate::limits;

/// The record at an offset, as pages show it. `None`: see [`at`].
pub(crate) fn one(
    app: &App,
    topic: &str,
    partition: i32,
    offset: i64,
) -> Result<Option<RecordView>, WebError> {
    at(app, topic, partition, offset, shown)
}

/// What `read` makes of the record at an offset. `None`: there is none there, but a transaction's
/// marker, a record of an aborted one, or one that has been compacted away.
pub(crate) fn at<R>(
    app: &App,
    topic: &str,
    partition: i32,
    offset: i64,
    read: impl Fn(RecordRef<'_>) -> R,
) -> Result<Option<R>, WebError> {
    let logs = app.admin()?.log_ranges(topic)?;
    let log = logs.iter().find(|log| log.partition == partition);
    let log = log.ok_or_else(|| {
        WebError::NotFound(format!("the topic {topic} has no partition {partition}"))
    })?;
    if !(log.range.earliest..log.range.last_stable).contains(&offset) {
        return Err(WebError::NotFound(format!(
            "{topic}, partition {partition} holds offsets {} to {} now, and not {offset}",
            log.range.earliest,
            log.range.last_stable - 1
        )));
    }
    let ends = BTreeMap::from([(partition, (offset, log.range.last_stable.min(offset + 1)))]);
    search(app, topic, &ends, |record| {
        let is_it = record.partition() == partition && record.offset() == offset;
        is_it.then(|| read(record))
    })
}

fn shown(record: RecordRef<'_>) -> RecordView {
    RecordView::of(record, limits::RECORD_SHOWN_MAX_BYTES)
}

/// The first record that fits, from a start to an end in each partition.
pub(crate) fn find(
    app: &App,
    topic: &str,
    ranges: &BTreeMap<i32, (i64, i64)>,
    fits: impl Fn(RecordRef<'_>) -> bool,
) -> Result<Option<RecordView>, WebError> {
    search(app, topic, ranges, |record| {
        fits(record).then(|| shown(record))
    })
}

/// The first thing that `pick` makes of a record.
fn search<R>(
    app: &App,
    topic: &str,
    ranges: &BTreeMap<i32, (i64, i64)>,
    pick: impl Fn(RecordRef<'_>) -> Option<R>,
) -> Result<Option<R>, WebError> {
    let positions: Vec<_> = ranges
        .iter()
        .filter(|(_, (from, to))| from < to)
        .map(|(partition, (from, _))| TopicPartitionOffset {
            topic: 0,
            partition: *partition,
            offset: *from,
        })
        .collect();
    if positions.is_empty() {
        return Ok(None);
    }
    let mut reader = Consumer::reader(&app.config.client, vec![topic.to_owned()])?;
    reader.assign(&positions)?;
    let found = look(app, &mut reader, &positions, ranges, pick);
    reader.close(Duration::ZERO);
    found
}

fn look<R>(
    app: &App,
    reader: &mut Consumer,
    positions: &[TopicPartitionOffset],
    ranges: &BTreeMap<i32, (i64, i64)>,
    pick: impl Fn(RecordRef<'_>) -> Option<R>,
) -> Result<Option<R>, WebError> {
    let began = Instant::now();
    let mut seen = 0;
    loop {
        if began.elapsed() > limits::LINEAGE_WAIT
            || app.is_stopped()
            || seen > limits::LINEAGE_RECORDS_MAX
        {
            return Err(WebError::Unavailable(format!(
                "the record was not found among {seen} in time; search the topic for it"
            )));
        }
        if let Polled::Records(batch) =
            reader.poll(limits::SEARCH_POLL_RECORDS, limits::SEARCH_POLL_WAIT)?
        {
            seen += batch.len() as u64;
            if let Some(found) = batch.iter().find_map(&pick) {
                return Ok(Some(found));
            }
        }
        let is_through = |position: &TopicPartitionOffset| {
            let end = ranges.get(&position.partition).map_or(0, |(_, end)| *end);
            reader
                .position_end(position.topic_partition())
                .is_some_and(|at| at >= end)
        };
        if positions.iter().all(is_through) {
            return Ok(None);
        }
    }
}

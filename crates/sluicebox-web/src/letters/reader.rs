//! Reads the dead-letter topic while somebody looks at it, and goes on where it stopped.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{Consumer, Polled, RecordRef, TopicPartition, TopicPartitionOffset};

use super::brief::Brief;
use super::index::{Index, LettersView};
use super::markers;
use super::pace::{self, Pace};
use crate::app::App;
use crate::error::WebError;
use crate::limits;

/// What there is of the letters. From now on they are read, for a while.
pub(crate) fn view(app: &Arc<App>) -> LettersView {
    let mut reading = app
        .letters
        .reading
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    reading.looked = Some(Instant::now());
    if !reading.runs {
        let for_thread = Arc::clone(app);
        // Before it runs: what the last one knew and said is old.
        index(app, |index| index.forget_left(None));
        let started = app.workers.start("web-letters", move || run(&for_thread));
        reading.runs = started.is_ok();
    }
    drop(reading);
    wait_for_ends(app);
    // In this order: nobody who holds the index waits for markers.
    let markers = markers::known(app);
    index(app, |index| index.view(markers.get()))
}

/// A moment for the look at the ends of the topics: "no letters", or old numbers, would be said of what nobody
/// has seen.
fn wait_for_ends(app: &App) {
    let began = Instant::now();
    let is_known = || {
        index(app, |index| {
            index.remaining(Instant::now()).is_some() || index.error.is_some()
        })
    };
    while !is_known() && began.elapsed() < limits::LETTERS_FIRST_WAIT {
        std::thread::sleep(limits::SEARCH_POLL_WAIT / 10);
    }
}

fn is_over(app: &App) -> bool {
    let mut reading = app
        .letters
        .reading
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let over = app.is_stopped()
        || reading
            .looked
            .is_none_or(|looked| looked.elapsed() > limits::LETTERS_WATCHED);
    if over {
        reading.runs = false;
    }
    over
}

fn run(app: &App) {
    while !is_over(app) {
        let error = read(app).err().map(|error| error.to_string());
        let failed = error.is_some();
        index(app, |index| index.forget_left(error));
        if failed {
            std::thread::sleep(limits::COLLECT_INTERVAL);
        } else {
            return;
        }
    }
}

fn index<R>(app: &App, with: impl FnOnce(&mut Index) -> R) -> R {
    with(
        &mut app
            .letters
            .index
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    )
}

/// Reads until nobody looks any more.
fn read(app: &App) -> Result<(), WebError> {
    let topic = &app.config.topics.dead_letters;
    let mut asked = Instant::now();
    let mut ends = app.admin()?.log_ranges(topic)?;
    let mut reader = Consumer::reader(&app.config.client, vec![topic.clone()])?;
    let starts = starts(app, &ends);
    reader.assign(&starts)?;
    look_for_markers(app);
    let mut pace = Pace::new(asked);
    while !is_over(app) {
        let rate = || pace::bytes_per_second(&app.collector.look());
        match pace.pause(Instant::now(), rate) {
            Some(pause) => std::thread::sleep(pause),
            None => pace.took(take(app, &mut reader)?),
        }
        if asked.elapsed() > limits::COLLECT_INTERVAL {
            asked = Instant::now();
            ends = app.admin()?.log_ranges(topic)?;
            look_for_markers(app);
            if ends.len() > starts.len() {
                return Err(WebError::Unavailable(
                    "partitions were added to the topic; reading begins with them in a moment"
                        .to_owned(),
                ));
            }
        }
        let position = |log: &PartitionLog| {
            reader.position_end(TopicPartition {
                topic: 0,
                partition: log.partition,
            })
        };
        let left = ends.iter().map(|log| left(position(log), &starts, log));
        let left = left.sum();
        index(app, |index| index.compared(left, asked));
    }
    reader.close(Duration::ZERO);
    Ok(())
}

/// Where reading goes on.
fn starts(app: &App, logs: &[PartitionLog]) -> Vec<TopicPartitionOffset> {
    index(app, |index| {
        let start = |log: &PartitionLog| {
            let known = index.positions.get(&log.partition).copied().unwrap_or(0);
            let end = log.range.last_stable.max(log.range.earliest);
            TopicPartitionOffset {
                topic: 0,
                partition: log.partition,
                offset: known.clamp(log.range.earliest, end),
            }
        };
        logs.iter().map(start).collect()
    })
}

/// Offsets of a partition that are still to be read.
fn left(position: Option<i64>, starts: &[TopicPartitionOffset], log: &PartitionLog) -> u64 {
    // Where nothing was read yet it is still at its start.
    let start = || starts.iter().find(|at| at.partition == log.partition);
    let at = position.or_else(|| start().map(|at| at.offset));
    let at = at.unwrap_or(log.range.earliest);
    (log.range.last_stable - at).max(0).unsigned_abs()
}

/// Takes in what has come, and tells how many bytes that was.
fn take(app: &App, reader: &mut Consumer) -> Result<usize, WebError> {
    match reader.poll(limits::SEARCH_POLL_RECORDS, limits::SEARCH_POLL_WAIT)? {
        Polled::Records(batch) => return Ok(count(app, batch.iter())),
        Polled::OutOfRange(gone) => {
            let earliest = gone.log.map_or(0, |log| log.earliest);
            let first = TopicPartitionOffset {
                offset: earliest,
                ..gone.at
            };
            reader.seek(&[first], limits::RECORD_WAIT)?;
        }
        Polled::Recreated(_) => {
            index(app, |index| *index = Index::default());
            return Err(WebError::Unavailable(
                "the topic was made anew; reading begins again".to_owned(),
            ));
        }
        _ => {}
    }
    Ok(0)
}

/// Letters are read without them as well: whoever may not see the markers still sees letters.
fn look_for_markers(app: &App) {
    let error = markers::markers(app).err().map(|error| error.to_string());
    index(app, |index| {
        index.markers_are_known |= error.is_none();
        index.markers_error = error;
    });
}

/// Takes letters into the index, and tells how many bytes their keys and values had.
fn count<'a>(app: &'a App, letters: impl Iterator<Item = RecordRef<'a>>) -> usize {
    let bytes_of = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
    let mut bytes = 0;
    index(app, |index| {
        for record in letters {
            bytes += bytes_of(record.key()) + bytes_of(record.value());
            index.add(&Brief::of(record, |topic| app.stream_of_topic(topic)));
        }
    });
    bytes
}

#[cfg(test)]
mod tests {
    use sluicebox_kafka::LogRange;

    use super::*;

    #[test]
    fn a_partition_of_which_nothing_was_read_yet_is_still_to_be_read() {
        let log = PartitionLog {
            partition: 1,
            range: LogRange {
                earliest: 100,
                last_stable: 200,
                high_watermark: 210,
            },
        };
        let start = TopicPartitionOffset {
            topic: 0,
            partition: 1,
            offset: 150,
        };
        assert_eq!(left(None, &[start], &log), 50);
        assert_eq!(left(Some(190), &[start], &log), 10);
        assert_eq!(left(Some(200), &[start], &log), 0);
        assert_eq!(left(None, &[], &log), 100);
    }
}

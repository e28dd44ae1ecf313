//! Reads the dead-letter topic while somebody looks at it, and goes on where it stopped.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, Polled, RecordRef, TopicPartition, TopicPartitionOffset};
use sluicebox_pipeline::dlq::StoredLetter;

use super::index::{Index, LettersView, Line};
use super::kinds::Kind;
use super::markers;
use crate::app::App;
use crate::error::WebError;
use crate::limits;
use crate::records::Shown;

/// Bytes of a header or key that the index keeps.
const KEPT_MAX_BYTES: usize = 300;

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
        let started = app.workers.start("web-letters", move || run(&for_thread));
        reading.runs = started.is_ok();
    }
    drop(reading);
    wait_for_first(app);
    // In this order: nobody who holds the index waits for markers.
    let markers = markers::known(app);
    index(app, |index| index.view(markers.get()))
}

/// A moment for the first look at the topic: "no letters" would be said of what nobody has seen.
fn wait_for_first(app: &App) {
    let began = Instant::now();
    let is_known = || {
        index(app, |index| {
            index.remaining.is_some() || index.error.is_some()
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
        index(app, |index| index.error = error);
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
    let logs = app.admin()?.log_ranges(topic)?;
    let (mut reader, mut ends) = (
        Consumer::reader(&app.config.client, vec![topic.clone()])?,
        logs,
    );
    let positions: Vec<_> = index(app, |index| {
        let start = |log: &sluicebox_kafka::admin::PartitionLog| {
            let known = index.positions.get(&log.partition).copied().unwrap_or(0);
            let offset = known.clamp(
                log.range.earliest,
                log.range.last_stable.max(log.range.earliest),
            );
            TopicPartitionOffset {
                topic: 0,
                partition: log.partition,
                offset,
            }
        };
        ends.iter().map(start).collect()
    });
    reader.assign(&positions)?;
    look_for_markers(app);
    let mut asked = Instant::now();
    while !is_over(app) {
        match reader.poll(limits::SEARCH_POLL_RECORDS, limits::SEARCH_POLL_WAIT)? {
            Polled::Records(batch) => std::thread::sleep(pause(count(app, batch.iter()))),
            Polled::OutOfRange(gone) => {
                let earliest = gone.log.map_or(0, |log| log.earliest);
                reader.seek(
                    &[TopicPartitionOffset {
                        offset: earliest,
                        ..gone.at
                    }],
                    limits::RECORD_WAIT,
                )?;
            }
            Polled::Recreated(_) => {
                index(app, |index| *index = Index::default());
                return Err(WebError::Unavailable(
                    "the topic was made anew; reading begins again".to_owned(),
                ));
            }
            _ => {}
        }
        if asked.elapsed() > limits::COLLECT_INTERVAL {
            asked = Instant::now();
            ends = app.admin()?.log_ranges(topic)?;
            look_for_markers(app);
        }
        let left = ends.iter().map(|log| {
            let at = reader.position_end(TopicPartition {
                topic: 0,
                partition: log.partition,
            });
            (log.range.last_stable - at.unwrap_or(log.range.last_stable))
                .max(0)
                .unsigned_abs()
        });
        let left = left.sum();
        index(app, |index| index.remaining = Some(left));
    }
    reader.close(Duration::ZERO);
    Ok(())
}

/// Letters are read without them as well: whoever may not see the markers still sees letters.
fn look_for_markers(app: &App) {
    let error = markers::markers(app).err().map(|error| error.to_string());
    index(app, |index| {
        index.markers_are_known |= error.is_none();
        index.markers_error = error;
    });
}

/// Takes letters into the index, and tells how many bytes they were.
fn count<'a>(app: &App, letters: impl Iterator<Item = RecordRef<'a>>) -> usize {
    let mut bytes = 0;
    index(app, |index| {
        for record in letters {
            bytes += record.value().map_or(0, <[u8]>::len);
            index.add(line(app, &StoredLetter::without_value(&record)));
        }
    });
    bytes
}

/// How long to leave the cluster to the pipeline after so many bytes of letters.
fn pause(bytes: usize) -> Duration {
    let seconds = bytes as f64 / limits::LETTERS_BYTES_PER_SECOND;
    Duration::from_secs_f64(seconds).min(limits::LETTERS_PAUSE_MAX)
}

fn line(app: &App, letter: &StoredLetter) -> Line {
    let short = |bytes: &[u8]| Shown::of(bytes, KEPT_MAX_BYTES).text;
    let known = |text: &str| match text {
        "" => "(unknown)".to_owned(),
        text => short(text.as_bytes()),
    };
    let topic = known(&letter.source_topic);
    Line {
        partition: letter.id.partition,
        offset: letter.id.offset,
        failed_at_ms: letter.failed_at_ms,
        kind: Kind {
            stream: app.stream_of_topic(&topic).map(str::to_owned),
            topic,
            stage: known(&letter.stage),
            reason: known(&letter.reason),
        },
        message: short(letter.message.as_bytes()),
        key: letter.key.as_deref().map(short),
        replayed_at_ms: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_letters_are_read_slowly_and_small_ones_are_not() {
        let second = limits::LETTERS_BYTES_PER_SECOND as usize;
        let small = 1_000 * 200;
        assert!(pause(small) < Duration::from_millis(20));
        assert_eq!(pause(second / 4), Duration::from_millis(250));
        assert_eq!(pause(100 * second), limits::LETTERS_PAUSE_MAX);
    }
}

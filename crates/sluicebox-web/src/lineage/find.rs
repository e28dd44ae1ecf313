//! Finds the way of a record.
//!
//! From the source to the row: rows of a source partition are in order, so the file is halved until it is
//! found. From the row to the output record: the row has the time of processing, which is the output
//! record's timestamp, so the topic is asked where that time begins.

use std::collections::BTreeMap;

use sluicebox_event::dead_letter::{
    DEAD_LETTERS_FILE, HEADER_OFFSET, HEADER_PARTITION, HEADER_TOPIC,
};
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::dlq::HEADER_REPLAY_OF;

use super::{Begin, LetterPlace, Output, RowView, Way};
use crate::app::App;
use crate::data::{self, FoundRow};
use crate::error::WebError;
use crate::letters::SourceView;
use crate::records::{self, RecordView};

/// The way of the record that a question is about.
pub(crate) fn find(app: &App, begin: &Begin) -> Result<Way, WebError> {
    let source = source(app, begin)?;
    let mut notes = Vec::new();
    let row = noted(&mut notes, row(app, &source)).flatten();
    let output = match &row {
        Some((file, row)) => noted(&mut notes, output(app, &source, file, row)).flatten(),
        None => None,
    };
    let source_record = noted(
        &mut notes,
        records::one(app, &source.topic, source.partition, source.offset),
    )
    .flatten();
    if row.is_none() && source_record.is_none() && output.is_none() {
        let nothing = format!(
            "nothing is known of {}, partition {}, offset {}",
            source.topic, source.partition, source.offset
        );
        return Err(WebError::NotFound(
            [nothing]
                .into_iter()
                .chain(notes)
                .collect::<Vec<_>>()
                .join(": "),
        ));
    }
    Ok(Way {
        stream: app.stream_of_topic(&source.topic).map(str::to_owned),
        replay_of: source_record
            .as_ref()
            .and_then(|record| replay_of(app, record)),
        source,
        source_record,
        output,
        row: row.map(|(file, row)| RowView {
            file,
            line: row.line,
            columns: row.header,
            cells: row.cells,
        }),
        notes,
    })
}

/// What is there; what fails is noted, and the rest of the way is shown all the same.
fn noted<T>(notes: &mut Vec<String>, found: Result<T, WebError>) -> Option<T> {
    found.map_err(|error| notes.push(error.to_string())).ok()
}

fn source(app: &App, begin: &Begin) -> Result<SourceView, WebError> {
    match begin {
        Begin::Row { file, line } => {
            let length = data::committed_length(app, file)?;
            let row = data::find_line(&app.config.output_dir.join(file), length, *line)
                .map_err(|error| unreadable(file, &error))?;
            let row = row.ok_or_else(|| {
                WebError::NotFound(format!("{file} has no row that begins on line {line}"))
            })?;
            of_row(app, file, &row)
        }
        Begin::Record {
            topic,
            partition,
            offset,
        } => {
            let topics = &app.config.topics;
            if *topic != topics.processed && *topic != topics.dead_letters {
                return Ok(SourceView {
                    topic: topic.clone(),
                    partition: *partition,
                    offset: *offset,
                });
            }
            let place = format!("{topic}, partition {partition}, offset {offset}");
            let Some(record) = records::one(app, topic, *partition, *offset)? else {
                return Err(WebError::NotFound(format!(
                    "{place} is no record: a marker of a transaction, what was aborted, or what is gone"
                )));
            };
            let source = if *topic == topics.processed {
                of_processed(&record)
            } else {
                of_letter(&record)
            };
            source.ok_or_else(|| {
                WebError::NotFound(format!("{place} does not say which record it came from"))
            })
        }
    }
}

fn of_row(app: &App, file: &str, row: &FoundRow) -> Result<SourceView, WebError> {
    let stream = app
        .config
        .plans
        .streams()
        .iter()
        .find(|stream| stream.file_name() == file);
    let topic = row
        .cell("source_topic")
        .or(stream.map(sluicebox_event::StreamPlan::source_topic));
    let number = |column| row.cell(column).and_then(|cell| cell.parse::<i64>().ok());
    let found = (topic, number("source_partition"), number("source_offset"));
    let (Some(topic), Some(partition), Some(offset)) = found else {
        return Err(WebError::NotFound(format!(
            "{file} has no columns source_partition and source_offset"
        )));
    };
    Ok(SourceView {
        topic: topic.to_owned(),
        partition: partition as i32,
        offset,
    })
}

fn of_processed(record: &RecordView) -> Option<SourceView> {
    let value: serde_json::Value = serde_json::from_str(&record.value.as_ref()?.text).ok()?;
    let source = &value["source"];
    Some(SourceView {
        topic: source["topic"].as_str()?.to_owned(),
        partition: source["partition"].as_i64()? as i32,
        offset: source["offset"].as_i64()?,
    })
}

fn of_letter(record: &RecordView) -> Option<SourceView> {
    Some(SourceView {
        topic: record.header(HEADER_TOPIC)?.to_owned(),
        partition: record.header(HEADER_PARTITION)?.parse().ok()?,
        offset: record.header(HEADER_OFFSET)?.parse().ok()?,
    })
}

/// The letter that a record is the replay of: its header has `TOPIC/PARTITION/OFFSET`.
fn replay_of(app: &App, record: &RecordView) -> Option<LetterPlace> {
    let text = record.header(HEADER_REPLAY_OF)?;
    let place = text.strip_prefix(app.config.topics.dead_letters.as_str())?;
    let (partition, offset) = place.strip_prefix('/')?.split_once('/')?;
    Some(LetterPlace {
        partition: partition.parse().ok()?,
        offset: offset.parse().ok()?,
    })
}

fn unreadable(file: &str, error: &std::io::Error) -> WebError {
    WebError::Unavailable(format!("cannot read {file}: {error}"))
}

/// The row of a source record, in its stream's file or among the dead letters.
fn row(app: &App, source: &SourceView) -> Result<Option<(String, FoundRow)>, WebError> {
    let streams = app
        .config
        .plans
        .streams()
        .iter()
        .filter(|stream| stream.source_topic() == source.topic);
    let files = streams
        .map(|stream| (stream.file_name(), None))
        .chain([(DEAD_LETTERS_FILE.to_owned(), Some(source.topic.as_str()))]);
    for (file, topic) in files {
        let length = match data::committed_length(app, &file) {
            Ok(length) => length,
            Err(WebError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let path = app.config.output_dir.join(&file);
        let found = data::find_source(&path, length, topic, source.partition, source.offset)
            .map_err(|error| unreadable(&file, &error))?;
        if let Some(row) = found {
            return Ok(Some((file, row)));
        }
    }
    Ok(None)
}

/// The record that the row was made from.
fn output(
    app: &App,
    source: &SourceView,
    file: &str,
    row: &FoundRow,
) -> Result<Option<Output>, WebError> {
    let rejected = file == DEAD_LETTERS_FILE;
    let (topic, time) = match rejected {
        true => (&app.config.topics.dead_letters, row.cell("failed_at")),
        false => (&app.config.topics.processed, row.cell("processed_at")),
    };
    let Some(time) = time.and_then(|time| time.parse::<jiff::Timestamp>().ok()) else {
        return Ok(None);
    };
    let admin = app.admin()?;
    let starts: BTreeMap<i32, Option<i64>> = admin
        .offsets_for_time(topic, time.as_millisecond())?
        .into_iter()
        .collect();
    let ranges = admin.log_ranges(topic)?.into_iter().filter_map(|log| {
        let start = starts.get(&log.partition).copied().flatten()?;
        Some((log.partition, (start, log.range.last_stable)))
    });
    let record = records::find(app, topic, &ranges.collect(), |record| match rejected {
        true => is_letter_of(record, source),
        false => is_processed_of(record, source),
    })?;
    Ok(record.map(|record| Output {
        topic: topic.clone(),
        rejected,
        record,
    }))
}

fn is_letter_of(record: RecordRef<'_>, source: &SourceView) -> bool {
    let has = |name: &str, text: &str| {
        record
            .headers()
            .filter(|(found, _)| *found == name)
            .last()
            .is_some_and(|(_, value)| value == Some(text.as_bytes()))
    };
    has(HEADER_OFFSET, &source.offset.to_string())
        && has(HEADER_PARTITION, &source.partition.to_string())
        && has(HEADER_TOPIC, &source.topic)
}

fn is_processed_of(record: RecordRef<'_>, source: &SourceView) -> bool {
    // Our own records have it written like this; it saves parsing all the others.
    let wanted = format!(
        "\"partition\":{},\"offset\":{},",
        source.partition, source.offset
    );
    let found = record
        .value()
        .is_some_and(|value| memchr::memmem::find(value, wanted.as_bytes()).is_some());
    found && of_processed(&RecordView::of(record, usize::MAX)).as_ref() == Some(source)
}

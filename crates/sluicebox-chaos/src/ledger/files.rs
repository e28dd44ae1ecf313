//! Reads the output directory with a plain CSV reader and no code of the product.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use csv::StringRecord;

use super::event::{Event, Stream};
use crate::error::{ChaosError, Result};

/// What the files of a directory hold.
#[derive(Debug, Default)]
pub struct FilesRead {
    /// Rows of data files.
    pub rows: u64,
    /// Rows of the dead-letter file.
    pub letters: u64,
    /// Source offsets of rows and letters, sorted.
    pub seen: BTreeMap<(Stream, i32), Vec<i64>>,
    /// Numbers of the records, sorted.
    pub numbers: Vec<u64>,
    /// What cannot be right, whatever was produced.
    pub wrong: Vec<String>,
}

/// Reads data files and dead letters of a directory whose sink does not run.
///
/// # Errors
/// A file cannot be read as CSV at all.
pub fn read_files(dir: &Path) -> Result<FilesRead> {
    let mut files = FilesRead::default();
    for stream in Stream::ALL {
        let name = stream.file();
        let mut last = HashMap::new();
        for_each_row(&dir.join(name), |line, row| {
            files.rows += 1;
            files.data_row(&format!("{name}:{line}"), stream, row, &mut last);
        })?;
    }
    let name = "dead_letters.csv";
    let mut last = HashMap::new();
    for_each_row(&dir.join(name), |line, row| {
        files.letters += 1;
        files.letter(&format!("{name}:{line}"), row, &mut last);
    })?;
    files.find_repeats();
    Ok(files)
}

type Row<'a> = &'a dyn Fn(&str) -> String;

impl FilesRead {
    fn data_row(
        &mut self,
        place: &str,
        stream: Stream,
        row: Row<'_>,
        last: &mut HashMap<String, u64>,
    ) {
        let Some(event) = Event::at(&row("timestamp")) else {
            self.wrong.push(format!("{place}: no event time of ours"));
            return;
        };
        if event.is_bad() || event.stream() != stream {
            self.wrong.push(format!("{place}: not a row of this file"));
        }
        for (column, expected) in event.columns() {
            let found = row(column);
            if found != expected {
                self.wrong.push(format!(
                    "{place}: {column} is {found}, produced was {expected}"
                ));
            }
        }
        self.note(place, stream, event, row, last);
    }

    fn letter(&mut self, place: &str, row: Row<'_>, last: &mut HashMap<String, u64>) {
        let value = row("value");
        let stream = Stream::of_topic(&row("source_topic"));
        let (Some(event), Some(stream)) = (Event::in_value(&value), stream) else {
            self.wrong.push(format!("{place}: not a letter of ours"));
            return;
        };
        let as_sent = value == event.value() && row("key") == event.key();
        if !event.is_bad() || event.stream() != stream || !as_sent {
            self.wrong
                .push(format!("{place}: not what was produced: {value}"));
        }
        self.note(place, stream, event, row, last);
    }

    fn note(
        &mut self,
        place: &str,
        stream: Stream,
        event: Event,
        row: Row<'_>,
        last: &mut HashMap<String, u64>,
    ) {
        let partition = row("source_partition").parse().unwrap_or(-1);
        let offset = row("source_offset").parse().unwrap_or(-1);
        self.seen
            .entry((stream, partition))
            .or_default()
            .push(offset);
        self.numbers.push(event.0);
        if let Some(before) = last.insert(event.key(), event.0)
            && before >= event.0
        {
            self.wrong.push(format!(
                "{place}: number {} comes after {before} of the same key",
                event.0
            ));
        }
    }

    fn find_repeats(&mut self) {
        for ((stream, partition), offsets) in &mut self.seen {
            offsets.sort_unstable();
            for pair in offsets.windows(2).filter(|pair| pair[0] == pair[1]) {
                let topic = stream.topic();
                self.wrong
                    .push(format!("{topic}-{partition}@{} is there twice", pair[0]));
            }
        }
        self.numbers.sort_unstable();
        for pair in self.numbers.windows(2).filter(|pair| pair[0] == pair[1]) {
            self.wrong
                .push(format!("number {} is there twice", pair[0]));
        }
    }
}

fn for_each_row(path: &Path, mut each: impl FnMut(u64, Row<'_>)) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let unreadable = |error: csv::Error| {
        ChaosError::Finding(format!("{} is not readable CSV: {error}", path.display()))
    };
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(unreadable)? {
        let line = row.position().map_or(0, csv::Position::line);
        each(line, &|column| {
            let at = header.iter().position(|name| name == column);
            at.and_then(|at| row.get(at)).unwrap_or_default().to_owned()
        });
    }
    Ok(())
}

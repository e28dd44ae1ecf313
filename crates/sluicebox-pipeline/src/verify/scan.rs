//! Reading the files: once, from their beginning to their committed length.

use std::collections::HashMap;
use std::io::{self, Read as _};

use sluicebox_event::Plans;
use sluicebox_sink::FileState;
use sluicebox_sink::storage::open_regular;

use super::by_sink;
use super::checksummed::Checksummed;
use super::columns::{Columns, LastTime};
use super::config::Progress;
use super::entry::{BY_SINK, Entry, NO_TIME, hash};
use super::error::VerifyError;
use super::files::{DataFile, RowsOf, present_header};
use super::finding::{Findings, Place};
use super::kind::Kind;
use super::report::FileReport;
use super::sorter::Sorter;
use super::topics::{TopicKind, Topics};
use crate::csv_rows::{Next, Row, RowReader};
use crate::lineage::LineageReader;

/// Gathers what the files say.
pub(super) struct Scan<'a> {
    pub(super) plans: &'a Plans,
    pub(super) topics: &'a mut Topics,
    pub(super) sorter: &'a mut Sorter<Entry>,
    pub(super) findings: &'a mut Findings,
    pub(super) progress: &'a Progress,
    pub(super) row_max_bytes: usize,
    /// By file family, topic and partition: the offset of the last row, or that rows do not stand in
    /// the order of their offsets.
    pub(super) order: HashMap<(u16, u16, i32), LastRow>,
    /// Highest offset of a row by topic and partition.
    pub(super) highest: HashMap<(u16, i32), i64>,
    pub(super) lineages: LineageReader,
    /// Columns of rows of today, to recognise those that stand in a wrong file.
    pub(super) others: Vec<Columns>,
}

/// See [`Scan::order`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastRow {
    At(i64),
    Disordered,
}

/// What one file was found to be, while it is read.
struct Reading<'a> {
    file: &'a DataFile,
    index: u16,
    columns: Option<Columns>,
    rows: u64,
    /// The last time that was parsed: rows of one batch share it.
    last_at: LastTime,
}

impl Scan<'_> {
    /// Reads all files.
    pub(super) fn files(
        &mut self,
        files: &[DataFile],
        temp: &std::path::Path,
    ) -> Result<Vec<FileReport>, VerifyError> {
        self.others = files
            .iter()
            .filter(|file| !file.is_sealed)
            .filter_map(|file| {
                Columns::find(file.rows_of, present_header(self.plans, file.rows_of)?)
            })
            .collect();
        let mut reports = Vec::new();
        for (index, file) in files.iter().enumerate() {
            reports.push(self.file(index as u16, file, temp)?);
        }
        Ok(reports)
    }

    fn file(
        &mut self,
        index: u16,
        file: &DataFile,
        temp: &std::path::Path,
    ) -> Result<FileReport, VerifyError> {
        let mut report = FileReport::of(file);
        let failed = VerifyError::read(&file.path);
        let opened = match open_regular(&file.path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone(file);
                return Ok(report);
            }
            Err(error) => return Err(failed(error)),
        };
        let length = opened.metadata().map_err(&failed)?.len();
        let committed = file.recorded.as_ref().map_or(length, |state| state.length);
        report.uncommitted_bytes = length.saturating_sub(committed);
        if length < committed {
            let detail = format!("it has {length} bytes, and {committed} were committed");
            self.findings
                .add(Kind::FileShorter, Place::file(&file.name), detail);
        }
        let input = Checksummed::new(opened.take(committed), self.progress);
        let mut reader = RowReader::new(input, 0, self.row_max_bytes);
        let header = match reader.next().map_err(&failed)? {
            Next::Row(row) => {
                let line = row.bytes.strip_suffix(b"\n").unwrap_or(row.bytes);
                String::from_utf8_lossy(line).into_owned()
            }
            Next::Unfinished(_) | Next::End => String::new(),
        };
        let mut reading = Reading {
            file,
            index,
            columns: self.columns(file, &header),
            rows: 0,
            last_at: LastTime::default(),
        };
        loop {
            let (position, what, is_whole) = match reader.next().map_err(&failed)? {
                Next::End => break,
                Next::Unfinished(position) => (position, "the row does not end", false),
                Next::Row(row) => {
                    reading.rows += 1;
                    let taken = self.row(&mut reading, &row);
                    if taken.map_err(VerifyError::temporary(temp))? {
                        continue;
                    }
                    (row.position, "it is no row of this file", true)
                }
            };
            let goes_on = reader.skip_line();
            // Without a manifest nobody said that the last row was whole.
            if is_whole || goes_on || file.recorded.is_some() {
                let place = Place {
                    position: Some(position),
                    ..Place::file(&file.name)
                };
                self.findings.add(Kind::RowUnreadable, place, what);
                report.unreadable += 1;
            }
        }
        report.rows = reading.rows;
        report.crc = reader.into_input().crc();
        self.compare(file, &report);
        Ok(report)
    }

    fn gone(&mut self, file: &DataFile) {
        let Some(state) = &file.recorded else { return };
        let (kind, rows) = match file.is_sealed {
            true => (Kind::FileArchived, state.rows),
            false => (Kind::FileMissing, state.rows),
        };
        let detail = format!("{rows} rows were committed to it");
        self.findings.add(kind, Place::file(&file.name), detail);
    }

    /// The columns of a file whose first line is `found`.
    fn columns(&mut self, file: &DataFile, found: &str) -> Option<Columns> {
        let header = match &file.header {
            Some(header) if header != found => {
                let shown: String = found.chars().take(200).collect();
                let detail = format!("it is `{}`, not `{header}`", shown.escape_debug());
                self.findings
                    .add(Kind::HeaderChanged, Place::file(&file.name), detail);
                header.as_str()
            }
            _ => found,
        };
        let columns = match file.rows_of {
            RowsOf::Nobody => None,
            rows_of => Columns::find(rows_of, header),
        };
        if columns.is_none() && !header.is_empty() {
            let rows = file.recorded.as_ref().map_or(0, |state| state.rows);
            let detail = match file.rows_of {
                RowsOf::Nobody => "no stream of the configuration writes it",
                _ => "it has no columns source_partition and source_offset",
            };
            let place = Place::file(&file.name);
            self.findings
                .add_many(Kind::LineageUnknown, place, rows.max(1), detail);
        }
        columns
    }

    /// Takes a row in. `Ok(false)`: it is none.
    fn row(&mut self, reading: &mut Reading<'_>, row: &Row<'_>) -> io::Result<bool> {
        let Some(columns) = &reading.columns else {
            return Ok(true);
        };
        let own = columns.source_of(row, self.topics, &mut reading.last_at);
        let source = own.or_else(|| {
            let mut others = self
                .others
                .iter()
                .filter(|it| it.rows_of != columns.rows_of);
            others.find_map(|other| other.source_of(row, self.topics, &mut reading.last_at))
        });
        let Some((topic, partition, offset, at_ms)) = source else {
            return Ok(self.is_of_strangers(reading, row));
        };
        let last = self
            .order
            .entry((reading.file.family, topic, partition))
            .or_insert(LastRow::At(-1));
        *last = match *last {
            LastRow::At(before) if before < offset => LastRow::At(offset),
            _ => LastRow::Disordered,
        };
        let highest = self.highest.entry((topic, partition)).or_insert(offset);
        *highest = offset.max(*highest);
        if self.topics.kind(topic) == TopicKind::Output {
            self.stands_for(reading, row)?;
        }
        self.sorter.push(Entry {
            topic,
            partition,
            offset,
            file: reading.index,
            position: row.position,
            at_ms,
            hash: hash(row.bytes),
        })?;
        Ok(true)
    }

    /// Notes which source record a letter of the sink stands for, where that can be told.
    fn stands_for(&mut self, reading: &Reading<'_>, row: &Row<'_>) -> io::Result<()> {
        if reading.file.rows_of != RowsOf::Letters {
            return Ok(());
        }
        let Some(of) = by_sink::named(&mut self.lineages, self.plans, row) else {
            return Ok(());
        };
        self.sorter.push(Entry {
            topic: of.stream.0,
            partition: of.partition,
            offset: of.offset,
            file: BY_SINK,
            position: row.position,
            at_ms: NO_TIME,
            hash: 0,
        })
    }

    /// Whether a letter is whole and names a topic that nobody knows, which is a finding of its own.
    fn is_of_strangers(&mut self, reading: &Reading<'_>, row: &Row<'_>) -> bool {
        let Some(columns) = reading.columns.as_ref() else {
            return false;
        };
        let topic = columns.topic.and_then(|at| row.field(at));
        let (Some(topic), true) = (topic, row.len() == columns.count) else {
            return false;
        };
        let name = String::from_utf8_lossy(topic).into_owned();
        let numbers = (row.number(columns.partition), row.number(columns.offset));
        let (Some(partition), Some(offset), None) =
            (numbers.0, numbers.1, self.topics.index_of(&name))
        else {
            return false;
        };
        let place = Place {
            position: Some(row.position),
            topic: Some(name),
            partition: i32::try_from(partition).ok(),
            offset: Some(offset),
            ..Place::file(&reading.file.name)
        };
        // The processor may well have had a definition that this configuration lacks.
        let detail = "no stream of the configuration reads this topic";
        self.findings.add(Kind::LineageUnknown, place, detail);
        true
    }

    /// Compares what was read with what the manifest says.
    fn compare(&mut self, file: &DataFile, report: &FileReport) {
        let Some(FileState {
            length, rows, crc, ..
        }) = file.recorded.as_ref()
        else {
            return;
        };
        if report.crc != *crc {
            let found = report.crc;
            let detail = format!(
                "the CRC-32C of its first {length} bytes is {found:08x}, committed was {crc:08x}"
            );
            self.findings
                .add(Kind::FileChanged, Place::file(&file.name), detail);
        }
        if report.rows != *rows {
            let found = report.rows;
            let detail = format!("{found} rows were found, {rows} were committed");
            self.findings
                .add(Kind::RowCountWrong, Place::file(&file.name), detail);
        }
    }
}

//! Reading the files: once, from their beginning to their committed length.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};

use sluicebox_event::{Plans, instant_ms};
use sluicebox_sink::FileState;

use super::config::Progress;
use super::entry::{Entry, NO_TIME, hash};
use super::error::VerifyError;
use super::files::{DataFile, RowsOf, present_header};
use super::finding::{Findings, Place};
use super::kind::Kind;
use super::report::FileReport;
use super::sorter::Sorter;
use super::topics::Topics;
use crate::csv_rows::{Next, Row, RowReader};

/// Where the columns are that say which record a row is of, from 0.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    rows_of: RowsOf,
    count: usize,
    topic: Option<usize>,
    partition: usize,
    offset: usize,
    at: Option<usize>,
}

impl Columns {
    /// Finds them in a header; `None` when they are not among its columns.
    fn find(rows_of: RowsOf, header: &str) -> Option<Self> {
        let names: Vec<&str> = header.split(',').collect();
        let find = |name: &str| names.iter().position(|known| *known == name);
        let is_letters = rows_of == RowsOf::Letters;
        Some(Self {
            rows_of,
            count: names.len(),
            topic: if is_letters {
                Some(find("source_topic")?)
            } else {
                None
            },
            partition: find("source_partition")?,
            offset: find("source_offset")?,
            at: find(if is_letters {
                "failed_at"
            } else {
                "processed_at"
            }),
        })
    }
}

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
    last_at: (Vec<u8>, i64),
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
        let opened = match File::open(&file.path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone(file);
                return Ok(report);
            }
            Err(error) => return Err(VerifyError::read(&file.path)(error)),
        };
        let failed = VerifyError::read(&file.path);
        let length = opened.metadata().map_err(&failed)?.len();
        let committed = file.recorded.as_ref().map_or(length, |state| state.length);
        report.uncommitted_bytes = length.saturating_sub(committed);
        if length < committed {
            let detail = format!("it has {length} bytes, and {committed} were committed");
            self.findings
                .add(Kind::FileShorter, Place::file(&file.name), detail);
        }
        let input = Checksummed {
            input: opened.take(committed),
            crc: 0,
            progress: self.progress,
        };
        let mut reader = RowReader::new(input, 0, self.row_max_bytes);
        let header = match reader.next().map_err(&failed)? {
            Next::Row(row) => String::from_utf8_lossy(row.bytes.trim_ascii_end()).into_owned(),
            Next::Unfinished(_) | Next::End => String::new(),
        };
        let mut reading = Reading {
            file,
            index,
            columns: self.columns(file, &header),
            rows: 0,
            last_at: (Vec::new(), 0),
        };
        loop {
            let bad = match reader.next().map_err(&failed)? {
                Next::End => break,
                Next::Row(row) => {
                    reading.rows += 1;
                    match self
                        .row(&mut reading, &row)
                        .map_err(VerifyError::temporary(temp))
                    {
                        Ok(true) => continue,
                        Ok(false) => (row.position, "it is no row of this file"),
                        Err(error) => return Err(error),
                    }
                }
                Next::Unfinished(position) => (position, "the row does not end"),
            };
            // Without a manifest nobody said that the last row was whole.
            let (position, what) = bad;
            let is_torn = file.recorded.is_none() && what.ends_with("end");
            let place = Place {
                position: Some(position),
                ..Place::file(&file.name)
            };
            if !is_torn {
                self.findings.add(Kind::RowUnreadable, place, what);
                report.unreadable += 1;
            }
            if !reader.skip_line() && what.ends_with("end") {
                break;
            }
        }
        report.rows = reading.rows;
        report.crc = reader.into_input().crc;
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
        let own = self.source_of(columns, row, &mut reading.last_at);
        let source = own.or_else(|| {
            let others = self.others.clone();
            let mut others = others.iter().filter(|it| it.rows_of != columns.rows_of);
            others.find_map(|other| self.source_of(other, row, &mut reading.last_at))
        });
        let Some((topic, partition, offset, at_ms)) = source else {
            return Ok(false);
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

    /// Which record a row of these columns is of, and when it was made.
    fn source_of(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        last_at: &mut (Vec<u8>, i64),
    ) -> Option<(u16, i32, i64, i64)> {
        if row.len() != columns.count {
            return None;
        }
        let partition = i32::try_from(row.number(columns.partition)?).ok()?;
        let offset = row.number(columns.offset)?;
        let at_ms = match columns.at {
            None => NO_TIME,
            Some(at) => {
                let text = row.field(at)?;
                if text != last_at.0 {
                    *last_at = (text.to_vec(), instant_ms(text)?);
                }
                last_at.1
            }
        };
        let topic = match (columns.rows_of, columns.topic) {
            (RowsOf::Stream(stream), _) => stream.0,
            (_, Some(at)) => {
                let name = std::str::from_utf8(row.field(at)?).ok()?;
                self.topics.index_of(name)?
            }
            _ => return None,
        };
        Some((topic, partition, offset, at_ms))
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

/// Counts and sums up what is read through it.
struct Checksummed<'a, R> {
    input: R,
    crc: u32,
    progress: &'a Progress,
}

impl<R: Read> Read for Checksummed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.crc = crc32c::crc32c_append(self.crc, &buffer[..read]);
        self.progress.add(read as u64);
        Ok(read)
    }
}

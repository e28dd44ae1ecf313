//! The account of a run: every source offset that was acknowledged is exactly one row of the data
//! files or one letter in the dead-letter file.
//!
//! The files are streamed once, from where the run found them. Memory is one bit (two, where rows
//! are doubled) per expected offset.

mod report;
mod tally;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::csv_rows::{Next, RowReader};
use crate::limits::{ACCOUNTING_READ_BYTES, ROW_MAX_BYTES};
pub use report::{
    Account, AccountedFile, AccountingError, Doubled, ExpectedOffsets, Missing, RowsOf,
};
use tally::{Mark, Tally};

/// Reads the files and compares them with the expected offsets.
pub fn account(
    expected: &[ExpectedOffsets],
    files: &[AccountedFile],
) -> Result<Account, AccountingError> {
    let mut tally = Tally::new(expected);
    let mut account = Account {
        expected: tally.expected(),
        ..Account::default()
    };
    for file in files {
        account_file(file, &mut tally, &mut account)?;
    }
    (account.missing, account.missing_examples) = tally.missing();
    Ok(account)
}

fn account_file(
    file: &AccountedFile,
    tally: &mut Tally,
    account: &mut Account,
) -> Result<(), AccountingError> {
    let failed = |source| AccountingError::Read {
        path: file.path.clone(),
        source,
    };
    let mut reader = match File::open(&file.path) {
        Ok(reader) => reader,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let header = read_header(&reader).map_err(failed)?;
    if header.is_empty() {
        return Ok(());
    }
    let columns = find_columns(&header, file)?;
    let start = file.from_bytes.max(header.len() as u64);
    reader.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut sink = FileTally::new(file, tally);
    let scanned = scan(reader, &columns, start, &mut sink).map_err(failed)?;
    let FileTally {
        found,
        others,
        doubled,
        doubled_at,
        ..
    } = sink;
    match file.rows_of {
        RowsOf::Topic(_) => account.rows += found,
        RowsOf::Letters => account.letters += found,
    }
    account.others += others;
    account.doubled += doubled;
    for (topic, partition, offset, position) in doubled_at {
        if account.doubled_examples.len() < crate::limits::ACCOUNTING_EXAMPLES_MAX {
            let line = line_at(&file.path, position).map_err(failed)?;
            let file = file.path.clone();
            account.doubled_examples.push(Doubled {
                topic,
                partition,
                offset,
                file,
                line,
            });
        }
    }
    if let Some(position) = scanned {
        let line = line_at(&file.path, position).map_err(failed)?;
        return Err(AccountingError::BadRow {
            path: file.path.clone(),
            line,
        });
    }
    Ok(())
}

/// What one file adds to the account.
struct FileTally<'a> {
    tally: &'a mut Tally,
    topic: Option<usize>,
    letters: bool,
    found: u64,
    others: u64,
    doubled: u64,
    doubled_at: Vec<(String, i32, i64, u64)>,
}

impl<'a> FileTally<'a> {
    fn new(file: &AccountedFile, tally: &'a mut Tally) -> Self {
        let (topic, letters) = match &file.rows_of {
            RowsOf::Topic(topic) => (tally.topic(topic.as_bytes()), false),
            RowsOf::Letters => (None, true),
        };
        Self {
            tally,
            topic,
            letters,
            found: 0,
            others: 0,
            doubled: 0,
            doubled_at: Vec::new(),
        }
    }

    fn row(&mut self, topic: &[u8], partition: i64, offset: i64, position: u64) {
        let index = if self.letters {
            self.tally.topic(topic)
        } else {
            self.topic
        };
        let mark = index.map_or(Mark::Other, |index| {
            self.tally.mark(index, partition, offset)
        });
        match (mark, index) {
            (Mark::First, _) => self.found += 1,
            (Mark::Again, Some(index)) => {
                self.doubled += 1;
                if self.doubled_at.len() < crate::limits::ACCOUNTING_EXAMPLES_MAX {
                    let topic = self.tally.topic_name(index).to_owned();
                    self.doubled_at
                        .push((topic, partition as i32, offset, position));
                }
            }
            _ => self.others += 1,
        }
    }
}

/// Where the source columns are, from 0.
struct Columns {
    topic: Option<usize>,
    partition: usize,
    offset: usize,
}

/// Feeds every row to the tally; returns where a row that cannot be read begins.
fn scan(
    reader: File,
    columns: &Columns,
    start: u64,
    tally: &mut FileTally<'_>,
) -> io::Result<Option<u64>> {
    let mut reader = RowReader::new(reader, start, ROW_MAX_BYTES);
    loop {
        let row = match reader.next()? {
            Next::Row(row) => row,
            // An unfinished last row is not committed.
            Next::Unfinished(_) | Next::End => return Ok(None),
        };
        let numbers = (row.number(columns.partition), row.number(columns.offset));
        let (Some(partition), Some(offset)) = numbers else {
            return Ok(Some(row.position));
        };
        let topic = columns.topic.and_then(|at| row.field(at));
        tally.row(topic.unwrap_or_default(), partition, offset, row.position);
    }
}

/// The first line with its line feed; empty when there is none.
fn read_header(file: &File) -> io::Result<Vec<u8>> {
    let mut header = Vec::new();
    BufReader::new(file)
        .take(ACCOUNTING_READ_BYTES as u64)
        .read_until(b'\n', &mut header)?;
    Ok(if header.ends_with(b"\n") {
        header
    } else {
        Vec::new()
    })
}

fn find_columns(header: &[u8], file: &AccountedFile) -> Result<Columns, AccountingError> {
    let header = String::from_utf8_lossy(header);
    let names: Vec<&str> = header
        .trim_end()
        .split(',')
        .map(|n| n.trim_matches('"'))
        .collect();
    let find = |column: &'static str| {
        let at = names.iter().position(|name| *name == column);
        at.ok_or_else(|| AccountingError::NoColumn {
            path: file.path.clone(),
            column,
        })
    };
    Ok(Columns {
        topic: match file.rows_of {
            RowsOf::Letters => Some(find("source_topic")?),
            RowsOf::Topic(_) => None,
        },
        partition: find("source_partition")?,
        offset: find("source_offset")?,
    })
}

/// The line, from 1, that the byte at `position` is on. Only called for findings.
fn line_at(path: &Path, position: u64) -> io::Result<u64> {
    let mut reader =
        BufReader::with_capacity(ACCOUNTING_READ_BYTES, File::open(path)?).take(position);
    let mut line = 1;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(line);
        }
        line += buffer.split(|byte| *byte == b'\n').skip(1).count() as u64;
        let length = buffer.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests;

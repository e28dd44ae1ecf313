//! A row by its line, or by the source record that it stands for.
//!
//! Rows of one source partition are in the order of their offsets (the sink refuses others), so a row is
//! found by halving the file, however long it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::limits::{PROBE_BYTES, ROW_MAX_BYTES};

use super::tail::rows;

/// A row that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundRow {
    /// Its line in the file, from 1; the header is line 1.
    pub(crate) line: u64,
    pub(crate) header: Vec<String>,
    pub(crate) cells: Vec<String>,
}

impl FoundRow {
    pub(crate) fn cell(&self, column: &str) -> Option<&str> {
        let index = self.header.iter().position(|name| name == column)?;
        self.cells.get(index).map(String::as_str)
    }
}

/// A file that is searched.
struct Rows {
    file: BufReader<File>,
    /// Where in the file the next byte is read.
    position: u64,
    header: Vec<String>,
    /// Where the rows begin and end.
    begin: u64,
    end: u64,
}

/// A row and where it is.
struct Placed {
    at: u64,
    next: u64,
    cells: Vec<String>,
}

impl Rows {
    fn open(path: &Path, length: u64) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(PROBE_BYTES as usize, File::open(path)?);
        let mut header = Vec::new();
        file.by_ref()
            .take(ROW_MAX_BYTES as u64)
            .read_until(b'\n', &mut header)?;
        let begin = header.len() as u64;
        let header = rows(&header).pop().unwrap_or_default();
        Ok(Self {
            file,
            position: begin,
            header,
            begin,
            end: length.max(begin),
        })
    }

    /// Goes to a place; staying where one is keeps what was read ahead.
    fn go(&mut self, at: u64) -> io::Result<()> {
        if self.position != at {
            self.file.seek(SeekFrom::Start(at))?;
            self.position = at;
        }
        Ok(())
    }

    /// Reads a line, at most up to `max_bytes`.
    fn line(&mut self, bytes: &mut Vec<u8>, max_bytes: u64) -> io::Result<usize> {
        let read = self
            .file
            .by_ref()
            .take(max_bytes)
            .read_until(b'\n', bytes)?;
        self.position += read as u64;
        Ok(read)
    }

    /// The row that begins at `at`.
    fn row_at(&mut self, at: u64) -> io::Result<Option<Placed>> {
        if at >= self.end {
            return Ok(None);
        }
        self.go(at)?;
        let mut bytes = Vec::new();
        let most = (self.end - at).min(ROW_MAX_BYTES as u64);
        // A line break within quotes is part of the row.
        loop {
            let room = most.saturating_sub(bytes.len() as u64);
            let is_open = self.line(&mut bytes, room)? > 0
                && memchr::memchr_iter(b'"', &bytes).count() % 2 == 1;
            if !is_open {
                break;
            }
        }
        let mut found = rows(&bytes);
        let cells = if found.len() == 1 {
            found.pop().unwrap_or_default()
        } else {
            Vec::new()
        };
        Ok(Some(Placed {
            at,
            next: at + bytes.len() as u64,
            cells,
        }))
    }

    /// The first row that begins behind `at`: behind the next line break after which a row makes sense.
    fn row_behind(&mut self, at: u64) -> io::Result<Option<Placed>> {
        let mut at = at;
        loop {
            self.go(at)?;
            let mut line = Vec::new();
            if self.line(&mut line, self.end.saturating_sub(at))? == 0 {
                return Ok(None);
            }
            at += line.len() as u64;
            match self.row_at(at)? {
                Some(row) if row.cells.len() == self.header.len() => return Ok(Some(row)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    fn found(mut self, row: Placed) -> io::Result<FoundRow> {
        self.file.seek(SeekFrom::Start(0))?;
        let line = count_lines(&mut self.file.take(row.at))? + 1;
        Ok(FoundRow {
            line,
            header: self.header,
            cells: row.cells,
        })
    }
}

fn count_lines(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut lines = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', buffer).count() as u64;
        let length = buffer.len();
        reader.consume(length);
    }
}

/// The row that begins on a line, from 1.
pub(crate) fn find_line(path: &Path, length: u64, line: u64) -> io::Result<Option<FoundRow>> {
    let mut rows = Rows::open(path, length)?;
    rows.file.seek(SeekFrom::Start(0))?;
    let mut at = 0;
    let mut left = line.saturating_sub(1);
    while left > 0 {
        let buffer = rows.file.fill_buf()?;
        if buffer.is_empty() || at >= rows.end {
            return Ok(None);
        }
        let breaks = memchr::memchr_iter(b'\n', buffer).count() as u64;
        let used = if breaks < left {
            left -= breaks;
            buffer.len()
        } else {
            let last = memchr::memchr_iter(b'\n', buffer).nth(left as usize - 1);
            left = 0;
            last.map_or(buffer.len(), |end| end + 1)
        };
        at += used as u64;
        rows.file.consume(used);
    }
    rows.position = at;
    let row = if line > 1 { rows.row_at(at)? } else { None };
    let row = row.filter(|row| row.cells.len() == rows.header.len());
    Ok(row.map(|row| FoundRow {
        line,
        header: rows.header,
        cells: row.cells,
    }))
}

/// The row of a source record; `topic` where the file has rows of several topics.
pub(crate) fn find_source(
    path: &Path,
    length: u64,
    topic: Option<&str>,
    partition: i32,
    offset: i64,
) -> io::Result<Option<FoundRow>> {
    let mut rows = Rows::open(path, length)?;
    let columns = (
        rows.column("source_partition"),
        rows.column("source_offset"),
    );
    let (Some(partition_at), Some(offset_at)) = columns else {
        return Ok(None);
    };
    let topic_at = rows.column("source_topic");
    let number =
        |row: &Placed, at: usize| row.cells.get(at).and_then(|cell| cell.parse::<i64>().ok());
    let is_of_partition = |row: &Placed| {
        let same_topic = topic.is_none_or(|topic| {
            topic_at.is_some_and(|at| row.cells.get(at).is_some_and(|cell| cell == topic))
        });
        same_topic && number(row, partition_at) == Some(i64::from(partition))
    };
    // All rows of the partition that begin before `low` have smaller offsets.
    let (mut low, mut high) = (rows.begin, rows.end);
    while high - low > PROBE_BYTES {
        let middle = low + (high - low) / 2;
        let mut probe = rows.row_behind(middle)?;
        while let Some(row) = probe.take_if(|row| row.at < high) {
            if is_of_partition(&row) {
                probe = Some(row);
                break;
            }
            probe = rows.row_at(row.next)?;
        }
        match probe {
            Some(row) if is_of_partition(&row) => match number(&row, offset_at) {
                Some(found) if found == offset => return rows.found(row).map(Some),
                Some(found) if found < offset => low = row.next,
                _ => high = middle,
            },
            // None of the partition in the second half.
            _ => high = middle,
        }
    }
    // A row may begin before `high` and end behind it; the one at `low` is whole.
    let mut row = rows.row_at(low)?;
    while let Some(found) = row {
        if is_of_partition(&found) {
            match number(&found, offset_at) {
                Some(at) if at == offset => return rows.found(found).map(Some),
                Some(at) if at > offset => return Ok(None),
                _ => {}
            }
        }
        row = rows.row_at(found.next)?;
        if row.as_ref().is_some_and(|row| row.at > high + PROBE_BYTES) {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Rows of three partitions in turn, some with line breaks in them.
    fn file(rows: u64) -> (tempfile::TempDir, std::path::PathBuf, u64) {
        let mut text = "name,source_partition,source_offset\n".to_owned();
        for number in 0..rows {
            let name = if number % 7 == 0 {
                "\"two\nlines\""
            } else {
                "one"
            };
            let _ = writeln!(text, "{name},{},{}", number % 3, number / 3 * 2);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, &text).unwrap();
        (dir, path, text.len() as u64)
    }

    #[test]
    fn every_row_is_found_by_its_source_and_again_by_its_line() {
        let (_dir, path, length) = file(60_000);
        for number in (0..60_000).step_by(997).chain([59_999]) {
            let (partition, offset) = (number % 3, i64::from(number / 3 * 2));
            let found = find_source(&path, length, None, partition, offset).unwrap();
            let found = found.unwrap_or_else(|| panic!("row {number}"));
            assert_eq!(found.cell("source_offset"), Some(&*offset.to_string()));
            assert_eq!(
                found.cell("source_partition"),
                Some(&*partition.to_string())
            );
            assert_eq!(
                find_line(&path, length, found.line).unwrap(),
                Some(found),
                "row {number}"
            );
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let (_dir, path, length) = file(10_000);
        for (partition, offset) in [(0, 1), (0, 1_000_000), (9, 0), (2, -1)] {
            assert_eq!(
                find_source(&path, length, None, partition, offset).unwrap(),
                None
            );
        }
        assert_eq!(
            find_line(&path, length, 1).unwrap(),
            None,
            "the header is no row"
        );
        assert_eq!(find_line(&path, length, 1_000_000).unwrap(), None);
        assert_eq!(
            find_line(&path, length, 3).unwrap(),
            None,
            "the middle of a row"
        );
    }

    #[test]
    fn a_partition_whose_rows_are_all_at_the_beginning_is_searched_as_well() {
        let mut text = "name,source_partition,source_offset\n".to_owned();
        for number in 0..20_000 {
            let partition = i32::from(number >= 100);
            let _ = writeln!(text, "row,{partition},{number}");
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, &text).unwrap();
        let found = find_source(&path, text.len() as u64, None, 0, 42)
            .unwrap()
            .unwrap();
        assert_eq!(found.line, 44);
    }
}

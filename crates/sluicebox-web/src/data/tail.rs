//! The last rows of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::limits::{ROW_MAX_BYTES, TAIL_BYTES};

/// The last rows of a file, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Tail {
    /// Where a column is.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }
}

/// Reads the last rows within the committed `length`.
pub(super) fn read(path: &Path, length: u64) -> io::Result<Tail> {
    if length == 0 {
        return Ok(Tail::default());
    }
    let mut reader = BufReader::new(File::open(path)?);
    let mut header = Vec::new();
    reader
        .by_ref()
        .take(ROW_MAX_BYTES as u64)
        .read_until(b'\n', &mut header)?;
    let start = length.saturating_sub(TAIL_BYTES).max(header.len() as u64);
    reader.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    reader
        .take(length.saturating_sub(start))
        .read_to_end(&mut bytes)?;
    let whole = if start == header.len() as u64 {
        0
    } else {
        bytes
            .iter()
            .position(|b| *b == b'\n')
            .map_or(bytes.len(), |at| at + 1)
    };
    let mut tail = Tail {
        header: rows(&header).pop().unwrap_or_default(),
        rows: rows(&bytes[whole..]),
    };
    // A line break within quotes may have been taken for the end of a row.
    let columns = tail.header.len();
    tail.rows.retain(|row| row.len() == columns);
    Ok(tail)
}

/// The rows in some bytes of RFC 4180.
pub(super) fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let records = reader.byte_records().filter_map(Result::ok);
    records
        .map(|record| {
            record
                .iter()
                .map(|cell| String::from_utf8_lossy(cell).into_owned())
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_rows_within_the_committed_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let text = "a,b\n1,\"x,\n\"\"y\"\"\"\n2,z\n3,uncommitted\n";
        std::fs::write(&path, text).unwrap();
        let length = text.find("3,").unwrap() as u64;
        let tail = read(&path, length).unwrap();
        assert_eq!(tail.header, ["a", "b"]);
        assert_eq!(tail.rows, [["1", "x,\n\"y\""], ["2", "z"]]);
        assert_eq!(tail.column("b"), Some(1));
        assert_eq!(read(&path, 0).unwrap(), Tail::default());
    }

    #[test]
    fn of_a_long_file_only_the_end_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let row = format!("{},x\n", "1".repeat(999));
        let text = format!("a,b\n{}", row.repeat(2_000));
        std::fs::write(&path, &text).unwrap();
        let tail = read(&path, text.len() as u64).unwrap();
        assert!((240..270).contains(&tail.rows.len()), "{}", tail.rows.len());
        assert!(tail.rows.iter().all(|row| row[0].len() == 999));
    }
}

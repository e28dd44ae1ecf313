//! Reading single rows again, to say what is wrong with them.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use super::files::DataFile;
use crate::csv_rows::{Next, RowReader};
use crate::limits::VERIFY_QUOTED_CHARS;

/// The row at `position` of a file, its line end included; what is left of the file when it has none.
pub(super) fn row_at(file: &DataFile, position: u64, row_max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut opened = File::open(&file.path)?;
    opened.seek(SeekFrom::Start(position))?;
    let mut reader = RowReader::with_buffer(opened, position, row_max_bytes, 4 * 1024);
    Ok(match reader.next()? {
        Next::Row(row) => row.bytes.to_vec(),
        Next::Unfinished(_) | Next::End => Vec::new(),
    })
}

/// The fields of a row.
pub(super) fn fields(row: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = RowReader::with_buffer(row, 0, row.len(), row.len() + 1);
    match reader.next() {
        Ok(Next::Row(row)) => (0..row.len())
            .filter_map(|at| row.field(at))
            .map(<[u8]>::to_vec)
            .collect(),
        _ => Vec::new(),
    }
}

/// Names the first column in which a row is not what it should be.
pub(super) fn difference(header: &str, found: &[u8], expected: &[u8]) -> String {
    let (found, expected) = (fields(found), fields(expected));
    if found.len() != expected.len() {
        return format!("{} fields, expected {}", found.len(), expected.len());
    }
    let differ = found.iter().zip(&expected).position(|(a, b)| a != b);
    let Some(at) = differ else {
        return "no column differs; the line end does".to_owned();
    };
    let name = header.split(',').nth(at).unwrap_or("a column");
    format!(
        "{name} is {}, expected {}",
        quoted(&found[at]),
        quoted(&expected[at])
    )
}

/// A value for people, shortened.
pub(super) fn quoted(value: &[u8]) -> String {
    if value.is_empty() {
        return "empty".to_owned();
    }
    let text = String::from_utf8_lossy(value);
    let mut shown: String = text.chars().take(VERIFY_QUOTED_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_that_differs_is_named() {
        let said = difference("a,b,c", b"1,2,3\n", b"1,\"x\ny\",4\n");
        assert_eq!(said, "b is `2`, expected `\\\"x\\ny\\\"`");
        assert_eq!(difference("a,b", b"1\n", b"1,2\n"), "1 fields, expected 2");
        assert_eq!(
            difference("a,b", b"1,\n", b"1,2\n"),
            "b is empty, expected `2`"
        );
    }
}

//! From positions in files to lines: one pass over each file that has findings.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use super::files::DataFile;
use super::finding::Finding;
use crate::limits::ACCOUNTING_READ_BYTES;

/// Fills in the lines of findings whose position is known. A file that is gone has no lines.
pub(super) fn number(findings: &mut [Finding], files: &[DataFile]) -> io::Result<()> {
    for file in files {
        let mut places: Vec<(u64, &mut Option<u64>)> = findings
            .iter_mut()
            .filter(|finding| finding.place.file.as_deref() == Some(file.name.as_str()))
            .filter_map(|finding| Some((finding.place.position?, &mut finding.place.line)))
            .collect();
        if places.is_empty() {
            continue;
        }
        places.sort_by_key(|(position, _)| *position);
        let mut reader = BufReader::with_capacity(ACCOUNTING_READ_BYTES, File::open(&file.path)?);
        let (mut at, mut line) = (0, 1);
        for (position, found) in places {
            line += line_ends(&mut reader, position - at)?;
            at = position;
            *found = Some(line);
        }
    }
    Ok(())
}

/// Counts the line ends in the next `bytes` bytes.
fn line_ends(reader: &mut impl BufRead, bytes: u64) -> io::Result<u64> {
    let mut part = reader.take(bytes);
    let mut count = 0;
    loop {
        let buffer = part.fill_buf()?;
        if buffer.is_empty() {
            return Ok(count);
        }
        count += buffer.split(|byte| *byte == b'\n').skip(1).count() as u64;
        let length = buffer.len();
        part.consume(length);
    }
}

//! The good records: each is one row, as it was produced.

use std::path::Path;

use super::sender::good_from;
use crate::error::{ChaosError, Result};
use crate::ledger::{Event, Stream};

/// What is wrong with the rows of the first `count` good records.
pub(super) fn wrong_rows(dir: &Path, count: u64) -> Result<Vec<String>> {
    let mut numbers = Vec::new();
    let mut wrong = Vec::new();
    for stream in Stream::ALL {
        let path = dir.join(stream.file());
        let unreadable = |error: csv::Error| {
            ChaosError::Finding(format!("{} is not readable CSV: {error}", path.display()))
        };
        let mut reader = csv::Reader::from_path(&path).map_err(unreadable)?;
        let header = reader.headers().map_err(unreadable)?.clone();
        for row in reader.records() {
            let row = row.map_err(unreadable)?;
            let cell = |column: &str| {
                let at = header.iter().position(|name| name == column);
                at.and_then(|at| row.get(at)).unwrap_or_default()
            };
            match Event::at(cell("timestamp")) {
                Some(event)
                    if event.stream() == stream
                        && event
                            .columns()
                            .iter()
                            .all(|(name, text)| cell(name) == text) =>
                {
                    numbers.push(event.0);
                }
                _ => wrong.push(format!(
                    "{}: not a row that was produced: {row:?}",
                    stream.file()
                )),
            }
        }
    }
    numbers.sort_unstable();
    let mut next = 0;
    let mut expected = std::iter::from_fn(|| {
        let event = good_from(next);
        next = event.0 + 1;
        Some(event.0)
    });
    let expected: Vec<u64> = expected.by_ref().take(count as usize).collect();
    if numbers != expected {
        wrong.push(format!(
            "{} rows of good records, or others, instead of {count}, each once",
            numbers.len()
        ));
    }
    Ok(wrong)
}

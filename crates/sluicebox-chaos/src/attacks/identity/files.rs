//! The numbers of the records in a directory, read without any code of the product.

use std::path::Path;

use crate::error::{ChaosError, Result, found};
use crate::ledger::{Event, Stream};

/// Of all rows and letters, in no order.
pub(super) fn numbers(directory: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for stream in Stream::ALL {
        let path = directory.join(stream.file());
        read(&path, "timestamp", Event::at, &mut numbers)?;
    }
    let path = directory.join("dead_letters.csv");
    read(&path, "value", Event::in_value, &mut numbers)?;
    Ok(numbers)
}

fn read(
    path: &Path,
    column: &str,
    event: impl Fn(&str) -> Option<Event>,
    numbers: &mut Vec<u64>,
) -> Result<()> {
    let unreadable = |error: csv::Error| {
        ChaosError::Finding(format!("{} is not readable CSV: {error}", path.display()))
    };
    if !path.exists() {
        return Ok(());
    }
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let Some(at) = header.iter().position(|name| name == column) else {
        return found(format!("{} has no column {column}", path.display()));
    };
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        match row.get(at).and_then(&event) {
            Some(Event(number)) => numbers.push(number),
            None => return found(format!("{} has a row of nobody", path.display())),
        }
    }
    Ok(())
}

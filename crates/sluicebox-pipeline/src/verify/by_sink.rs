//! Letters of the sink about records of the processed topic: what they could not be read as, they may be
//! read as here, and then stand for the source record that they name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluicebox_event::Plans;

use crate::csv_rows::Row;
use crate::lineage::{Lineage, LineageReader};

/// Columns of a letter's row.
const STAGE: usize = 4;
const VALUE: usize = 9;
const ENCODING: usize = 10;

/// Which source record the record is of that a letter of the sink holds.
pub(super) fn named(reader: &mut LineageReader, plans: &Plans, row: &Row<'_>) -> Option<Lineage> {
    if row.field(STAGE)? != b"sink" {
        return None;
    }
    let text = unquoted(row.field(VALUE)?);
    let value = match row.field(ENCODING)?.trim_ascii_end() {
        b"utf8" => text,
        b"base64" => STANDARD.decode(text).ok()?,
        _ => return None,
    };
    reader.of_value(plans, Some(&value))
}

/// A field without its quotes.
fn unquoted(field: &[u8]) -> Vec<u8> {
    let inner = field
        .strip_prefix(b"\"")
        .and_then(|it| it.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return field.to_vec();
    };
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        text.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_stand_for_quotes_are_one() {
        assert_eq!(unquoted(b"plain"), b"plain");
        assert_eq!(unquoted(br#""{""a"":1}""#), br#"{"a":1}"#);
        assert_eq!(unquoted(b"\"\""), b"");
    }
}

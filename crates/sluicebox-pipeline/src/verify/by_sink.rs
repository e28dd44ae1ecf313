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
    let value = decoded(row.field(VALUE)?, row.field(ENCODING)?).ok()??;
    reader.of_value(plans, Some(&value))
}

/// Columns that hold no part of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPart;

/// A part of the record that a letter is about, from its columns; it may be null.
pub(super) fn decoded(text: &[u8], encoding: &[u8]) -> Result<Option<Vec<u8>>, NoPart> {
    let text = unquoted(text);
    match encoding.trim_ascii_end() {
        b"utf8" => Ok(Some(text)),
        b"base64" => STANDARD.decode(text).map(Some).map_err(|_| NoPart),
        b"null" if text.is_empty() => Ok(None),
        _ => Err(NoPart),
    }
}

/// A field without its quotes.
pub(super) fn unquoted(field: &[u8]) -> Vec<u8> {
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
    fn a_part_is_read_back_in_every_encoding() {
        let some = |bytes: &[u8]| Ok(Some(bytes.to_vec()));
        assert_eq!(decoded(b"\"a,\"\"b\"", b"utf8"), some(b"a,\"b"));
        assert_eq!(decoded(b"/wA=", b"base64\n"), some(&[0xff, 0]));
        assert_eq!(decoded(b"", b"null\n"), Ok(None));
        assert_eq!(
            (decoded(b"x", b"null"), decoded(b"-", b"base64")),
            (Err(NoPart), Err(NoPart))
        );
    }

    #[test]
    fn quotes_that_stand_for_quotes_are_one() {
        assert_eq!(unquoted(b"plain"), b"plain");
        assert_eq!(unquoted(br#""{""a"":1}""#), br#"{"a":1}"#);
        assert_eq!(unquoted(b"\"\""), b"");
    }
}

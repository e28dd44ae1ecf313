//! CSV (RFC 4180) for the record path: UTF-8, `\n` after each row, quotes only where needed.

use sluicebox_faults::planted;

/// Appends a text column. Quoted when it holds a separator, a quote or a line break, and when it
/// is empty: so a careful reader can tell an empty text (`""`) from an absent one.
#[inline]
pub(crate) fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    if text.is_empty()
        || text
            .iter()
            .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r') && !unquoted(*byte))
    {
        write_quoted(out, text);
    } else {
        out.extend_from_slice(text);
    }
}

/// The planted bug.
fn unquoted(byte: u8) -> bool {
    planted!("csv-does-not-quote-carriage-returns") && byte == b'\r'
}

/// Appends a text column, with `'` before a text that a spreadsheet would take for a formula
/// (OWASP, "CSV Injection": `=`, `+`, `-`, `@`, tab, carriage return first).
pub(crate) fn write_guarded(out: &mut Vec<u8>, text: &[u8]) {
    if !starts_formula(text) {
        return write_text(out, text);
    }
    let mut guarded = Vec::with_capacity(text.len() + 1);
    guarded.push(b'\'');
    guarded.extend_from_slice(text);
    write_text(out, &guarded);
}

/// Whether a spreadsheet would take a cell of this text for a formula.
pub(crate) fn starts_formula(text: &[u8]) -> bool {
    matches!(
        text.first(),
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
    )
}

fn write_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'"') {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'"');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{write_guarded, write_text};
    use proptest::prelude::*;

    fn read_back(row: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(row);
        let rows: Vec<_> = reader.byte_records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        rows[0].iter().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn formulas_are_guarded_and_other_texts_are_not() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@a,b", "\"'@a,b\""),
            ("\tx", "'\tx"),
            ("a=1", "a=1"),
            ("", "\"\""),
        ] {
            let mut out = Vec::new();
            write_guarded(&mut out, text.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), cell);
        }
    }

    proptest! {
        #[test]
        fn the_csv_crate_reads_the_same_texts(texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 2..6)) {
            let mut row = Vec::new();
            for (index, text) in texts.iter().enumerate() {
                if index > 0 { row.push(b','); }
                write_text(&mut row, text);
            }
            row.push(b'\n');
            prop_assert_eq!(read_back(&row), texts);
        }

        #[test]
        fn awkward_texts_survive(texts in prop::collection::vec("[,\"\n\r\0a ']{0,6}", 2..4)) {
            let mut row = Vec::new();
            for (index, text) in texts.iter().enumerate() {
                if index > 0 { row.push(b','); }
                write_text(&mut row, text.as_bytes());
            }
            row.push(b'\n');
            let expected: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
            prop_assert_eq!(read_back(&row), expected);
        }
    }
}

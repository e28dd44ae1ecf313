//! Our scanner and writers against `serde_json` and csv.

use super::{NOW_MS, letters, process, row};
use serde_json::Value;
use sluicebox_event::{Plans, Reason, Row, SourceRecord, StreamId};

/// Members of a processed record that do not repeat the source's: they are written by the plan, or
/// converted by an enrichment.
const OURS: [&str; 8] = [
    "type",
    "timestamp",
    "status",
    "category",
    "processed_at",
    "source",
    "packed",
    "weight",
];

/// Checks what must hold for any key and value of a stream's topic.
///
/// # Panics
/// When it does not.
pub fn check(plans: &Plans, stream: StreamId, key: Option<&[u8]>, value: &[u8]) {
    let record = SourceRecord {
        topic: plans.streams()[stream.index()].source_topic(),
        partition: 3,
        offset: 42,
        timestamp_ms: NOW_MS - 500,
        key,
        value: Some(value),
    };
    let ours = process(plans, stream, &record);
    let theirs = serde_json::from_slice::<Value>(value);
    let theirs_alone = |error: &serde_json::Error| {
        // serde_json reads every number into a double and every value to 127 levels; a field that
        // the stream does not know may go beyond both.
        let text = error.to_string();
        text.starts_with("number out of range") || text.starts_with("recursion limit")
    };
    match (&ours, &theirs) {
        (Ok((_, json)), Ok(source)) => check_output(plans, json, source),
        (Ok(_), Err(error)) => assert!(theirs_alone(error), "accepted what is no JSON: {error}"),
        (Err(reject), Ok(_)) => assert!(!is_about_syntax(reject.reason), "{reject}"),
        (Err(reject), Err(error)) => {
            // The key is looked at first; a duplicate and an unknown member, and nesting, are found
            // before the rest is read.
            let early = matches!(
                reject.reason,
                Reason::MissingKey | Reason::DuplicateKey | Reason::UnknownField | Reason::TooDeep
            );
            assert!(
                theirs_alone(error) || early || is_about_syntax(reject.reason),
                "{reject} / {error}"
            );
        }
    }
    if let Err(reject) = ours {
        letters::check_letter(plans, &record, &reject);
    }
}

/// Rejects that say: this is not JSON.
fn is_about_syntax(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::EmptyValue
            | Reason::ByteOrderMark
            | Reason::InvalidUtf8
            | Reason::InvalidJson
            | Reason::TruncatedJson
            | Reason::TrailingBytes
            | Reason::LoneSurrogate
    )
}

/// The output is JSON with the values of the source, and its row reads back.
fn check_output(plans: &Plans, json: &[u8], source: &Value) {
    let written: Value = serde_json::from_slice(json).expect("what is written is JSON");
    for (name, value) in written.as_object().expect("what is written is an object") {
        let Some(original) = source.get(name) else {
            continue;
        };
        match (value, original) {
            // What the plan writes itself is not the source's.
            _ if OURS.contains(&name.as_str()) => {}
            (Value::Number(ours), Value::Number(theirs)) => {
                assert_eq!(ours.as_f64(), theirs.as_f64(), "{name}");
            }
            (ours, theirs) if !theirs.is_null() => assert_eq!(ours, theirs, "{name}"),
            _ => {}
        }
    }
    let (facts, csv) = row(plans, json).expect("the sink reads what the processor writes");
    assert_eq!((facts.source_partition, facts.source_offset), (3, 42));
    assert_eq!(facts.source_timestamp_ms, NOW_MS - 500);
    assert_eq!(facts.processed_at_ms, NOW_MS);
    check_row(plans, &facts, json, &csv);
}

/// The row reads back with the csv crate, with the values that the record has.
pub(super) fn check_row(plans: &Plans, facts: &Row, json: &[u8], csv: &[u8]) {
    assert_eq!(csv.last(), Some(&b'\n'), "a row ends its line");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv);
    let rows: Vec<_> = reader
        .records()
        .map(|row| row.expect("a row is CSV"))
        .collect();
    assert_eq!(rows.len(), 1, "a record is one row");
    let header = plans.streams()[facts.stream.index()].csv_header();
    assert_eq!(rows[0].len(), header.split(',').count());
    let Ok(written) = serde_json::from_slice::<Value>(json) else {
        // A number in a member that no column has may be beyond what serde_json reads.
        return;
    };
    let guard = plans.options().csv_formula_guard;
    for (column, cell) in header.split(',').zip(&rows[0]) {
        match written.get(column) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => assert!(
                cell == text || guard && cell.strip_prefix('\'') == Some(text),
                "{column}: {cell:?} for {text:?}"
            ),
            Some(Value::Number(number)) => {
                assert_eq!(cell.parse::<f64>().ok(), number.as_f64(), "{column}");
            }
            Some(other) => assert_eq!(cell, other.to_string(), "{column}"),
        }
    }
}

//! Dead letters keep what they are about, in the topic and in the file.

use super::NOW_MS;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluicebox_event::dead_letter::{Letter, Stage};
use sluicebox_event::{Plans, Reject, SourceRecord};

/// Room that cuts nothing: what fuzzing finds is small.
const LETTER_MAX_BYTES: usize = 2 << 20;

/// A processor's letter: key and value as they came, and a row that reads back to them.
pub(super) fn check_letter(plans: &Plans, record: &SourceRecord<'_>, reject: &Reject) {
    let letter = Letter::new(record, [], Stage::Process, reject, LETTER_MAX_BYTES);
    assert_eq!((letter.key, letter.value), (record.key, record.value));
    let sent = SourceRecord {
        topic: "dead_letters",
        partition: 0,
        offset: 0,
        timestamp_ms: NOW_MS,
        ..*record
    };
    let headers = letter
        .headers
        .iter()
        .map(|(name, value)| (name, Some(value)));
    let mut out = Vec::new();
    let source = plans
        .letter_row(&sent, headers, &mut out)
        .expect("the sink reads a letter of the processor");
    assert_eq!(
        (source.topic.as_str(), source.partition, source.offset),
        (record.topic, record.partition, record.offset)
    );
    check_row(&out, record, reject, Stage::Process);
}

/// A sink's letter: a row of its own.
pub(super) fn check_sink_letter(plans: &Plans, record: &SourceRecord<'_>, reject: &Reject) {
    let mut out = Vec::new();
    plans.sink_letter_row(record, reject, NOW_MS, &mut out);
    check_row(&out, record, reject, Stage::Sink);
}

fn check_row(csv: &[u8], record: &SourceRecord<'_>, reject: &Reject, stage: Stage) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv);
    let rows: Vec<_> = reader
        .records()
        .map(|row| row.expect("a letter is CSV"))
        .collect();
    assert_eq!(rows.len(), 1, "a letter is one row");
    let row = &rows[0];
    let facts = [
        record.topic,
        &record.partition.to_string(),
        &record.offset.to_string(),
        "2024-05-01T12:00:00.000Z",
        stage.code(),
        reject.reason.code(),
        &reject.message,
    ];
    assert_eq!(row.iter().take(facts.len()).collect::<Vec<_>>(), facts);
    assert_eq!(decoded(&row[7], &row[8]).as_deref(), record.key);
    assert_eq!(decoded(&row[9], &row[10]).as_deref(), record.value);
    assert_eq!(row.len(), 11);
}

fn decoded(cell: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "utf8" => Some(cell.as_bytes().to_vec()),
        "base64" => Some(STANDARD.decode(cell).expect("base64 is base64")),
        _ => {
            assert_eq!((cell, encoding), ("", "null"));
            None
        }
    }
}

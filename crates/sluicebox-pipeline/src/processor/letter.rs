//! From a rejected record to a dead letter.

use sluicebox_event::dead_letter::{Letter, Stage};
use sluicebox_event::{Reject, SourceRecord};
use sluicebox_kafka::{OutBatch, RecordRef};

/// Appends the letter of a record: key, value and headers as they came, then ours.
pub(super) fn push_letter(
    letters: &mut OutBatch,
    source: &SourceRecord<'_>,
    record: &RecordRef<'_>,
    reject: &Reject,
    letter_bytes_max: usize,
) {
    let original = record.headers();
    let letter = Letter::new(source, original, Stage::Process, reject, letter_bytes_max);
    let original = record.headers().take(letter.original_headers);
    let ours = letter
        .headers
        .iter()
        .map(|(name, value)| (name, Some(value)));
    let headers: Vec<(&str, Option<&[u8]>)> = original.chain(ours).collect();
    letters.push_with_headers(letter.key, letter.value, &headers);
}

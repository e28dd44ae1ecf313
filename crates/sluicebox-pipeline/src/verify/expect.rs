//! What the definitions give for a record: the row that should stand for it.

use sluicebox_event::dead_letter::{Letter, Stage};
use sluicebox_event::{Plans, Reason, Reject, Scratch, SourceRecord, StreamId};
use sluicebox_kafka::RecordRef;

use super::files::RowsOf;
use crate::processor::process::process;

/// Makes rows; what it needs for that is reused.
pub(super) struct Expect<'a> {
    plans: &'a Plans,
    dead_letters: &'a str,
    record_bytes_max: usize,
    scratch: Scratch,
    json: Vec<u8>,
    row: Vec<u8>,
    letter_key_bytes: usize,
}

/// What should stand for a record, and where.
pub(super) struct Expected<'a> {
    pub(super) rows_of: RowsOf,
    pub(super) row: &'a [u8],
    /// Why the record is a letter.
    pub(super) reject: Option<Reject>,
}

impl<'a> Expect<'a> {
    pub(super) fn new(plans: &'a Plans, dead_letters: &'a str, record_bytes_max: usize) -> Self {
        Self {
            plans,
            dead_letters,
            record_bytes_max,
            scratch: Scratch::default(),
            json: Vec::new(),
            row: Vec::new(),
            letter_key_bytes: usize::MAX,
        }
    }

    /// The row of a source record that is processed at `now_ms`; a letter of it says that it failed at
    /// `failed_at_ms`.
    pub(super) fn of(
        &mut self,
        stream: StreamId,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        now_ms: i64,
        failed_at_ms: i64,
    ) -> Expected<'_> {
        let limit = self.record_bytes_max;
        self.of_within(limit, stream, source, record, now_ms, failed_at_ms)
    }

    /// As [`of`](Self::of), where output records may have this many bytes.
    pub(super) fn of_within(
        &mut self,
        record_bytes_max: usize,
        stream: StreamId,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        now_ms: i64,
        failed_at_ms: i64,
    ) -> Expected<'_> {
        self.json.clear();
        self.row.clear();
        self.letter_key_bytes = usize::MAX;
        let made = process(
            self.plans,
            stream,
            &mut self.scratch,
            source,
            now_ms,
            record_bytes_max,
            &mut self.json,
        );
        let made = made.and_then(|_| {
            self.plans
                .csv_row(&mut self.scratch, Some(&self.json), &mut self.row)
        });
        match made {
            Ok(row) => Expected {
                rows_of: RowsOf::Stream(row.stream),
                row: &self.row,
                reject: None,
            },
            Err(reject) => {
                self.letter(record_bytes_max, source, record, &reject, failed_at_ms);
                Expected {
                    rows_of: RowsOf::Letters,
                    row: &self.row,
                    reject: Some(reject),
                }
            }
        }
    }

    /// What of a source record's key the letter has that was made last.
    pub(super) fn letter_key<'k>(&self, key: Option<&'k [u8]>) -> Option<&'k [u8]> {
        key.map(|key| &key[..key.len().min(self.letter_key_bytes)])
    }

    fn letter(
        &mut self,
        limit: usize,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        reject: &Reject,
        failed_at_ms: i64,
    ) {
        let letter = Letter::new(source, record.headers(), Stage::Process, reject, limit);
        self.letter_key_bytes = letter.key.map_or(0, <[u8]>::len);
        let original = record.headers().take(letter.original_headers);
        let ours = letter.headers.iter();
        let headers = original.chain(ours.map(|(name, value)| (name, Some(value))));
        let sent = SourceRecord {
            topic: self.dead_letters,
            partition: 0,
            offset: 0,
            timestamp_ms: failed_at_ms,
            key: letter.key,
            value: letter.value,
        };
        self.row.clear();
        let written = self.plans.letter_row(&sent, headers, &mut self.row);
        debug_assert!(written.is_ok(), "our own headers say all there is to say");
    }

    /// The letter that the sink writes about a record of an output topic at `failed_at_ms`; `None` when
    /// it can read the record, and writes none.
    pub(super) fn of_sink(
        &mut self,
        is_letter: bool,
        sent: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        failed_at_ms: i64,
    ) -> Option<&[u8]> {
        self.row.clear();
        let reject = if is_letter {
            self.plans
                .letter_row(sent, record.headers(), &mut self.row)
                .err()
        } else {
            self.plans
                .csv_row(&mut self.scratch, sent.value, &mut self.row)
                .err()
        }?;
        self.row.clear();
        self.plans
            .sink_letter_row(sent, &reject, failed_at_ms, &mut self.row);
        Some(&self.row)
    }
}

/// Whether a record may have been refused for this at one time and not at another.
pub(super) fn depends_on_time(reason: Reason) -> bool {
    reason == Reason::TimestampOutOfWindow
}

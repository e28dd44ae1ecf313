//! One row against what the definitions give for its record.

use sluicebox_event::{Plans, Reason, SourceRecord, StreamId, instant_ms};
use sluicebox_kafka::RecordRef;

use super::entry::{Entry, NO_TIME, hash};
use super::error::VerifyError;
use super::expect::{Expected, depends_on_time};
use super::files::{RowsOf, present_header};
use super::join::Join;
use super::kind::Kind;
use super::rows_again::{difference, fields, row_at};
use super::sizes;
use crate::clock::now_ms;
use crate::limits::VERIFY_REJECT_AGE_MS;

/// Bytes of a time at the end of a message.
const TIME_BYTES: usize = 24;
/// Columns of a letter's row.
pub(super) const REASON_COLUMN: usize = 5;
pub(super) const MESSAGE_COLUMN: usize = 6;

impl Join<'_> {
    /// Compares a row with its source record.
    pub(super) fn check(
        &mut self,
        entry: &Entry,
        stream: StreamId,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
    ) -> Result<(), VerifyError> {
        let at = match entry.at_ms {
            // Nothing in such a row depends on the time.
            NO_TIME => now_ms(),
            at => at,
        };
        let file = &self.files[usize::from(entry.file)];
        let expected = self.expect.of(stream, source, record, at, at);
        let is_equal = hash(expected.row) == entry.hash;
        if is_equal && expected.rows_of == file.rows_of {
            return Ok(());
        }
        if is_equal {
            let detail = match expected.rows_of {
                RowsOf::Stream(stream) => self.plans.streams()[stream.index()].file_name(),
                _ => sluicebox_event::dead_letter::DEAD_LETTERS_FILE.to_owned(),
            };
            self.changed(
                Kind::RowMisplaced,
                entry,
                format!("it belongs into {detail}"),
            );
            return Ok(());
        }
        let found = row_at(file, entry.position, self.row_max_bytes);
        let found = found.map_err(VerifyError::read(&file.path))?;
        let detail = told(self.plans, &expected, file.rows_of, &found);
        let wanted_reason = match expected.rows_of {
            RowsOf::Letters => fields(expected.row).into_iter().nth(REASON_COLUMN),
            _ => None,
        };
        let reject = expected.reject;
        let fields = fields(&found);
        let is_letter = file.rows_of == RowsOf::Letters;
        let stated = fields.get(REASON_COLUMN).filter(|_| is_letter);
        if let Some(stated) = stated
            && is_reason(stated, depends_on_time)
            && self.is_right_at_another_time(entry, stream, source, record, &fields)
        {
            return Ok(());
        }
        let is_size = |code: &[u8]| is_reason(code, |it| it == Reason::TooLarge);
        let for_size = wanted_reason.as_deref().is_some_and(is_size)
            || reject.is_some_and(|it| it.reason == Reason::TooLarge)
            || stated.is_some_and(|stated| is_size(stated));
        let header = present_header(self.plans, file.rows_of);
        let other_columns = file.header.as_deref().is_some_and(|it| Some(it) != header);
        let kind = if is_letter && !other_columns && !sizes::is_of(&fields, source) {
            Kind::RowChanged
        } else if !self.is_plan_certain || other_columns {
            Kind::PlanChanged
        } else if for_size
            && self.is_right_at_another_size(entry, at, stream, source, record, &fields)
        {
            Kind::LimitChanged
        } else {
            Kind::RowChanged
        };
        self.changed(kind, entry, detail);
        Ok(())
    }

    fn changed(&mut self, kind: Kind, entry: &Entry, detail: String) {
        if let Some(stream) = self.counts.streams.get_mut(usize::from(entry.topic)) {
            match kind {
                Kind::RowChanged | Kind::RowMisplaced => stream.changed += 1,
                _ => stream.unprovable += 1,
            }
        }
        self.found(kind, entry, detail);
    }

    /// A letter is sent a moment after its record was refused, and for some reasons that moment counts:
    /// its message ends with a time that tells when it was.
    fn is_right_at_another_time(
        &mut self,
        entry: &Entry,
        stream: StreamId,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        found: &[Vec<u8>],
    ) -> bool {
        let failed_at = entry.at_ms;
        let earliest = failed_at - VERIFY_REJECT_AGE_MS;
        let Some(limit) = found.get(MESSAGE_COLUMN).and_then(|text| last_time(text)) else {
            return false;
        };
        let early = self.expect.of(stream, source, record, earliest, failed_at);
        let message = early.reject.map(|reject| reject.message);
        let Some(early_limit) = message.and_then(|text| last_time(text.as_bytes())) else {
            return false;
        };
        let now = earliest.saturating_add(limit.saturating_sub(early_limit));
        if !(earliest..=failed_at).contains(&now) {
            return false;
        }
        let expected = self.expect.of(stream, source, record, now, failed_at);
        hash(expected.row) == entry.hash
    }

    /// Compares a letter of the sink with the record that it could not read.
    pub(super) fn check_sink_letter(
        &mut self,
        entry: &Entry,
        sent: &SourceRecord<'_>,
        record: &RecordRef<'_>,
    ) -> Result<(), VerifyError> {
        let is_letter = usize::from(entry.topic) != self.topics.sources();
        let expected = self.expect.of_sink(is_letter, sent, record, entry.at_ms);
        if expected.is_some_and(|row| hash(row) == entry.hash) {
            return Ok(());
        }
        let file = &self.files[usize::from(entry.file)];
        let detail = match expected {
            None => {
                "the sink can read the record that it names, and has no letter of it".to_owned()
            }
            Some(expected) => {
                let found = row_at(file, entry.position, self.row_max_bytes);
                let found = found.map_err(VerifyError::read(&file.path))?;
                let header = present_header(self.plans, RowsOf::Letters).unwrap_or_default();
                difference(header, &found, expected)
            }
        };
        let kind = if self.is_plan_certain {
            Kind::RowChanged
        } else {
            Kind::PlanChanged
        };
        self.changed(kind, entry, detail);
        Ok(())
    }
}

/// What is wrong with a row that stands in such a file.
fn told(plans: &Plans, expected: &Expected<'_>, found_of: RowsOf, found: &[u8]) -> String {
    match &expected.reject {
        _ if expected.rows_of == found_of => {
            let header = present_header(plans, found_of).unwrap_or_default();
            difference(header, found, expected.row)
        }
        Some(reject) => format!(
            "the definitions refuse its record ({}: {}), so that it is a dead letter",
            reject.reason.code(),
            reject.message
        ),
        None => "the definitions accept its record".to_owned(),
    }
}

/// Whether a code is that of a reason for which this holds.
pub(super) fn is_reason(code: &[u8], of: impl Fn(Reason) -> bool) -> bool {
    let reason = Reason::all()
        .iter()
        .find(|reason| reason.code().as_bytes() == code);
    reason.is_some_and(|reason| of(*reason))
}

/// The time that a message ends with.
fn last_time(message: &[u8]) -> Option<i64> {
    let text = message.strip_suffix(b"\"").unwrap_or(message);
    instant_ms(text.get(text.len().checked_sub(TIME_BYTES)?..)?)
}

//! The sink's half: a processed record into a CSV row.

use super::explain::{scan_error, shown, unreadable};
use super::scratch::Scratch;
use crate::csv::{write_guarded, write_text};
use crate::json::members::{Kind, MemberTable, Slot};
use crate::json::scanner::{self, Unknown};
use crate::json::string;
use crate::limits::OUTPUT_GROWTH_MAX_BYTES;
use crate::plan::{ColumnSource, Plans, StreamPlan, tail};
use crate::{Reason, Reject, Row, StreamId, timestamp};

impl Plans {
    /// Reads the value of a processed record and appends its CSV row, `\n` included, to `out`; on
    /// an error `out` is left as it was. Members that the stream does not have are ignored, so
    /// that a processor may be newer than a sink.
    ///
    /// # Errors
    /// When it is not a record of one of these streams; it belongs into the dead letters.
    pub fn csv_row(
        &self,
        scratch: &mut Scratch,
        value: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<Row, Reject> {
        let Some(bytes) = value else {
            return Err(Reject::whole(
                Reason::NullValue,
                "the record has no value (a tombstone)",
            ));
        };
        let max_bytes = self.options().value_max_bytes + OUTPUT_GROWTH_MAX_BYTES;
        if let Some(reject) = unreadable(bytes, max_bytes) {
            return Err(reject);
        }
        let stream = self.stream_of_value(scratch, bytes)?;
        let plan = &self.streams()[stream.index()];
        scratch.clear(&plan.processed_table);
        scanner::scan(
            bytes,
            &plan.processed_table,
            &mut scratch.slots,
            Unknown::Count,
            &mut scratch.text,
        )
        .map_err(|error| scan_error(error, bytes))?;
        let reader = Reader {
            plan,
            bytes,
            slots: &scratch.slots,
        };
        reader.check_required()?;
        let row = reader.row(self, stream, &mut scratch.processed_at)?;
        let start = out.len();
        let guard = self.options().csv_formula_guard;
        let written = reader.write(guard, &mut scratch.text, out);
        if written.is_err() {
            out.truncate(start);
        }
        written.map(|()| row)
    }

    /// The stream that `type` names. Our own records start with it.
    #[inline]
    fn stream_of_value(&self, scratch: &mut Scratch, bytes: &[u8]) -> Result<StreamId, Reject> {
        let own = |plan: &StreamPlan| {
            bytes.starts_with(&plan.opening) && bytes.get(plan.opening.len()) == Some(&b',')
        };
        if let Some(index) = self.streams().iter().position(own) {
            return Ok(StreamId(index as u16));
        }
        let table = MemberTable::new(["type"]);
        scratch.clear(&table);
        scanner::scan(
            bytes,
            &table,
            &mut scratch.slots,
            Unknown::Count,
            &mut scratch.text,
        )
        .map_err(|error| scan_error(error, bytes))?;
        let slot = scratch.slots[0];
        if !matches!(slot.kind, Kind::Plain | Kind::Escaped) {
            let message = format!(
                "the record's `type` is {}, not the name of a stream",
                slot.kind.called()
            );
            return Err(Reject::whole(Reason::MissingStreamType, message));
        }
        scratch.text.clear();
        string::decode(slot.inner(bytes), &mut scratch.text);
        let text = &scratch.text;
        let known = self
            .streams()
            .iter()
            .position(|plan| plan.name().as_bytes() == text);
        known.map(|index| StreamId(index as u16)).ok_or_else(|| {
            let message = format!("no stream is called {}", shown(text));
            Reject::whole(Reason::UnknownStreamType, message)
        })
    }
}

/// A processed record that was scanned.
struct Reader<'a> {
    plan: &'a StreamPlan,
    bytes: &'a [u8],
    slots: &'a [Slot],
}

impl Reader<'_> {
    fn name(&self, slot: usize) -> &str {
        match slot - self.plan.tail().min(slot) {
            tail::TOPIC => "source.topic",
            tail::PARTITION => "source.partition",
            tail::OFFSET => "source.offset",
            tail::TIMESTAMP => "source.timestamp",
            _ => self.plan.processed_table.name(slot),
        }
    }

    #[inline]
    fn check_required(&self) -> Result<(), Reject> {
        let missing = self
            .plan
            .required_slots
            .iter()
            .find(|&&slot| !self.slots[slot].kind.is_present());
        let Some(&slot) = missing else { return Ok(()) };
        let reason = if slot < self.plan.tail() {
            Reason::MissingField
        } else {
            Reason::InvalidLineage
        };
        Err(Reject::field(
            reason,
            self.name(slot),
            "is missing from a processed record",
        ))
    }

    /// What the sink needs to know of a row.
    #[inline]
    fn row(
        &self,
        plans: &Plans,
        stream: StreamId,
        last: &mut (i64, [u8; timestamp::CANONICAL_BYTES]),
    ) -> Result<Row, Reject> {
        let tail = self.plan.tail();
        let topic = self.slots[tail + tail::TOPIC];
        if topic.kind != Kind::Plain {
            let rest = "is not the name of a topic";
            return Err(Reject::field(Reason::InvalidLineage, "source.topic", rest));
        }
        let topic = topic.inner(self.bytes);
        let source_stream = if topic == self.plan.source_topic().as_bytes() {
            Some(stream)
        } else {
            std::str::from_utf8(topic)
                .ok()
                .and_then(|topic| plans.stream_of_topic(topic))
        };
        let partition_max = i64::from(i32::MAX);
        Ok(Row {
            stream,
            source_stream,
            source_partition: self.whole(tail + tail::PARTITION, 0, partition_max)? as i32,
            source_offset: self.whole(tail + tail::OFFSET, 0, i64::MAX)?,
            source_timestamp_ms: self.whole(tail + tail::TIMESTAMP, i64::MIN, i64::MAX)?,
            processed_at_ms: self.processed_at(last)?,
        })
    }

    fn whole(&self, slot: usize, least: i64, most: i64) -> Result<i64, Reject> {
        let token = self.slots[slot].token(self.bytes);
        let number = whole_number(token);
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| {
                let rest = format_args!(
                    "is {}, not a whole number from {least} to {most}",
                    shown(token)
                );
                Reject::field(Reason::InvalidLineage, self.name(slot), rest)
            })
    }

    /// The time of processing, which the records of a batch share: parsed when it changes.
    #[inline]
    fn processed_at(
        &self,
        last: &mut (i64, [u8; timestamp::CANONICAL_BYTES]),
    ) -> Result<i64, Reject> {
        let slot = self.plan.tail() + tail::PROCESSED_AT;
        let at = self.slots[slot];
        let text = at.inner(self.bytes);
        if text == last.1 && at.kind == Kind::Plain {
            return Ok(last.0);
        }
        let parsed = timestamp::parse(text).filter(|it| it.canonical && at.kind == Kind::Plain);
        let ms = parsed.ok_or_else(|| self.not_canonical(slot))?.ms;
        last.0 = ms;
        last.1.copy_from_slice(text);
        Ok(ms)
    }

    #[cold]
    fn not_canonical(&self, slot: usize) -> Reject {
        let token = shown(self.slots[slot].token(self.bytes));
        let rest =
            format_args!("is {token}, not like 2024-05-01T12:30:00.000Z in a processed record");
        Reject::field(Reason::InvalidTimestamp, self.name(slot), rest)
    }

    #[inline]
    fn write(&self, guard: bool, buffer: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), Reject> {
        for (index, column) in self.plan.columns.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let slot = self.slots[column.slot];
            if !slot.kind.is_present() {
                continue;
            }
            match (column.source, slot.kind) {
                (ColumnSource::Text, Kind::Plain) => write_cell(slot.inner(self.bytes), guard, out),
                (ColumnSource::Text, Kind::Escaped) => {
                    buffer.clear();
                    string::decode(slot.inner(self.bytes), buffer);
                    write_cell(buffer, guard, out);
                }
                (ColumnSource::Instant, Kind::Plain) => {
                    let text = slot.inner(self.bytes);
                    if !timestamp::is_canonical_shape(text) {
                        return Err(self.not_canonical(column.slot));
                    }
                    out.extend_from_slice(text);
                }
                (ColumnSource::Number, Kind::Number)
                | (ColumnSource::Boolean, Kind::True | Kind::False) => {
                    out.extend_from_slice(slot.token(self.bytes));
                }
                _ => return Err(self.wrong_type(column.slot)),
            }
        }
        out.push(b'\n');
        Ok(())
    }

    #[cold]
    fn wrong_type(&self, slot: usize) -> Reject {
        let at = self.slots[slot];
        let token = shown(at.token(self.bytes));
        let rest = format_args!("is {} in a processed record: {token}", at.kind.called());
        Reject::field(Reason::WrongType, self.name(slot), rest)
    }
}

/// A whole number without an exponent, as we write them.
#[inline]
fn whole_number(token: &[u8]) -> Option<i64> {
    let (negative, digits) = match token.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, token),
    };
    // Eighteen digits cannot overflow.
    if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
        let magnitude = digits
            .iter()
            .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        return Some(if negative { -magnitude } else { magnitude });
    }
    std::str::from_utf8(token).ok()?.parse().ok()
}

#[inline]
fn write_cell(text: &[u8], guard: bool, out: &mut Vec<u8>) {
    if guard {
        write_guarded(out, text);
    } else {
        write_text(out, text);
    }
}

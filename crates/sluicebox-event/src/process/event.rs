//! The processor's half: a source record into a processed one.

use super::enrich;
use super::explain::{scan_error, shown, unreadable};
use super::resolve::{Value, resolve};
use super::scratch::Scratch;
use crate::definition::{Condition, ConditionValue};
use crate::json::decimal::Decimal;
use crate::json::members::{Kind, Slot};
use crate::json::{number, scanner, string};
use crate::plan::{FieldPlan, Plans, StreamPlan};
use crate::{Processed, Reason, Reject, SourceRecord, StreamId, timestamp};

/// A record of which every value is known: what enrichments and the output read.
pub(super) struct Event<'a> {
    pub(super) plan: &'a StreamPlan,
    pub(super) bytes: &'a [u8],
    pub(super) slots: &'a [Slot],
    pub(super) values: &'a [Value],
}

impl Plans {
    /// Appends the value of the processed record, as JSON, to `out`; on an error `out` is left as
    /// it was. `now_ms` is the time of processing, in milliseconds since 1970.
    ///
    /// # Errors
    /// The first thing that is wrong with the record. It belongs into the dead letters.
    ///
    /// # Panics
    /// When `stream` is not one of these plans.
    pub fn process(
        &self,
        stream: StreamId,
        scratch: &mut Scratch,
        record: &SourceRecord<'_>,
        now_ms: i64,
        out: &mut Vec<u8>,
    ) -> Result<Processed, Reject> {
        let plan = &self.streams()[stream.index()];
        let start = out.len();
        let result = process(
            plan,
            self.options().value_max_bytes,
            scratch,
            record,
            now_ms,
            out,
        );
        if result.is_err() {
            out.truncate(start);
        }
        result
    }
}

fn process(
    plan: &StreamPlan,
    max_bytes: usize,
    scratch: &mut Scratch,
    record: &SourceRecord<'_>,
    now_ms: i64,
    out: &mut Vec<u8>,
) -> Result<Processed, Reject> {
    let Some(bytes) = record.value else {
        return Err(Reject::whole(
            Reason::NullValue,
            "the record has no value (a tombstone)",
        ));
    };
    if let Some(reject) = unreadable(bytes, max_bytes) {
        return Err(reject);
    }
    let now_text = scratch.now_text(now_ms);
    scratch.clear(&plan.source_table);
    let Scratch {
        slots,
        values,
        text,
        ..
    } = scratch;
    let ignored_fields = scanner::scan(bytes, &plan.source_table, slots, plan.unknown, text)
        .map_err(|error| scan_error(error, bytes))?;
    for (field, slot) in plan.fields.iter().zip(slots.iter()) {
        values.push(resolve(&field.field, *slot, bytes, now_ms, text)?);
    }
    complete(plan, bytes, slots, values, text)?;
    let event = Event {
        plan,
        bytes,
        slots,
        values,
    };
    if plan.check_key {
        event.check_key(record.key, text)?;
    }
    out.extend_from_slice(&plan.opening);
    for index in 0..plan.fields.len() {
        event.write_field(index, out, text);
    }
    for enrichment in &plan.enrichments {
        enrich::write(enrichment, &event, out, text)?;
    }
    out.extend_from_slice(b",\"processed_at\":\"");
    out.extend_from_slice(&now_text);
    write_lineage(plan, record, out);
    let happened = plan.event_time.map(|field| values[field]);
    let event_time_ms = match happened {
        Some(Value::Instant { ms, .. }) => ms,
        _ => record.timestamp_ms,
    };
    Ok(Processed {
        ignored_fields,
        event_time_ms,
    })
}

/// Fields that are absent: missing, defaulted, or rightly so.
#[inline]
fn complete(
    plan: &StreamPlan,
    bytes: &[u8],
    slots: &[Slot],
    values: &mut [Value],
    text: &mut Vec<u8>,
) -> Result<(), Reject> {
    for (index, field) in plan.fields.iter().enumerate() {
        if values[index] != Value::Absent {
            continue;
        }
        let event = Event {
            plan,
            bytes,
            slots,
            values: &*values,
        };
        if let Some(default) = &field.field.default
            && default
                .when
                .iter()
                .all(|condition| event.holds(condition, text))
        {
            values[index] = Value::Default;
            continue;
        }
        let when = &field.field.required_when;
        if field.field.required || (!when.is_empty() && when.iter().all(|it| event.holds(it, text)))
        {
            return Err(missing(plan, field, slots[index]));
        }
    }
    Ok(())
}

#[cold]
fn missing(plan: &StreamPlan, field: &FieldPlan, slot: Slot) -> Reject {
    let found = if slot.kind == Kind::Null {
        "is null"
    } else {
        "is missing"
    };
    let when: Vec<String> = field
        .field
        .required_when
        .iter()
        .map(|it| described(plan, it))
        .collect();
    let rest = if when.is_empty() {
        format!("{found}, and required")
    } else {
        format!("{found}, and required when {}", when.join(" and "))
    };
    Reject::field(Reason::MissingField, &field.field.name, rest)
}

fn described(plan: &StreamPlan, condition: &Condition) -> String {
    let field = &plan.fields[condition.field].field;
    let value = match (&condition.value, &field.kind) {
        (ConditionValue::Text(text), _) => text.clone(),
        (ConditionValue::Integer(number), _) => number.to_string(),
        (ConditionValue::Boolean(truth), _) => truth.to_string(),
        (ConditionValue::Choice(index), crate::definition::FieldKind::Enumeration { values }) => {
            values[usize::from(*index)].clone()
        }
        (ConditionValue::Choice(index), _) => index.to_string(),
    };
    format!("`{}` is {value}", field.name)
}

impl<'a> Event<'a> {
    /// Value, slot and the bytes that the slot is in: of the record or of the default.
    #[inline]
    pub(super) fn field(&self, index: usize) -> (Value, Slot, &'a [u8]) {
        if let (Value::Default, Some((slot, value)), Some(default)) = (
            self.values[index],
            self.plan.fields[index].default,
            &self.plan.fields[index].field.default,
        ) {
            return (value, slot, default.token.as_bytes());
        }
        (self.values[index], self.slots[index], self.bytes)
    }

    /// The text of a string or an enumeration, decoded into `buffer` where it has escapes.
    #[inline]
    pub(super) fn text<'b>(&self, index: usize, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        let (_, slot, bytes) = self.field(index);
        if slot.kind == Kind::Plain {
            return slot.inner(bytes);
        }
        buffer.clear();
        string::decode(slot.inner(bytes), buffer);
        buffer
    }

    /// Whether a condition holds for the values as they came.
    fn holds(&self, condition: &Condition, buffer: &mut Vec<u8>) -> bool {
        match (self.values[condition.field], &condition.value) {
            (Value::Choice { index, .. }, ConditionValue::Choice(wanted)) => index == *wanted,
            (Value::Integer { value, .. }, ConditionValue::Integer(wanted)) => value == *wanted,
            (Value::Boolean(value), ConditionValue::Boolean(wanted)) => value == *wanted,
            (Value::Text { .. }, ConditionValue::Text(wanted)) => {
                self.text(condition.field, buffer) == wanted.as_bytes()
            }
            _ => false,
        }
    }

    /// The record's key must be the value of the key field, as text.
    #[inline]
    fn check_key(&self, key: Option<&[u8]>, buffer: &mut Vec<u8>) -> Result<(), Reject> {
        let index = self.plan.key_field;
        let name = &self.plan.fields[index].field.name;
        let Some(key) = key else {
            let rest = "is the key field, but the record has no key";
            return Err(Reject::field(Reason::MissingKey, name, rest));
        };
        let mut digits = itoa::Buffer::new();
        let wanted = match self.values[index] {
            Value::Integer { value, .. } => digits.format(value).as_bytes(),
            _ => self.text(index, buffer),
        };
        if key == wanted {
            return Ok(());
        }
        let rest = format_args!(
            "is {}, but the record's key is {}",
            shown(wanted),
            shown(key)
        );
        Err(Reject::field(Reason::KeyMismatch, name, rest))
    }

    #[inline]
    fn write_field(&self, index: usize, out: &mut Vec<u8>, buffer: &mut Vec<u8>) {
        let (value, slot, bytes) = self.field(index);
        if value == Value::Absent {
            return;
        }
        out.extend_from_slice(&self.plan.fields[index].prefix);
        match value {
            Value::Text { copy: false } | Value::Choice { copy: false, .. } => {
                buffer.clear();
                string::decode(slot.inner(bytes), buffer);
                string::write_quoted(out, buffer);
            }
            Value::Number { value, copy: false } => number::write(out, value),
            Value::Integer { value, copy: false } => {
                out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
            }
            Value::Decimal { copy: false } => {
                Decimal::of(slot.token(bytes)).write(out);
            }
            Value::Instant { ms, copy: false } => {
                out.push(b'"');
                out.extend_from_slice(&timestamp::format(ms));
                out.push(b'"');
            }
            _ => out.extend_from_slice(slot.token(bytes)),
        }
    }
}

/// Closes the time of processing and writes where the record came from.
#[inline]
fn write_lineage(plan: &StreamPlan, record: &SourceRecord<'_>, out: &mut Vec<u8>) {
    let mut digits = itoa::Buffer::new();
    if record.topic == plan.source_topic() {
        out.extend_from_slice(&plan.lineage);
    } else {
        out.extend_from_slice(b"\",\"source\":{\"topic\":");
        string::write_quoted(out, record.topic.as_bytes());
        out.extend_from_slice(b",\"partition\":");
    }
    out.extend_from_slice(digits.format(record.partition).as_bytes());
    out.extend_from_slice(b",\"offset\":");
    out.extend_from_slice(digits.format(record.offset).as_bytes());
    out.extend_from_slice(b",\"timestamp\":");
    out.extend_from_slice(digits.format(record.timestamp_ms).as_bytes());
    out.extend_from_slice(b"}}");
}

//! From a token to a value of its field's type, or to the reason why it is none.

use super::explain::shown;
use crate::definition::{Field, FieldKind};
use crate::json::decimal::Decimal;
use crate::json::members::{Kind, Slot};
use crate::json::{number, string};
use crate::{Reason, Reject, timestamp};
use jiff::tz::TimeZone;
use std::cmp::Ordering;

/// A checked value. `copy`: its token can be written as it came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Absent,
    /// The field's default; which one says the plan.
    Default,
    Text {
        copy: bool,
    },
    Choice {
        index: u16,
        copy: bool,
    },
    Number {
        value: f64,
        copy: bool,
    },
    Integer {
        value: i64,
        copy: bool,
    },
    Decimal {
        copy: bool,
    },
    Boolean(bool),
    Instant {
        ms: i64,
        copy: bool,
    },
}

/// Resolves the value of `field` in `slot`. Absent and null are the same.
#[inline]
pub(crate) fn resolve(
    field: &Field,
    slot: Slot,
    bytes: &[u8],
    now_ms: i64,
    text: &mut Vec<u8>,
) -> Result<Value, Reject> {
    if !slot.kind.is_present() {
        return Ok(Value::Absent);
    }
    let token = slot.token(bytes);
    match &field.kind {
        FieldKind::String {
            min_length,
            max_length,
        } => {
            let text = text_of(field, slot, bytes, text)?;
            length(field, text, *min_length, *max_length)?;
            Ok(Value::Text {
                copy: slot.kind == Kind::Plain,
            })
        }
        FieldKind::Enumeration { values } => {
            let text = text_of(field, slot, bytes, text)?;
            match values.iter().position(|value| value.as_bytes() == text) {
                Some(index) => Ok(Value::Choice {
                    index: index as u16,
                    copy: slot.kind == Kind::Plain,
                }),
                None => Err(not_in(field, text, values)),
            }
        }
        FieldKind::Number { min, max } => {
            resolve_number(field, number_token(field, slot, token)?, *min, *max)
        }
        FieldKind::Integer { min, max } => {
            resolve_integer(field, number_token(field, slot, token)?, *min, *max)
        }
        FieldKind::Decimal { min, max } => resolve_decimal(
            field,
            number_token(field, slot, token)?,
            min.as_deref(),
            max.as_deref(),
        ),
        FieldKind::Boolean => match slot.kind {
            Kind::True => Ok(Value::Boolean(true)),
            Kind::False => Ok(Value::Boolean(false)),
            _ => Err(wrong_type(field, slot, token)),
        },
        FieldKind::Timestamp {
            zone,
            from_ms,
            ahead_ms,
        } => {
            let (ms, copy) = instant(field, slot, bytes, zone.as_ref(), text)?;
            let latest = now_ms.saturating_add(*ahead_ms).min(timestamp::LAST_MS);
            let earliest = (*from_ms).max(timestamp::FIRST_MS);
            if ms < earliest || ms > latest {
                return Err(out_of_window(field, token, ms, earliest, latest));
            }
            Ok(Value::Instant { ms, copy })
        }
    }
}

#[cold]
fn wrong_type(field: &Field, slot: Slot, token: &[u8]) -> Reject {
    let (kind, called) = (field.kind.type_name(), slot.kind.called());
    Reject::field(
        Reason::WrongType,
        &field.name,
        format_args!("is {called}, not of type {kind}: {}", shown(token)),
    )
}

/// The text of a string slot, decoded into `buffer` where it has escapes.
#[inline]
fn text_of<'a>(
    field: &Field,
    slot: Slot,
    bytes: &'a [u8],
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], Reject> {
    match slot.kind {
        Kind::Plain => Ok(slot.inner(bytes)),
        Kind::Escaped => {
            buffer.clear();
            string::decode(slot.inner(bytes), buffer);
            Ok(buffer)
        }
        _ => Err(wrong_type(field, slot, slot.token(bytes))),
    }
}

#[inline]
fn number_token<'a>(field: &Field, slot: Slot, token: &'a [u8]) -> Result<&'a [u8], Reject> {
    if slot.kind == Kind::Number {
        Ok(token)
    } else {
        Err(wrong_type(field, slot, token))
    }
}

#[inline]
fn length(field: &Field, text: &[u8], min: u64, max: u64) -> Result<(), Reject> {
    // A character takes one to four bytes: mostly there is nothing to count.
    let bytes = text.len() as u64;
    if bytes <= max && bytes >= min.saturating_mul(4) {
        return Ok(());
    }
    let count = string::characters(text);
    if count < min {
        let rest = format_args!("has {count} characters, fewer than {min}: {}", shown(text));
        return Err(Reject::field(Reason::TooShort, &field.name, rest));
    }
    if count > max {
        let rest = format_args!("has {count} characters, more than {max}: {}", shown(text));
        return Err(Reject::field(Reason::TooLong, &field.name, rest));
    }
    Ok(())
}

#[cold]
fn not_in(field: &Field, text: &[u8], values: &[String]) -> Reject {
    let shown_values = values
        .iter()
        .take(16)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = if values.len() > 16 { ", ..." } else { "" };
    let rest = format_args!(
        "is `{}`, which is not one of {shown_values}{more}",
        shown(text)
    );
    Reject::field(Reason::NotInEnumeration, &field.name, rest)
}

#[cold]
fn out_of_range(field: &Field, token: &[u8], side: &str, limit: &str) -> Reject {
    let unit = field
        .unit
        .as_deref()
        .map(|unit| format!(" {unit}"))
        .unwrap_or_default();
    let rest = format_args!("is {}{unit}, {side} the limit {limit}{unit}", shown(token));
    Reject::field(Reason::OutOfRange, &field.name, rest)
}

#[cold]
fn overflow(field: &Field, token: &[u8], what: &str) -> Reject {
    let rest = format_args!("is {}, {what}", shown(token));
    Reject::field(Reason::NumberOverflow, &field.name, rest)
}

#[inline]
fn resolve_number(field: &Field, token: &[u8], min: f64, max: f64) -> Result<Value, Reject> {
    let Some(number) = number::parse(token) else {
        return Err(overflow(
            field,
            token,
            "more than a number can be (about 1.8e308)",
        ));
    };
    if number.value < min {
        return Err(out_of_range(field, token, "below", &min.to_string()));
    }
    if number.value > max {
        return Err(out_of_range(field, token, "above", &max.to_string()));
    }
    Ok(Value::Number {
        value: number.value,
        copy: number.canonical,
    })
}

#[inline]
fn resolve_integer(field: &Field, token: &[u8], min: i64, max: i64) -> Result<Value, Reject> {
    let value = match Decimal::of(token).floor(0) {
        None => {
            return Err(overflow(
                field,
                token,
                "more than an integer can be (64 bits)",
            ));
        }
        Some((_, false)) => {
            let rest = format_args!("is {}, not a whole number", shown(token));
            return Err(Reject::field(Reason::WrongType, &field.name, rest));
        }
        Some((value, true)) => value,
    };
    if value < min {
        return Err(out_of_range(field, token, "below", &min.to_string()));
    }
    if value > max {
        return Err(out_of_range(field, token, "above", &max.to_string()));
    }
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let copy = digits.iter().all(u8::is_ascii_digit) && (value != 0 || token.len() == 1);
    Ok(Value::Integer { value, copy })
}

#[inline]
fn resolve_decimal(
    field: &Field,
    token: &[u8],
    min: Option<&str>,
    max: Option<&str>,
) -> Result<Value, Reject> {
    let decimal = Decimal::of(token);
    let fits = if decimal.has_exponent() {
        decimal.fits_written_out()
    } else {
        decimal.fits()
    };
    if !fits {
        return Err(overflow(
            field,
            token,
            "more than the 38 digits of a decimal",
        ));
    }
    if let Some(min) = min.filter(|min| decimal.compare(&Decimal::of(min.as_bytes())).is_lt()) {
        return Err(out_of_range(field, token, "below", min));
    }
    if let Some(max) = max.filter(|max| decimal.compare(&Decimal::of(max.as_bytes())).is_gt()) {
        return Err(out_of_range(field, token, "above", max));
    }
    Ok(Value::Decimal {
        copy: !decimal.has_exponent(),
    })
}

/// Compares two JSON numbers exactly.
pub(crate) fn compare_decimals(left: &str, right: &str) -> Ordering {
    Decimal::of(left.as_bytes()).compare(&Decimal::of(right.as_bytes()))
}

/// The instant in milliseconds since 1970, and whether its token is canonical.
#[inline]
fn instant(
    field: &Field,
    slot: Slot,
    bytes: &[u8],
    zone: Option<&TimeZone>,
    buffer: &mut Vec<u8>,
) -> Result<(i64, bool), Reject> {
    let token = slot.token(bytes);
    if slot.kind == Kind::Number {
        let beyond = || not_a_timestamp(field, token, "beyond any date");
        return timestamp::from_epoch(token)
            .map(|ms| (ms, false))
            .ok_or_else(beyond);
    }
    let text = text_of(field, slot, bytes, buffer)?;
    let Some(parsed) = timestamp::parse(text) else {
        let why = if timestamp::has_form(text) {
            "a day or a time that does not exist"
        } else {
            "not RFC 3339 (2024-05-01T12:30:00Z)"
        };
        return Err(not_a_timestamp(field, text, why));
    };
    if parsed.has_offset {
        return Ok((parsed.ms, parsed.canonical && slot.kind == Kind::Plain));
    }
    let Some(zone) = zone else {
        let rest = format_args!(
            "is {}, which has no offset such as Z or +02:00",
            shown(text)
        );
        return Err(Reject::field(
            Reason::TimestampWithoutZone,
            &field.name,
            rest,
        ));
    };
    let beyond = || not_a_timestamp(field, text, "beyond any date");
    timestamp::in_zone(parsed.ms, zone)
        .map(|ms| (ms, false))
        .ok_or_else(beyond)
}

#[cold]
fn not_a_timestamp(field: &Field, text: &[u8], why: &str) -> Reject {
    let rest = format_args!("is {}, {why}", shown(text));
    Reject::field(Reason::InvalidTimestamp, &field.name, rest)
}

#[cold]
fn out_of_window(field: &Field, token: &[u8], ms: i64, earliest: i64, latest: i64) -> Reject {
    let text = |ms| String::from_utf8_lossy(&timestamp::format(ms)).into_owned();
    let (side, limit) = if ms < earliest {
        ("before the window's start", text(earliest))
    } else {
        ("after the window's end", text(latest))
    };
    let rest = format_args!("is {}, {side} {limit}", shown(token));
    Reject::field(Reason::TimestampOutOfWindow, &field.name, rest)
}

//! Numbers in definitions: limits, durations, instants.

use super::error::Problem;
use super::raw::Text;
use crate::json::members::{Kind, MemberTable, Slot};
use crate::json::number;
use crate::json::scanner::{Unknown, scan};
use crate::timestamp;
use toml::{Spanned, Value};

/// A limit of a number: finite.
pub(super) fn finite(value: &Spanned<Value>) -> Result<f64, Problem> {
    let number = match value.get_ref() {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        other => return Err(not_a(value, "number", other)),
    };
    if number.is_finite() {
        return Ok(number);
    }
    Err(Problem::new(value.span(), "a limit is a finite number")
        .help("leave the key out for no limit"))
}

/// A limit of an integer.
pub(super) fn whole(value: &Spanned<Value>) -> Result<i64, Problem> {
    match value.get_ref() {
        Value::Integer(number) => Ok(*number),
        other => Err(not_a(value, "whole number", other)),
    }
}

/// A limit or default of a decimal, as a JSON number: written as a number, or as a text when its
/// digits matter.
pub(super) fn decimal(value: &Spanned<Value>) -> Result<String, Problem> {
    let token = match value.get_ref() {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => {
            let mut out = Vec::new();
            number::write(&mut out, *number);
            String::from_utf8_lossy(&out).into_owned()
        }
        Value::String(text) => text.clone(),
        other => return Err(not_a(value, "decimal", other)),
    };
    let slot = slot_of(&token).filter(|slot| slot.kind == Kind::Number);
    slot.map(|_| token).ok_or_else(|| {
        Problem::new(value.span(), "this is not a decimal")
            .help("for instance 0, 19.9 or \"19.90\"")
    })
}

/// The slot of a token that stands alone.
pub(crate) fn slot_of(token: &str) -> Option<Slot> {
    let table = MemberTable::new(["v"]);
    let text = format!("{{\"v\":{token}}}");
    let mut slots = [Slot::default()];
    scan(
        text.as_bytes(),
        &table,
        &mut slots,
        Unknown::Refuse,
        &mut Vec::new(),
    )
    .ok()?;
    Some(Slot {
        kind: slots[0].kind,
        start: 0,
        end: token.len() as u32,
    })
}

pub(super) fn not_a(value: &Spanned<Value>, wanted: &str, found: &Value) -> Problem {
    Problem::new(
        value.span(),
        format!("a {wanted} is wanted, this is a {}", found.type_str()),
    )
}

/// `500ms`, `90s`, `15m`, `12h` or `30d`, in milliseconds.
pub(super) fn duration_ms(text: &Text) -> Result<i64, Problem> {
    let written = text.get_ref().trim();
    let digits = written.len()
        - written
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let unit_ms = match &written[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    let count: Option<i64> = written[..digits].parse().ok().filter(|_| unit_ms > 0);
    let ms = count.and_then(|count| count.checked_mul(unit_ms));
    ms.filter(|ms| *ms <= timestamp::LAST_MS - timestamp::FIRST_MS)
        .ok_or_else(|| {
            Problem::new(text.span(), format!("`{written}` is not a duration"))
                .help("a whole number and a unit: 500ms, 90s, 15m, 12h, 30d")
        })
}

/// An RFC 3339 instant, in milliseconds since 1970.
pub(super) fn instant_ms(text: &Text) -> Result<i64, Problem> {
    let parsed = timestamp::parse(text.get_ref().as_bytes());
    parsed
        .filter(|parsed| parsed.has_offset)
        .map(|parsed| parsed.ms)
        .ok_or_else(|| {
            Problem::new(
                text.span(),
                format!("`{}` is not an instant", text.get_ref()),
            )
            .help("RFC 3339 with an offset: 1970-01-01T00:00:00Z")
        })
}

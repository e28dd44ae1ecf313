//! The types of fields, and which values they allow.

use super::error::Problem;
use super::model::FieldKind;
use super::numbers;
use super::raw::{RawField, Text};
use crate::limits::{
    CHOICES_MAX_COUNT, LABEL_MAX_BYTES, STRING_MAX_CHARACTERS, VALUE_MAX_BYTES_CEILING,
    WINDOW_AHEAD_MS,
};
use crate::process::resolve;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

const TYPES: [&str; 7] = [
    "string",
    "integer",
    "number",
    "decimal",
    "boolean",
    "timestamp",
    "enumeration",
];

/// Keys that only some types have: each that is set must be one of this type's.
fn refuse_foreign_keys(field: &RawField, allowed: &[&str]) -> Result<(), Problem> {
    fn place<T>(key: Option<&Spanned<T>>) -> Option<Range<usize>> {
        key.map(Spanned::span)
    }
    let keys = [
        ("min", place(field.min.as_ref())),
        ("max", place(field.max.as_ref())),
        ("min_length", place(field.min_length.as_ref())),
        ("max_length", place(field.max_length.as_ref())),
        ("values", place(field.values.as_ref())),
        ("zone", place(field.zone.as_ref())),
        ("window", place(field.window.as_ref())),
        ("unit", place(field.unit.as_ref())),
    ];
    for (key, span) in keys {
        if let Some(span) = span.filter(|_| !allowed.contains(&key)) {
            let kind = field.kind.get_ref();
            let message = format!("`{key}` means nothing for a field of type {kind}");
            let help = match allowed {
                [] => format!("a {kind} has no limits"),
                allowed => format!("a {kind} has `{}`", allowed.join("`, `")),
            };
            return Err(Problem::new(span, message).help(help));
        }
    }
    Ok(())
}

pub(super) fn kind(field: &RawField) -> Result<FieldKind, Problem> {
    let numeric = ["min", "max", "unit"];
    match field.kind.get_ref().as_str() {
        "string" => {
            refuse_foreign_keys(field, &["min_length", "max_length"])?;
            string(field)
        }
        "integer" => {
            refuse_foreign_keys(field, &numeric)?;
            let min = field
                .min
                .as_ref()
                .map(numbers::whole)
                .transpose()?
                .unwrap_or(i64::MIN);
            let max = field
                .max
                .as_ref()
                .map(numbers::whole)
                .transpose()?
                .unwrap_or(i64::MAX);
            ordered(field, min <= max)?;
            Ok(FieldKind::Integer { min, max })
        }
        "number" => {
            refuse_foreign_keys(field, &numeric)?;
            let min = field
                .min
                .as_ref()
                .map(numbers::finite)
                .transpose()?
                .unwrap_or(f64::MIN);
            let max = field
                .max
                .as_ref()
                .map(numbers::finite)
                .transpose()?
                .unwrap_or(f64::MAX);
            ordered(field, min <= max)?;
            Ok(FieldKind::Number { min, max })
        }
        "decimal" => {
            refuse_foreign_keys(field, &numeric)?;
            let min = field.min.as_ref().map(numbers::decimal).transpose()?;
            let max = field.max.as_ref().map(numbers::decimal).transpose()?;
            let less = |(min, max): (&String, &String)| resolve::compare_decimals(min, max).is_le();
            ordered(field, min.as_ref().zip(max.as_ref()).is_none_or(less))?;
            Ok(FieldKind::Decimal { min, max })
        }
        "boolean" => refuse_foreign_keys(field, &[]).map(|()| FieldKind::Boolean),
        "timestamp" => {
            refuse_foreign_keys(field, &["zone", "window"])?;
            timestamp(field)
        }
        "enumeration" => {
            refuse_foreign_keys(field, &["values"])?;
            enumeration(field)
        }
        other => Err(
            Problem::new(field.kind.span(), format!("there is no type `{other}`"))
                .meant(other, TYPES),
        ),
    }
}

fn ordered(field: &RawField, ordered: bool) -> Result<(), Problem> {
    if ordered {
        return Ok(());
    }
    let span = field.min.as_ref().map_or(field.name.span(), Spanned::span);
    Err(Problem::new(
        span,
        format!("`{}` has a `min` above its `max`", field.name.get_ref()),
    ))
}

fn string(field: &RawField) -> Result<FieldKind, Problem> {
    let min_length = field
        .min_length
        .as_ref()
        .map_or(0, |length| *length.get_ref());
    let max_length = field
        .max_length
        .as_ref()
        .map_or(STRING_MAX_CHARACTERS, |length| *length.get_ref());
    if min_length > max_length || max_length > VALUE_MAX_BYTES_CEILING as u64 {
        let span = field
            .max_length
            .as_ref()
            .or(field.min_length.as_ref())
            .map_or(field.name.span(), Spanned::span);
        let message = format!("a string of {min_length} to {max_length} characters cannot be");
        return Err(Problem::new(span, message)
            .help(format!("`max_length` is {STRING_MAX_CHARACTERS} when nothing is said, and {VALUE_MAX_BYTES_CEILING} at most")));
    }
    Ok(FieldKind::String {
        min_length,
        max_length,
    })
}

fn timestamp(field: &RawField) -> Result<FieldKind, Problem> {
    let zone = field.zone.as_ref().map(zone).transpose()?;
    let window = field.window.as_ref().map(Spanned::get_ref);
    let from = window.and_then(|window| window.from.as_ref());
    let ahead = window.and_then(|window| window.ahead.as_ref());
    Ok(FieldKind::Timestamp {
        zone,
        from_ms: from.map(numbers::instant_ms).transpose()?.unwrap_or(0),
        ahead_ms: ahead
            .map(numbers::duration_ms)
            .transpose()?
            .unwrap_or(WINDOW_AHEAD_MS),
    })
}

fn zone(name: &Text) -> Result<TimeZone, Problem> {
    let known = TimeZone::get(name.get_ref()).ok();
    known.ok_or_else(|| {
        let message = format!("there is no time zone `{}`", name.get_ref());
        let names: Vec<String> = jiff::tz::db()
            .available()
            .map(|zone| zone.to_string())
            .collect();
        let problem = Problem::new(name.span(), message);
        match super::did_you_mean(name.get_ref(), names.iter().map(String::as_str)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("a name of the IANA time zone database: UTC, Europe/Berlin"),
        }
    })
}

fn enumeration(field: &RawField) -> Result<FieldKind, Problem> {
    let Some(values) = field
        .values
        .as_ref()
        .filter(|values| !values.get_ref().is_empty())
    else {
        let message = format!("enumeration `{}` has no `values`", field.name.get_ref());
        return Err(Problem::new(field.kind.span(), message).help("values = [\"this\", \"that\"]"));
    };
    let mut seen = BTreeSet::new();
    for value in values.get_ref() {
        label(value)?;
        if !seen.insert(value.get_ref()) {
            return Err(Problem::new(
                value.span(),
                format!("value `{}` is there twice", value.get_ref()),
            ));
        }
    }
    if seen.len() > CHOICES_MAX_COUNT {
        return Err(Problem::new(
            values.span(),
            format!("at most {CHOICES_MAX_COUNT} values"),
        ));
    }
    Ok(FieldKind::Enumeration {
        values: values
            .get_ref()
            .iter()
            .map(|value| value.get_ref().clone())
            .collect(),
    })
}

/// A text that goes into records.
pub(super) fn label(text: &Text) -> Result<(), Problem> {
    if (1..=LABEL_MAX_BYTES).contains(&text.get_ref().len()) {
        return Ok(());
    }
    Err(Problem::new(
        text.span(),
        format!("a label has 1 to {LABEL_MAX_BYTES} bytes"),
    ))
}

pub(super) fn unit(field: &RawField) -> Result<Option<String>, Problem> {
    let Some(unit) = &field.unit else {
        return Ok(None);
    };
    let code = unit.get_ref();
    if !code.is_empty()
        && code.len() <= LABEL_MAX_BYTES
        && code.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Ok(Some(code.clone()));
    }
    let message = format!("`{code}` cannot be a unit");
    Err(Problem::new(unit.span(), message)
        .help("UCUM codes are printable ASCII without spaces: Cel, %, m/s"))
}

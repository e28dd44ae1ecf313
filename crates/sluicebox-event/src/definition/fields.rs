//! The fields of a stream.

use super::error::Problem;
use super::model::{Field, FieldDefault, FieldKind};
use super::raw::{RawField, RawStream, Text};
use super::{conditions, kinds, numbers};
use crate::limits::{FIELDS_MAX_COUNT, LABEL_MAX_BYTES, SOURCE_NAME_MAX_BYTES};
use crate::process::resolve;
use std::collections::BTreeSet;
use toml::Value;

pub(super) fn check(raw: &RawStream) -> Result<Vec<Field>, Problem> {
    if raw.fields.is_empty() || raw.fields.len() > FIELDS_MAX_COUNT {
        let message = format!(
            "a stream has 1 to {FIELDS_MAX_COUNT} fields, not {}",
            raw.fields.len()
        );
        return Err(Problem::new(raw.name.span(), message));
    }
    let mut names = BTreeSet::new();
    let mut fields = Vec::new();
    for written in &raw.fields {
        let field = written.get_ref();
        let name = field.name.get_ref();
        if name.is_empty() || name.len() > SOURCE_NAME_MAX_BYTES {
            let message = format!("a field's name has 1 to {SOURCE_NAME_MAX_BYTES} bytes");
            return Err(Problem::new(field.name.span(), message));
        }
        if !names.insert(name) {
            return Err(Problem::new(
                field.name.span(),
                format!("field `{name}` is there twice"),
            ));
        }
        fields.push(Field {
            name: name.clone(),
            output_name: name.clone(),
            kind: kinds::kind(field)?,
            unit: kinds::unit(field)?,
            required: field.required,
            required_when: Vec::new(),
            default: None,
        });
    }
    for (index, written) in raw.fields.iter().enumerate() {
        let field = written.get_ref();
        presence(field, &fields[index])?;
        fields[index].required_when =
            conditions::check(field.required_when.as_ref(), index, &fields)?;
        fields[index].default = default(field, index, &fields)?;
    }
    Ok(fields)
}

/// The field of this name in the source.
pub(super) fn find(fields: &[Field], name: &Text) -> Result<usize, Problem> {
    fields
        .iter()
        .position(|field| &field.name == name.get_ref())
        .ok_or_else(|| {
            let message = format!("there is no field `{}`", name.get_ref());
            let known = fields.iter().map(|field| field.name.as_str());
            Problem::new(name.span(), message).meant(name.get_ref(), known)
        })
}

/// The field that says when the event happened: the one named, else the first timestamp.
pub(super) fn event_time(raw: &RawStream, fields: &[Field]) -> Result<Option<usize>, Problem> {
    let is_timestamp = |field: &Field| matches!(field.kind, FieldKind::Timestamp { .. });
    let Some(name) = &raw.event_time else {
        return Ok(fields.iter().position(is_timestamp));
    };
    let index = find(fields, name)?;
    if is_timestamp(&fields[index]) {
        return Ok(Some(index));
    }
    let message = format!(
        "`{}` is a {}, not a timestamp",
        name.get_ref(),
        fields[index].kind.type_name()
    );
    Err(Problem::new(name.span(), message))
}

/// Required, required-when and default exclude each other where they would contradict.
fn presence(raw: &RawField, field: &Field) -> Result<(), Problem> {
    let contradiction = match (&raw.required_when, &raw.default, &raw.default_when) {
        (Some(when), _, _) if raw.required => {
            Some((when.span(), "`required` makes `required_when` void"))
        }
        (_, Some(default), None) if raw.required => {
            Some((default.span(), "a required field needs no `default`"))
        }
        (_, None, Some(when)) => Some((when.span(), "`default_when` needs a `default`")),
        _ => None,
    };
    match contradiction {
        Some((span, message)) => Err(Problem::new(span, message)
            .help(format!("keep one of the two keys of `{}`", field.name))),
        None => Ok(()),
    }
}

fn default(
    raw: &RawField,
    index: usize,
    fields: &[Field],
) -> Result<Option<FieldDefault>, Problem> {
    let Some(written) = &raw.default else {
        return Ok(None);
    };
    let field = &fields[index];
    let token = match (&field.kind, written.get_ref()) {
        (FieldKind::Timestamp { .. }, _) => {
            return Err(Problem::new(written.span(), "a timestamp has no `default`"));
        }
        (FieldKind::Decimal { .. }, _) => numbers::decimal(written)?,
        (FieldKind::Number { .. }, _) => {
            let mut out = Vec::new();
            crate::json::number::write(&mut out, numbers::finite(written)?);
            String::from_utf8_lossy(&out).into_owned()
        }
        (_, Value::String(text)) if text.len() <= LABEL_MAX_BYTES => quoted(text),
        (_, Value::String(_)) => {
            let message = format!("a default has at most {LABEL_MAX_BYTES} bytes");
            return Err(Problem::new(written.span(), message));
        }
        (_, Value::Integer(number)) => number.to_string(),
        (_, Value::Boolean(truth)) => truth.to_string(),
        (kind, other) => return Err(numbers::not_a(written, kind.type_name(), other)),
    };
    // A default is held to the same rules as a value that came in a record.
    let slot = numbers::slot_of(&token).unwrap_or_default();
    resolve::resolve(field, slot, token.as_bytes(), 0, &mut Vec::new()).map_err(|reject| {
        Problem::new(
            written.span(),
            format!("the default is none: {}", reject.message),
        )
    })?;
    let when = conditions::check(raw.default_when.as_ref(), index, fields)?;
    Ok(Some(FieldDefault { token, when }))
}

/// A text as a JSON token.
pub(super) fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    crate::json::string::write_quoted(&mut out, text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

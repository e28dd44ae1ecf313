//! `required_when` and `default_when`.

use super::error::Problem;
use super::fields;
use super::model::{Condition, ConditionValue, Field, FieldKind};
use super::raw::RawConditions;
use toml::{Spanned, Value};

pub(super) fn check(
    raw: Option<&RawConditions>,
    owner: usize,
    fields: &[Field],
) -> Result<Vec<Condition>, Problem> {
    let Some(raw) = raw else {
        return Ok(Vec::new());
    };
    if raw.get_ref().is_empty() {
        let problem = Problem::new(raw.span(), "a condition needs at least one `field = value`");
        return Err(problem.help("leave the key out, or name a field: { kind = \"fast\" }"));
    }
    let mut conditions = Vec::new();
    for (name, value) in raw.get_ref() {
        let field = fields::find(fields, name)?;
        if field == owner {
            let message = format!("`{}` cannot depend on itself", name.get_ref());
            return Err(Problem::new(name.span(), message));
        }
        conditions.push(Condition {
            field,
            value: compared_with(&fields[field], value)?,
        });
    }
    // The table is unordered; the order of the fields is as good as any and does not change.
    conditions.sort_by_key(|condition| condition.field);
    Ok(conditions)
}

fn compared_with(field: &Field, value: &Spanned<Value>) -> Result<ConditionValue, Problem> {
    match (&field.kind, value.get_ref()) {
        (FieldKind::String { .. }, Value::String(text)) => Ok(ConditionValue::Text(text.clone())),
        (FieldKind::Integer { .. }, Value::Integer(number)) => Ok(ConditionValue::Integer(*number)),
        (FieldKind::Boolean, Value::Boolean(truth)) => Ok(ConditionValue::Boolean(*truth)),
        (FieldKind::Enumeration { values }, Value::String(text)) => {
            let index = values
                .iter()
                .position(|known| known == text)
                .ok_or_else(|| {
                    let message = format!("`{}` is never `{text}`", field.name);
                    Problem::new(value.span(), message)
                        .meant(text, values.iter().map(String::as_str))
                })?;
            Ok(ConditionValue::Choice(index as u16))
        }
        (FieldKind::Number { .. } | FieldKind::Decimal { .. } | FieldKind::Timestamp { .. }, _) => {
            let message = format!(
                "`{}` is a {} and cannot decide this",
                field.name,
                field.kind.type_name()
            );
            Err(Problem::new(value.span(), message)
                .help("conditions compare strings, integers, booleans and enumerations"))
        }
        (kind, other) => {
            let message = format!(
                "`{}` is of type {}, this is a {}",
                field.name,
                kind.type_name(),
                other.type_str()
            );
            Err(Problem::new(value.span(), message))
        }
    }
}

//! What datagen needs to know of a stream's definition.

use sluicebox_event::StreamDefinition;
use sluicebox_event::definition::{
    Condition, ConditionValue, Field, FieldKind, KeyCheck, UnknownFields,
};

/// Numbers of this magnitude and above are no limit that anyone meant.
const LIMIT_MAX: f64 = 1e300;
/// The same for whole numbers: more than a double holds exactly.
const WHOLE_LIMIT_MAX: i64 = 1 << 53;

/// A stream as seen by the generic model and by the maker of invalid records. Names and words
/// are as they stand between the quotes in JSON.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The stream's name.
    pub(super) name: String,
    /// Index of the field that is the record's key.
    pub(super) key_field: usize,
    /// True if the record's key must be there and be that field's value.
    pub(super) checks_key: bool,
    /// The fields in definition order.
    pub(super) fields: Vec<FieldShape>,
    /// True if a field that is not defined makes a record invalid.
    pub(super) rejects_unknown: bool,
}

/// A field of a stream.
#[derive(Clone, Debug)]
pub(super) struct FieldShape {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Required if each of these fields has this value, given as JSON.
    pub(super) required_when: Vec<(usize, String)>,
    /// Not missed when absent, as there is a value to put in.
    pub(super) has_default: bool,
}

/// A field's type with the limits of its values.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Length in characters.
    Text {
        min_length: usize,
        max_length: usize,
    },
    /// A whole number.
    Integer(Span),
    /// A number with an optional fraction.
    Number(Span),
    /// A number whose digits are kept.
    Decimal(Span),
    Boolean,
    Timestamp {
        /// True if the definition names the zone of timestamps without an offset.
        has_zone: bool,
        /// Earliest instant, in epoch milliseconds.
        from_ms: i64,
        /// How far ahead of the clock it may be, in milliseconds.
        ahead_ms: i64,
    },
    Enumeration(Vec<String>),
}

/// A range, ends included; an end that is absent is not checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

impl Kind {
    /// The range, if it is a number.
    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Self::Integer(span) | Self::Number(span) | Self::Decimal(span) => Some(*span),
            _ => None,
        }
    }

    /// True if its JSON form is a string the models fill with text of their own.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. })
    }
}

impl Shape {
    pub(super) fn of(definition: &StreamDefinition) -> Self {
        let fields = definition.fields();
        let key_field = definition.key_field();
        Self {
            name: definition.name.clone(),
            key_field: fields
                .iter()
                .position(|field| field.name == key_field)
                .unwrap_or(0),
            checks_key: definition.key_check() == KeyCheck::Match,
            fields: fields
                .iter()
                .map(|field| field_shape(field, fields))
                .collect(),
            rejects_unknown: definition.unknown_fields() == UnknownFields::Reject,
        }
    }
}

fn field_shape(field: &Field, all: &[Field]) -> FieldShape {
    let condition = |condition: &Condition| {
        let token = match (&condition.value, &all[condition.field].kind) {
            (ConditionValue::Text(text), _) => format!("\"{}\"", escaped(text)),
            (ConditionValue::Choice(index), FieldKind::Enumeration { values }) => {
                format!("\"{}\"", escaped(&values[usize::from(*index)]))
            }
            (ConditionValue::Choice(index), _) => index.to_string(),
            (ConditionValue::Integer(number), _) => number.to_string(),
            (ConditionValue::Boolean(truth), _) => truth.to_string(),
        };
        (condition.field, token)
    };
    FieldShape {
        name: escaped(&field.name),
        kind: kind(&field.kind),
        required: field.required,
        required_when: field.required_when.iter().map(condition).collect(),
        has_default: field.default.is_some(),
    }
}

fn kind(kind: &FieldKind) -> Kind {
    let limit = |limit: f64| Some(limit).filter(|limit| limit.abs() < LIMIT_MAX);
    let whole =
        |limit: i64| Some(limit as f64).filter(|_| limit.unsigned_abs() < WHOLE_LIMIT_MAX as u64);
    let decimal = |limit: &Option<String>| limit.as_ref().and_then(|limit| limit.parse().ok());
    match kind {
        FieldKind::String {
            min_length,
            max_length,
        } => Kind::Text {
            min_length: *min_length as usize,
            max_length: *max_length as usize,
        },
        FieldKind::Integer { min, max } => Kind::Integer(Span {
            min: whole(*min),
            max: whole(*max),
        }),
        FieldKind::Number { min, max } => Kind::Number(Span {
            min: limit(*min),
            max: limit(*max),
        }),
        FieldKind::Decimal { min, max } => Kind::Decimal(Span {
            min: decimal(min),
            max: decimal(max),
        }),
        FieldKind::Boolean => Kind::Boolean,
        FieldKind::Timestamp {
            zone,
            from_ms,
            ahead_ms,
        } => Kind::Timestamp {
            has_zone: zone.is_some(),
            from_ms: *from_ms,
            ahead_ms: *ahead_ms,
        },
        FieldKind::Enumeration { values } => {
            Kind::Enumeration(values.iter().map(|value| escaped(value)).collect())
        }
    }
}

/// The text as it stands between the quotes in JSON.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

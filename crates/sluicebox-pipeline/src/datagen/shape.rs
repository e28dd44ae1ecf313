//! What datagen needs to know of a stream's definition.

/// A stream as seen by the generic model and by the maker of invalid records.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The stream's name.
    pub(super) name: String,
    /// Index of the field that is the record's key.
    pub(super) key_field: usize,
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
    /// Required if the field of this index has one of these words.
    pub(super) required_when: Option<(usize, Vec<String>)>,
    /// Left to the plan when absent, as it has a value to put in.
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

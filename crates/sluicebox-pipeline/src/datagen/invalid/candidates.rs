//! Which classes of invalid records a stream can have, and with which of its fields.

use super::class::InvalidClass;
use crate::datagen::limits::LONG_TEXT_MAX_CHARACTERS;
use crate::datagen::shape::{FieldShape, Kind, Shape};

/// A class with the fields that it can be shown on (the key field where none matters).
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) class: InvalidClass,
    pub(super) fields: Vec<usize>,
}

const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;

/// The classes that apply to a stream.
///
/// A class is left out if the plan would accept such a record: no range, no enumeration, …
pub(super) fn of(shape: &Shape) -> Vec<Candidate> {
    InvalidClass::ALL
        .iter()
        .map(|class| Candidate {
            class: *class,
            fields: fields(shape, *class),
        })
        .filter(|candidate| !candidate.fields.is_empty())
        .collect()
}

fn fields(shape: &Shape, class: InvalidClass) -> Vec<usize> {
    use InvalidClass as C;
    let of_the_record = match class {
        C::KeyMismatch | C::MissingKey => shape.checks_key,
        C::UnknownField => shape.rejects_unknown,
        C::DuplicateField
        | C::DeepNesting
        | C::Tombstone
        | C::EmptyValue
        | C::TruncatedJson
        | C::ByteOrderMark
        | C::TrailingData
        | C::ArrayRecord
        | C::NumberRecord
        | C::StringRecord => true,
        _ => {
            let shown = |index: &usize| shows(&shape.fields[*index], class, shape.key_field);
            return (0..shape.fields.len()).filter(shown).collect();
        }
    };
    if of_the_record {
        vec![shape.key_field]
    } else {
        Vec::new()
    }
}

/// True if the class can be shown on this field.
fn shows(field: &FieldShape, class: InvalidClass, key_field: usize) -> bool {
    use InvalidClass as C;
    let kind = &field.kind;
    let span = kind.span();
    let below = |limit: f64| span.is_some_and(|span| span.max.is_some_and(|max| max < limit));
    match class {
        C::MissingField | C::NullField | C::ManyHeaders | C::ValueAtLimit | C::ValueOverLimit => {
            field.required && !field.has_default
        }
        C::MissingWhenRequired => {
            let on_key = field
                .required_when
                .iter()
                .any(|(index, _)| *index == key_field);
            !field.required_when.is_empty() && !field.has_default && !on_key
        }
        C::BelowRange => span.is_some_and(|span| span.min.is_some()),
        C::AboveRange => below(1e15),
        C::IntegerBeyond53Bits => below(9e15),
        C::IntegerBeyondI64 => below(9e18),
        C::IntegerBeyondU64 => below(1.8e19),
        C::NotANumber | C::Infinity => span.is_some(),
        // For whole numbers it is a wrong type: it has an exponent.
        C::NumberOverflow => matches!(kind, Kind::Number(_) | Kind::Decimal(_)),
        C::UnknownWord => matches!(kind, Kind::Enumeration(_)),
        C::TextTooLong => {
            matches!(
                kind,
                Kind::Text {
                    max_length: ..=LONG_TEXT_MAX_CHARACTERS,
                    ..
                }
            )
        }
        C::MalformedTimestamp | C::MicrosecondTimestamp => matches!(kind, Kind::Timestamp { .. }),
        C::TimestampWithoutOffset => matches!(
            kind,
            Kind::Timestamp {
                has_zone: false,
                ..
            }
        ),
        C::NegativeTimestamp => matches!(kind, Kind::Timestamp { from_ms: 0.., .. }),
        C::TimestampOfAnotherCentury => {
            matches!(
                kind,
                Kind::Timestamp {
                    ahead_ms: ..=TEN_YEARS_MS,
                    ..
                }
            )
        }
        C::InvalidUtf8
        | C::LoneSurrogate
        | C::RawNul
        | C::RawLineFeed
        | C::RawCarriageReturn
        | C::RawQuote => kind.is_text(),
        // A value of another type is wrong for every field.
        _ => true,
    }
}

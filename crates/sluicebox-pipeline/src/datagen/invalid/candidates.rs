//! Which classes of invalid records a stream can have, and with which of its fields.

use super::class::InvalidClass;
use crate::datagen::limits::LONG_TEXT_MAX_CHARACTERS;
use crate::datagen::shape::{FieldShape, Kind, Shape};

/// A class with the fields that it can be shown on (one entry of 0 where no field matters).
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
    let having = |test: &dyn Fn(&FieldShape) -> bool| -> Vec<usize> {
        (0..shape.fields.len())
            .filter(|index| test(&shape.fields[*index]))
            .collect()
    };
    let numbers = || having(&|field| field.kind.span().is_some());
    let above = |limit: f64| {
        having(&|field| {
            field
                .kind
                .span()
                .is_some_and(|span| span.max.is_some_and(|max| max < limit))
        })
    };
    match class {
        C::MissingField | C::NullField | C::ManyHeaders | C::ValueAtLimit | C::ValueOverLimit => {
            having(&|field| field.required && !field.has_default)
        }
        C::BelowRange => having(&|field| field.kind.span().is_some_and(|span| span.min.is_some())),
        C::AboveRange => above(1e15),
        C::IntegerBeyond53Bits => above(9e15),
        C::IntegerBeyondI64 => above(9e18),
        C::IntegerBeyondU64 => above(1.8e19),
        C::NotANumber | C::Infinity => numbers(),
        // For whole numbers it is a wrong type: it has an exponent.
        C::NumberOverflow => {
            having(&|field| matches!(field.kind, Kind::Number(_) | Kind::Decimal(_)))
        }
        C::WrongType => having(&|_| true),
        C::UnknownWord => having(&|field| matches!(field.kind, Kind::Enumeration(_))),
        C::TextTooLong => having(&|field| {
            matches!(
                field.kind,
                Kind::Text {
                    max_length: ..=LONG_TEXT_MAX_CHARACTERS,
                    ..
                }
            )
        }),
        C::MissingWhenRequired => having(&|field| {
            let on_key = field
                .required_when
                .iter()
                .any(|(index, _)| *index == shape.key_field);
            !field.required_when.is_empty() && !field.has_default && !on_key
        }),
        C::MalformedTimestamp | C::MicrosecondTimestamp => {
            having(&|field| matches!(field.kind, Kind::Timestamp { .. }))
        }
        C::TimestampWithoutOffset => having(&|field| {
            matches!(
                field.kind,
                Kind::Timestamp {
                    has_zone: false,
                    ..
                }
            )
        }),
        C::NegativeTimestamp => {
            having(&|field| matches!(field.kind, Kind::Timestamp { from_ms: 0.., .. }))
        }
        C::TimestampOfAnotherCentury => having(&|field| {
            matches!(
                field.kind,
                Kind::Timestamp {
                    ahead_ms: ..=TEN_YEARS_MS,
                    ..
                }
            )
        }),
        C::InvalidUtf8
        | C::LoneSurrogate
        | C::RawNul
        | C::RawLineFeed
        | C::RawCarriageReturn
        | C::RawQuote => having(&|field| field.kind.is_text()),
        C::KeyMismatch | C::MissingKey if !shape.checks_key => Vec::new(),
        C::KeyMismatch => vec![shape.key_field],
        C::UnknownField if !shape.rejects_unknown => Vec::new(),
        C::UnknownField
        | C::DuplicateField
        | C::DeepNesting
        | C::Tombstone
        | C::EmptyValue
        | C::TruncatedJson
        | C::ByteOrderMark
        | C::TrailingData
        | C::ArrayRecord
        | C::NumberRecord
        | C::StringRecord
        | C::MissingKey => vec![0],
    }
}

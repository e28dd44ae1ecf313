//! Turns a good record into a bad one of a given class.

use super::candidates;
use super::class::InvalidClass;
use super::edit;
use super::turns::Turns;
use crate::datagen::limits::{DEEP_NESTING_LEVELS, MANY_HEADERS};
use crate::datagen::model::Draft;
use crate::datagen::shape::{Kind, Shape};

/// Spoils the records of one stream, class after class.
#[derive(Clone, Debug)]
pub(in crate::datagen) struct Spoiler {
    shape: Shape,
    turns: Turns,
    value_max_bytes: Option<usize>,
}

/// What was done to a record.
#[derive(Clone, Copy, Debug)]
pub(in crate::datagen) struct Spoiled {
    pub(in crate::datagen) class: InvalidClass,
    pub(in crate::datagen) headers: usize,
    pub(in crate::datagen) has_key: bool,
    pub(in crate::datagen) has_value: bool,
}

impl Spoiler {
    /// For records of this shape; values of `value_max_bytes` are as large as the plan allows.
    pub(in crate::datagen) fn new(shape: Shape, value_max_bytes: Option<usize>) -> Self {
        let mut classes = candidates::of(&shape);
        if value_max_bytes.is_none() {
            classes.retain(|candidate| !candidate.class.needs_size_limit());
        }
        let turns = Turns::new(classes);
        Self {
            shape,
            turns,
            value_max_bytes,
        }
    }

    /// Makes a valid draft invalid.
    pub(in crate::datagen) fn spoil(&mut self, draft: &mut Draft) -> Spoiled {
        use InvalidClass as C;
        let (class, field) = self.turns.next();
        let Draft { key, value } = draft;
        match class {
            C::Tombstone | C::MissingKey => {}
            C::KeyMismatch => key.extend_from_slice(b"-other"),
            C::ManyHeaders => edit::remove(value, &self.shape.fields[field].name),
            C::ValueAtLimit => self.inflate(value, field, 0),
            C::ValueOverLimit => self.inflate(value, field, 1),
            C::EmptyValue
            | C::TruncatedJson
            | C::ByteOrderMark
            | C::TrailingData
            | C::ArrayRecord
            | C::NumberRecord
            | C::StringRecord
            | C::DuplicateField
            | C::UnknownField
            | C::DeepNesting => self.spoil_document(class, value),
            _ => self.spoil_field(class, field, value),
        }
        Spoiled {
            class,
            headers: if class == C::ManyHeaders {
                MANY_HEADERS
            } else {
                0
            },
            has_key: class != C::MissingKey,
            has_value: class != C::Tombstone,
        }
    }

    /// Takes a required field out, and fills up with white space until the value is `over` bytes
    /// above the limit.
    fn inflate(&self, value: &mut Vec<u8>, field: usize, over: usize) {
        edit::remove(value, &self.shape.fields[field].name);
        let size = self.value_max_bytes.unwrap_or_default() + over;
        let missing = size.saturating_sub(value.len());
        value.splice(1..1, std::iter::repeat_n(b' ', missing));
    }

    fn spoil_document(&self, class: InvalidClass, value: &mut Vec<u8>) {
        use InvalidClass as C;
        match class {
            C::EmptyValue => value.clear(),
            C::TruncatedJson => value.truncate(value.len() / 2),
            C::ByteOrderMark => drop(value.splice(..0, *b"\xEF\xBB\xBF")),
            C::TrailingData => value.extend_from_slice(b"{}"),
            C::ArrayRecord => {
                value.insert(0, b'[');
                value.push(b']');
            }
            C::NumberRecord => *value = b"42".to_vec(),
            C::StringRecord => *value = b"\"a record\"".to_vec(),
            C::DuplicateField => {
                let name = &self.shape.fields[self.shape.key_field].name;
                let again = edit::value_of(value, name).to_vec();
                edit::add(value, name, &again);
            }
            C::DeepNesting => {
                let mut nested = vec![b'['; DEEP_NESTING_LEVELS];
                nested.resize(2 * DEEP_NESTING_LEVELS, b']');
                edit::add(value, "nested", &nested);
            }
            _ => edit::add(value, "unheard_of", b"1"),
        }
    }

    fn spoil_field(&self, class: InvalidClass, field: usize, value: &mut Vec<u8>) {
        use InvalidClass as C;
        let field = &self.shape.fields[field];
        let span = field.kind.span().unwrap_or_default();
        let put = |value: &mut Vec<u8>, text: &[u8]| edit::set(value, &field.name, text);
        match class {
            C::MissingField => edit::remove(value, &field.name),
            C::NullField => put(value, b"null"),
            C::MissingWhenRequired => {
                for (other, token) in &field.required_when {
                    edit::set(value, &self.shape.fields[*other].name, token.as_bytes());
                }
                edit::remove(value, &field.name);
            }
            C::BelowRange => put(value, beyond(span.min, -1.0).as_bytes()),
            C::AboveRange => put(value, beyond(span.max, 1.0).as_bytes()),
            C::WrongType => put(value, wrong_type(&field.kind)),
            C::UnknownWord => put(value, b"\"no such word\""),
            C::TextTooLong => {
                if let Kind::Text {
                    max_length: max, ..
                } = field.kind
                {
                    put(value, format!("\"{}\"", "x".repeat(max + 1)).as_bytes());
                }
            }
            C::MicrosecondTimestamp => put(value, b"1763926750123456"),
            _ => put(value, fixed_text(class)),
        }
    }
}

/// A whole number beyond a limit, by one in a hundred of it and at least by one.
fn beyond(limit: Option<f64>, sign: f64) -> String {
    let limit = limit.unwrap_or(0.0);
    let step = (limit.abs() / 100.0).ceil().max(1.0);
    (limit + sign * step).trunc().to_string()
}

/// A value of another type than the field's.
fn wrong_type(kind: &Kind) -> &'static [u8] {
    match kind {
        Kind::Text { .. } | Kind::Enumeration(_) => b"[17]",
        Kind::Timestamp { .. } | Kind::Integer(_) | Kind::Number(_) | Kind::Decimal(_) => {
            b"{\"is\":1}"
        }
        Kind::Boolean => b"\"yes\"",
    }
}

/// Classes that put the same text into whatever field it is.
fn fixed_text(class: InvalidClass) -> &'static [u8] {
    use InvalidClass as C;
    match class {
        C::InvalidUtf8 => b"\"caf\xE9\"",
        C::LoneSurrogate => b"\"half \\ud83d\"",
        C::RawNul => b"\"a\0b\"",
        C::RawLineFeed => b"\"a\nb\"",
        C::RawCarriageReturn => b"\"a\rb\"",
        C::RawQuote => b"\"a\"b\"",
        C::NotANumber => b"NaN",
        C::Infinity => b"Infinity",
        C::NumberOverflow => b"1e400",
        C::IntegerBeyond53Bits => b"9007199254740993",
        C::IntegerBeyondI64 => b"9223372036854775808",
        C::IntegerBeyondU64 => b"18446744073709551616",
        C::TimestampWithoutOffset => b"\"2025-11-23T19:39:10\"",
        C::NegativeTimestamp => b"-86400",
        C::TimestampOfAnotherCentury => b"\"2125-11-23T19:39:10Z\"",
        _ => b"\"the day before yesterday\"",
    }
}

//! Events for a stream that nobody wrote a model for: each field from its own definition.

use crate::datagen::model::{Draft, Model};
use crate::datagen::seed::{Dice, Seeds};
use crate::datagen::shape::{FieldShape, Kind, Shape, Span};
use crate::datagen::text::{Stamp, push_decimal, push_padded};

/// An optional field is left out once in so many records.
const ABSENT_ONE_IN: u64 = 6;
/// Numbers without a range stay within this.
const SPAN_DEFAULT: (f64, f64) = (0.0, 1000.0);
/// Numbers are made as whole numbers of this many digits after the point at most.
const DIGITS_MAX: u32 = 9;
/// Enough for any believable number, and exact as a double.
const NUMBER_MAX: f64 = 1e12;

/// A number's range in units of its last digit.
#[derive(Clone, Copy, Debug)]
struct Scale {
    low: i64,
    high: i64,
    digits: u32,
}

/// Makes valid records from a stream's definition alone.
pub(in crate::datagen) struct GenericModel {
    shape: Shape,
    keys: u64,
    scales: Vec<Option<Scale>>,
    /// One for each field: fork it by key for what stays with that key.
    levels: Vec<Dice>,
    noise: Dice,
    /// The word drawn for each enumeration in this record, by field.
    words: Vec<Option<usize>>,
}

impl GenericModel {
    /// Records with `keys` different keys, at least one.
    pub(in crate::datagen) fn new(seeds: Seeds, keys: u32, shape: Shape) -> Self {
        let count = shape.fields.len();
        Self {
            keys: u64::from(keys.max(1)),
            scales: shape
                .fields
                .iter()
                .map(|field| scale(&field.kind))
                .collect(),
            levels: (0..count as u64)
                .map(|index| seeds.dice("level", index))
                .collect(),
            noise: seeds.dice("noise", 0),
            words: vec![None; count],
            shape,
        }
    }

    fn draw_words(&mut self) {
        for (word, field) in self.words.iter_mut().zip(&self.shape.fields) {
            *word = match &field.kind {
                // The first words are the usual ones: each is twice as likely as the next.
                Kind::Enumeration(words) => {
                    let rank = self.noise.bits().trailing_zeros() as usize;
                    Some(rank % words.len())
                }
                _ => None,
            };
        }
    }

    /// True if the record needs the field, or has it by chance.
    fn has(&mut self, index: usize) -> bool {
        let field = &self.shape.fields[index];
        let called_for = !field.required_when.is_empty()
            && field.required_when.iter().all(|(other, token)| {
                match (&self.shape.fields[*other].kind, self.words[*other]) {
                    (Kind::Enumeration(words), Some(word)) => token[1..].starts_with(&words[word]),
                    // Other conditions may hold: with the field nothing is wrong in any case.
                    _ => true,
                }
            });
        field.required
            || index == self.shape.key_field
            || called_for
            || !self.noise.one_in(ABSENT_ONE_IN)
    }

    fn push_value(&mut self, index: usize, key: u64, at: &Stamp, out: &mut Vec<u8>) {
        let field = &self.shape.fields[index];
        match &field.kind {
            Kind::Text { .. } => {
                let number = self.levels[index].fork(key).below(20) + 1;
                out.push(b'"');
                push_text(field, &field.name, number, out);
                out.push(b'"');
            }
            Kind::Boolean => {
                let word: &[u8] = if self.noise.one_in(2) {
                    b"true"
                } else {
                    b"false"
                };
                out.extend_from_slice(word);
            }
            Kind::Timestamp { .. } => {
                out.push(b'"');
                out.extend_from_slice(at.text());
                out.push(b'"');
            }
            Kind::Enumeration(words) => {
                out.push(b'"');
                out.extend_from_slice(words[self.words[index].unwrap_or(0)].as_bytes());
                out.push(b'"');
            }
            Kind::Integer(_) | Kind::Number(_) | Kind::Decimal(_) => {
                if let Some(Scale { low, high, digits }) = self.scales[index] {
                    // Each key has its level in the middle of the range, and stays near it.
                    let width = high - low;
                    let level =
                        low + width / 5 + self.levels[index].fork(key).between(0, width * 3 / 5);
                    let near = level + self.noise.bell(width / 40);
                    push_decimal(out, near.clamp(low, high), digits);
                }
            }
        }
    }

    fn push_key(&self, key: u64, out: &mut Vec<u8>) {
        let field = &self.shape.fields[self.shape.key_field];
        match (&field.kind, self.scales[self.shape.key_field]) {
            (Kind::Enumeration(words), _) => {
                out.extend_from_slice(words[(key % words.len() as u64) as usize].as_bytes());
            }
            (_, Some(Scale { low, high, digits })) => {
                let number = low.max(0).saturating_add(key as i64).min(high);
                push_decimal(out, number, digits);
            }
            _ => push_text(field, &self.shape.name, key + 1, out),
        }
    }
}

impl Model for GenericModel {
    fn write(&mut self, sequence: u64, at: &Stamp, draft: &mut Draft) {
        let key = sequence % self.keys;
        self.draw_words();
        self.push_key(key, &mut draft.key);
        let value = &mut draft.value;
        value.push(b'{');
        for index in 0..self.shape.fields.len() {
            if !self.has(index) {
                continue;
            }
            if value.len() > 1 {
                value.push(b',');
            }
            value.push(b'"');
            value.extend_from_slice(self.shape.fields[index].name.as_bytes());
            value.extend_from_slice(b"\":");
            if index == self.shape.key_field {
                let quoted = self.shape.fields[index].kind.span().is_none();
                value.extend_from_slice(if quoted { b"\"" } else { b"" });
                value.extend_from_slice(&draft.key);
                value.extend_from_slice(if quoted { b"\"" } else { b"" });
            } else {
                self.push_value(index, key, at, value);
            }
        }
        value.push(b'}');
    }
}

/// Appends a name such as `shipment-0042`, cut and filled to the length that the field allows.
fn push_text(field: &FieldShape, name: &str, number: u64, out: &mut Vec<u8>) {
    let Kind::Text {
        min_length,
        max_length,
    } = field.kind
    else {
        return;
    };
    let start = out.len();
    push_padded(out, number, 4);
    let room = max_length;
    let name = name.as_bytes();
    if name.is_ascii() && name.len() + 5 <= room {
        out.splice(start..start, name.iter().copied().chain([b'-']));
    } else if out.len() - start > room {
        out.drain(start..out.len() - room);
    }
    while out.len() - start < min_length {
        out.push(b'x');
    }
}

/// The range of a number in units of the fewest digits that have a place in it.
fn scale(kind: &Kind) -> Option<Scale> {
    let Span { min, max } = kind.span()?;
    let (low, high) = match (min, max) {
        (Some(min), Some(max)) => (min, max),
        (Some(min), None) => (min, min + SPAN_DEFAULT.1),
        (None, Some(max)) => (max - SPAN_DEFAULT.1, max),
        (None, None) => SPAN_DEFAULT,
    };
    let (low, high) = (
        low.clamp(-NUMBER_MAX, NUMBER_MAX),
        high.clamp(-NUMBER_MAX, NUMBER_MAX),
    );
    let whole = matches!(kind, Kind::Integer(_));
    let scaled = |digits: u32| {
        let unit = 10_f64.powi(digits as i32);
        Scale {
            low: (low * unit).ceil() as i64,
            high: (high * unit).floor() as i64,
            digits,
        }
    };
    let wide_enough = |scale: &Scale| scale.high - scale.low >= 100;
    if whole {
        return Some(scaled(0));
    }
    (2..DIGITS_MAX)
        .map(scaled)
        .find(wide_enough)
        .or_else(|| Some(scaled(DIGITS_MAX)))
}

//! Why a record was not accepted: a stable code for programs and a message for people.

use std::fmt;

macro_rules! reasons {
    ($($variant:ident $code:literal $doc:literal),+ $(,)?) => {
        /// Why a record is a dead letter. The codes are stable: scripts and dashboards count by them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $doc] $variant),+ }

        impl Reason {
            /// The code, as in the header `__connect.errors.exception.class.name` and in
            /// `dead_letters.csv`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// One sentence for people, as in the table of `docs/streams.md`.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }

            /// Every reason, in the order of the documentation.
            pub fn all() -> &'static [Self] {
                &[$(Self::$variant),+]
            }
        }
    };
}

reasons! {
    NullValue "null_value" "The record has no value (a tombstone).",
    EmptyValue "empty_value" "The value has no bytes, or white space only.",
    TooLarge "too_large" "The value is larger than the size limit, or the dead letter was and had to be cut.",
    ByteOrderMark "byte_order_mark" "The value starts with a byte order mark (RFC 8259 section 8.1 forbids it).",
    InvalidUtf8 "invalid_utf8" "The value is not UTF-8.",
    InvalidJson "invalid_json" "The value is not JSON (RFC 8259), for instance NaN, a single quote or a trailing comma.",
    TruncatedJson "truncated_json" "The value ends in the middle of its JSON.",
    TrailingBytes "trailing_bytes" "Something follows the end of the JSON object.",
    LoneSurrogate "lone_surrogate" "A string holds half of a surrogate pair (\\ud800 to \\udfff).",
    TooDeep "too_deep" "Arrays and objects are nested more than 128 deep.",
    NotAnObject "not_an_object" "The value is JSON, but an array, a string, a number, a boolean or null.",
    DuplicateKey "duplicate_key" "A field of the stream is there twice.",
    UnknownField "unknown_field" "A field that the stream does not know, where the definition says `reject`.",
    MissingField "missing_field" "A required field is absent or null.",
    WrongType "wrong_type" "A field has another JSON type than the definition says.",
    OutOfRange "out_of_range" "A number is below the field's `min` or above its `max`.",
    NumberOverflow "number_overflow" "A number does not fit its type: 1e400, an integer beyond 64 bits, a decimal of more than 38 digits.",
    TooShort "too_short" "A string has fewer characters than the field's `min_length`.",
    TooLong "too_long" "A string has more characters than the field's `max_length`.",
    NotInEnumeration "not_in_enumeration" "A value that the field's `values` do not list.",
    InvalidTimestamp "invalid_timestamp" "A timestamp that is neither RFC 3339 nor an epoch number, or a day that does not exist.",
    TimestampWithoutZone "timestamp_without_zone" "A timestamp without an offset, where the definition names no zone.",
    TimestampOutOfWindow "timestamp_out_of_window" "A timestamp before or after the field's window.",
    MissingKey "missing_key" "The record has no key.",
    KeyMismatch "key_mismatch" "The record's key is not the value of the key field.",
    MissingStreamType "missing_stream_type" "A record in the processed topic has no `type` (stage `sink`).",
    UnknownStreamType "unknown_stream_type" "A record in the processed topic has a `type` that no definition names (stage `sink`).",
    InvalidLineage "invalid_lineage" "A record in an output topic does not say which source record it came from (stage `sink`).",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A record that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Reject {
    /// The stable code.
    pub reason: Reason,
    /// What is wrong, with the field, its value shortened, and the limit.
    pub message: String,
    /// The field, by its name in the source record, where one field is to blame.
    pub field: Option<String>,
}

impl Reject {
    /// A reject that no single field is to blame for.
    pub(crate) fn whole(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            field: None,
        }
    }

    /// A reject of one field. `rest` follows the field's name in the message.
    pub(crate) fn field(reason: Reason, field: &str, rest: impl fmt::Display) -> Self {
        Self {
            reason,
            message: format!("`{field}` {rest}"),
            field: Some(field.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_snake_case_words() {
        let codes: BTreeSet<_> = Reason::all().iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::all().len());
        for code in codes {
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
        }
    }
}

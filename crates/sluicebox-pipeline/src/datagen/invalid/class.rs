//! The kinds of bad records.

use std::fmt;

macro_rules! classes {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal,)*) => {
        /// What is wrong with an invalid record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum InvalidClass { $($(#[doc = $doc])* $name,)* }

        impl InvalidClass {
            /// Every class, in the order in which they take turns.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A stable name for summaries and metrics.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

classes! {
    /// A required field is left out.
    MissingField "missing_field",
    /// A number below its range.
    BelowRange "below_range",
    /// A number above its range.
    AboveRange "above_range",
    /// A value of another JSON type than the field's.
    WrongType "wrong_type",
    /// A word that the enumeration does not have.
    UnknownWord "unknown_word",
    /// A timestamp that is none.
    MalformedTimestamp "malformed_timestamp",
    /// A field is left out that another field's value calls for.
    MissingWhenRequired "missing_when_required",
    /// A null value: a tombstone.
    Tombstone "tombstone",
    /// A value of no bytes.
    EmptyValue "empty_value",
    /// JSON that ends in the middle.
    TruncatedJson "truncated_json",
    /// A byte order mark in front.
    ByteOrderMark "byte_order_mark",
    /// More after the object's end.
    TrailingData "trailing_data",
    /// An array in place of an object.
    ArrayRecord "array_record",
    /// A number in place of an object.
    NumberRecord "number_record",
    /// A string in place of an object.
    StringRecord "string_record",
    /// Bytes that are not UTF-8.
    InvalidUtf8 "invalid_utf8",
    /// Half of a surrogate pair.
    LoneSurrogate "lone_surrogate",
    /// A NUL that is not escaped.
    RawNul "raw_nul",
    /// A line feed that is not escaped.
    RawLineFeed "raw_line_feed",
    /// A carriage return that is not escaped.
    RawCarriageReturn "raw_carriage_return",
    /// A quote that is not escaped.
    RawQuote "raw_quote",
    /// `NaN` for a number.
    NotANumber "not_a_number",
    /// `Infinity` for a number.
    Infinity "infinity",
    /// `1e400` for a number.
    NumberOverflow "number_overflow",
    /// An integer that a double cannot hold exactly.
    IntegerBeyond53Bits "integer_beyond_53_bits",
    /// An integer that 64 signed bits cannot hold.
    IntegerBeyondI64 "integer_beyond_i64",
    /// An integer that 64 bits cannot hold.
    IntegerBeyondU64 "integer_beyond_u64",
    /// `null` for a required field.
    NullField "null_field",
    /// The same field twice.
    DuplicateField "duplicate_field",
    /// A field that the definition does not have, where unknown fields are rejected.
    UnknownField "unknown_field",
    /// Arrays in arrays in arrays.
    DeepNesting "deep_nesting",
    /// Text longer than the field allows.
    TextTooLong "text_too_long",
    /// Local time that does not say of where.
    TimestampWithoutOffset "timestamp_without_offset",
    /// Before 1970.
    NegativeTimestamp "negative_timestamp",
    /// Microseconds where milliseconds are meant.
    MicrosecondTimestamp "microsecond_timestamp",
    /// A hundred years off.
    TimestampOfAnotherCentury "timestamp_of_another_century",
    /// No key.
    MissingKey "missing_key",
    /// A key that is not the one in the value.
    KeyMismatch "key_mismatch",
    /// A bad value with a thousand headers.
    ManyHeaders "many_headers",
    /// A bad value exactly as large as the limit.
    ValueAtLimit "value_at_limit",
    /// A bad value one byte over the limit.
    ValueOverLimit "value_over_limit",
}

impl InvalidClass {
    /// Position in [`InvalidClass::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// True for classes that only make sense against a size limit.
    pub(crate) fn needs_size_limit(self) -> bool {
        matches!(self, Self::ValueAtLimit | Self::ValueOverLimit)
    }

    /// True for records that are large, and hence come less often.
    pub(crate) fn is_heavy(self) -> bool {
        matches!(
            self,
            Self::ManyHeaders | Self::ValueAtLimit | Self::ValueOverLimit
        )
    }
}

impl fmt::Display for InvalidClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

//! Why the plan rejects each class.

use super::class::InvalidClass;
use sluicebox_event::Reason;

impl InvalidClass {
    /// The reasons that a plan may give. Several where it depends on the field's type.
    pub fn reasons(self) -> &'static [Reason] {
        match self {
            Self::MissingField
            | Self::NullField
            | Self::MissingWhenRequired
            | Self::ManyHeaders
            | Self::ValueAtLimit => &[Reason::MissingField],
            Self::BelowRange | Self::AboveRange => &[Reason::OutOfRange],
            Self::IntegerBeyond53Bits | Self::IntegerBeyondI64 | Self::IntegerBeyondU64 => {
                &[Reason::OutOfRange, Reason::NumberOverflow]
            }
            Self::NumberOverflow => &[Reason::NumberOverflow, Reason::OutOfRange],
            Self::WrongType => &[Reason::WrongType],
            Self::UnknownWord => &[Reason::NotInEnumeration],
            Self::MalformedTimestamp => &[Reason::InvalidTimestamp],
            Self::TimestampWithoutOffset => &[Reason::TimestampWithoutZone],
            Self::NegativeTimestamp | Self::TimestampOfAnotherCentury => {
                &[Reason::TimestampOutOfWindow]
            }
            Self::MicrosecondTimestamp => &[Reason::TimestampOutOfWindow, Reason::InvalidTimestamp],
            Self::Tombstone => &[Reason::NullValue],
            Self::EmptyValue => &[Reason::EmptyValue],
            Self::TruncatedJson => &[Reason::TruncatedJson],
            Self::ByteOrderMark => &[Reason::ByteOrderMark],
            Self::TrailingData => &[Reason::TrailingBytes],
            Self::ArrayRecord | Self::NumberRecord | Self::StringRecord => &[Reason::NotAnObject],
            Self::InvalidUtf8 => &[Reason::InvalidUtf8],
            Self::LoneSurrogate => &[Reason::LoneSurrogate],
            Self::RawNul
            | Self::RawLineFeed
            | Self::RawCarriageReturn
            | Self::RawQuote
            | Self::NotANumber
            | Self::Infinity => &[Reason::InvalidJson],
            Self::DuplicateField => &[Reason::DuplicateKey],
            Self::UnknownField => &[Reason::UnknownField],
            // Where unknown fields are rejected, the one that is nested too deep is unknown first.
            Self::DeepNesting => &[Reason::TooDeep, Reason::UnknownField],
            Self::TextTooLong => &[Reason::TooLong],
            Self::MissingKey => &[Reason::MissingKey],
            Self::KeyMismatch => &[Reason::KeyMismatch],
            Self::ValueOverLimit => &[Reason::TooLarge],
        }
    }
}

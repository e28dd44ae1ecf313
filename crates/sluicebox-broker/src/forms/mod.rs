//! The form of requests, checked before they are decoded.
//!
//! The protocol library reserves memory for as many elements as an array claims to have: four bytes
//! that claim two thousand million end the process. So every request is walked through first, along
//! the form of its API, and refused when it claims more than it has bytes for, or more than any
//! client asks at once. What has passed costs memory within [`REQUEST_ELEMENTS_MAX_COUNT`].
//!
//! The walk takes what the library takes and no less: what it refuses beside its limits, the
//! library refuses too (tests and a fuzz target hold the two together).

mod table;
#[cfg(test)]
mod tests;

pub(crate) use table::form_of;

use crate::limits::REQUEST_ELEMENTS_MAX_COUNT;

/// What stands at one place of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    /// A number, flag or id of so many bytes.
    Fixed(usize),
    /// A string, which may be null.
    Text,
    /// Bytes, which may be null.
    Blob,
    /// An array of structures, which may be null.
    Structs(&'static [Field]),
    /// An array of anything else, which may be null.
    List(&'static Field),
    /// Only there from this version on.
    Since(i16, &'static Field),
    /// Only there up to this version.
    Until(i16, &'static Field),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    /// It ends within a field.
    #[error("it ends too early")]
    Short,
    /// A length below null's.
    #[error("a length of {0}")]
    NegativeLength(i32),
    /// An array that cannot be as long as it says.
    #[error("an array of {claimed} elements in {left} bytes")]
    FalseCount {
        /// Elements it claims to have.
        claimed: usize,
        /// Bytes that follow.
        left: usize,
    },
    /// More than anyone asks for at once.
    #[error("more than {REQUEST_ELEMENTS_MAX_COUNT} elements in one request: send several")]
    TooMany,
}

/// Walks through the body of a request; answers the bytes that follow it. `flexible` is the coding
/// of KIP-482: short lengths, and tagged fields at the end of every structure.
pub(crate) fn check<'a>(
    form: &[Field],
    version: i16,
    flexible: bool,
    body: &'a [u8],
) -> Result<&'a [u8], FormError> {
    let mut walk = Walk::new(body, version, flexible);
    walk.structure(form)?;
    Ok(walk.rest)
}

/// Walks through the header of a request, whose tagged fields are decoded as well.
pub(crate) fn check_header(frame: &[u8], flexible: bool) -> Result<(), FormError> {
    let mut walk = Walk::new(frame, 0, flexible);
    // API key, version, correlation id; then the client's name, which is never in the short form.
    walk.skip(8)?;
    walk.flexible = false;
    walk.field(&Field::Text)?;
    walk.flexible = flexible;
    walk.tags()
}

struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    elements: usize,
}

impl<'a> Walk<'a> {
    fn new(rest: &'a [u8], version: i16, flexible: bool) -> Self {
        Self {
            rest,
            version,
            flexible,
            elements: 0,
        }
    }

    fn structure(&mut self, fields: &[Field]) -> Result<(), FormError> {
        for field in fields {
            self.field(field)?;
        }
        self.tags()
    }

    fn field(&mut self, field: &Field) -> Result<(), FormError> {
        match field {
            Field::Fixed(bytes) => self.skip(*bytes),
            Field::Text => {
                let length = self.length(2)?;
                self.skip(length.unwrap_or(0))
            }
            Field::Blob => {
                let length = self.length(4)?;
                self.skip(length.unwrap_or(0))
            }
            Field::Structs(fields) => {
                for _ in 0..self.count()? {
                    self.structure(fields)?;
                }
                Ok(())
            }
            Field::List(element) => {
                for _ in 0..self.count()? {
                    self.field(element)?;
                }
                Ok(())
            }
            Field::Since(version, field) if self.version >= *version => self.field(field),
            Field::Until(version, field) if self.version <= *version => self.field(field),
            Field::Since(..) | Field::Until(..) => Ok(()),
        }
    }

    /// The elements of an array, which are as many as it says and no more than allowed.
    fn count(&mut self) -> Result<usize, FormError> {
        let claimed = self.length(4)?.unwrap_or(0);
        // Every element takes a byte at least.
        let left = self.rest.len();
        if claimed > left {
            return Err(FormError::FalseCount { claimed, left });
        }
        self.account(claimed)?;
        Ok(claimed)
    }

    /// Tagged fields: the library keeps each, whether it knows it or not.
    fn tags(&mut self) -> Result<(), FormError> {
        if !self.flexible {
            return Ok(());
        }
        let count = self.short_number()? as usize;
        self.account(count)?;
        for _ in 0..count {
            self.short_number()?;
            let length = self.short_number()?;
            self.skip(length as usize)?;
        }
        Ok(())
    }

    fn account(&mut self, elements: usize) -> Result<(), FormError> {
        self.elements = self.elements.saturating_add(elements);
        if self.elements > REQUEST_ELEMENTS_MAX_COUNT {
            return Err(FormError::TooMany);
        }
        Ok(())
    }

    /// A length of `bytes` bytes, or in the short form; `None` is null.
    fn length(&mut self, bytes: usize) -> Result<Option<usize>, FormError> {
        if self.flexible {
            let length = self.short_number()?;
            return Ok((length as usize).checked_sub(1));
        }
        let (head, rest) = self.rest.split_at_checked(bytes).ok_or(FormError::Short)?;
        self.rest = rest;
        let length = match *head {
            [high, low] => i32::from(i16::from_be_bytes([high, low])),
            [a, b, c, d] => i32::from_be_bytes([a, b, c, d]),
            _ => return Err(FormError::Short),
        };
        match length {
            -1 => Ok(None),
            length => {
                let checked = usize::try_from(length);
                checked
                    .map(Some)
                    .map_err(|_| FormError::NegativeLength(length))
            }
        }
    }

    /// An unsigned varint. The library reads five bytes at most, and drops what is above 32 bits.
    fn short_number(&mut self) -> Result<u32, FormError> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(FormError::Short)?;
            self.rest = rest;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(value)
    }

    fn skip(&mut self, bytes: usize) -> Result<(), FormError> {
        self.rest = self.rest.get(bytes..).ok_or(FormError::Short)?;
        Ok(())
    }
}

//! The one pass over a value: checks the JSON grammar and notes where the wanted members are.
//!
//! It works on ranges of the input and allocates nothing (an escaped member name is decoded into
//! a buffer that is used again). UTF-8 has been checked before, for the whole value at once.

use super::members::{Kind, MemberTable, Slot};
use super::string;
use crate::limits::NESTING_MAX_LEVELS;

/// Why a value cannot be read. Positions are byte offsets into the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanError {
    Truncated,
    Unexpected { at: usize },
    ControlCharacter { at: usize },
    LoneSurrogate { at: usize },
    TooDeep { at: usize },
    Trailing { at: usize },
    NotAnObject { kind: Kind },
    Duplicate { at: usize, end: usize },
    Unknown { at: usize, end: usize },
}

/// What to do with members that the table does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    Count,
    Refuse,
}

/// Reads a whole value into `slots` (at least `table.slots()`, all absent). Answers how many
/// members the table does not have. Those may repeat: nothing of them is kept.
pub(crate) fn scan(
    bytes: &[u8],
    table: &MemberTable,
    slots: &mut [Slot],
    unknown: Unknown,
    buffer: &mut Vec<u8>,
) -> Result<u32, ScanError> {
    let mut scanner = Scanner {
        bytes,
        at: 0,
        unknown,
        unknown_members: 0,
        buffer,
    };
    scanner.skip_space();
    if scanner.peek()? == b'{' {
        scanner.at += 1;
        scanner.object_into(table, slots, 0, 1)?;
        scanner.end()?;
        return Ok(scanner.unknown_members);
    }
    let kind = scanner.value(0)?;
    scanner.end()?;
    Err(ScanError::NotAnObject { kind })
}

struct Scanner<'a, 'b> {
    bytes: &'a [u8],
    at: usize,
    unknown: Unknown,
    unknown_members: u32,
    buffer: &'b mut Vec<u8>,
}

impl Scanner<'_, '_> {
    #[inline]
    fn peek(&self) -> Result<u8, ScanError> {
        self.bytes.get(self.at).copied().ok_or(ScanError::Truncated)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self) -> Result<T, ScanError> {
        Err(if self.at < self.bytes.len() {
            ScanError::Unexpected { at: self.at }
        } else {
            ScanError::Truncated
        })
    }

    fn end(&mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(ScanError::Trailing { at: self.at });
        }
        Ok(())
    }

    /// The members of an object whose brace has been read, into the table's slots.
    fn object_into(
        &mut self,
        table: &MemberTable,
        slots: &mut [Slot],
        first_slot: usize,
        level: u32,
    ) -> Result<(), ScanError> {
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        let mut next = 0;
        loop {
            let name_at = self.at;
            if let Some(member) = self.name(table, next)? {
                next = member + 1;
                let name_end = self.at;
                self.skip_space();
                let start = self.at;
                let kind = match table.nested(member) {
                    Some((inner, offset)) if self.peek()? == b'{' => {
                        self.at += 1;
                        self.object_into(inner, slots, first_slot + offset, level + 1)?;
                        Kind::Object
                    }
                    _ => self.value(level)?,
                };
                let slot = &mut slots[first_slot + member];
                if slot.kind != Kind::Absent {
                    return Err(ScanError::Duplicate {
                        at: name_at,
                        end: name_end,
                    });
                }
                *slot = Slot {
                    kind,
                    start: start as u32,
                    end: self.at as u32,
                };
            } else {
                self.unknown_member(name_at, level)?;
            }
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    #[cold]
    fn unknown_member(&mut self, name_at: usize, level: u32) -> Result<(), ScanError> {
        if self.unknown == Unknown::Refuse {
            return Err(ScanError::Unknown {
                at: name_at,
                end: self.at,
            });
        }
        self.unknown_members += 1;
        self.skip_space();
        self.value(level)?;
        Ok(())
    }

    /// A member's name and colon. `None`: the table does not have it.
    #[inline]
    fn name(&mut self, table: &MemberTable, next: usize) -> Result<Option<usize>, ScanError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some((member, length)) = table.expected(rest, next) {
            self.at += length;
            return Ok(Some(member));
        }
        self.any_name(table)
    }

    fn any_name(&mut self, table: &MemberTable) -> Result<Option<usize>, ScanError> {
        if self.peek()? != b'"' {
            return self.unexpected();
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let inner = &self.bytes[start..self.at - 1];
        let member = if escaped {
            self.buffer.clear();
            string::decode(inner, self.buffer);
            table.find(self.buffer)
        } else {
            table.find(inner)
        };
        self.colon()?;
        Ok(member)
    }

    fn colon(&mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.peek()? != b':' {
            return self.unexpected();
        }
        self.at += 1;
        Ok(())
    }

    /// Behind a member or element: a comma (true) or the closing byte (false).
    #[inline]
    fn more(&mut self, close: u8) -> Result<bool, ScanError> {
        self.skip_space();
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            return Ok(false);
        }
        if byte != b',' {
            return self.unexpected();
        }
        self.at += 1;
        self.skip_space();
        Ok(true)
    }

    /// Any value, which lies `level` levels deep.
    #[inline]
    fn value(&mut self, level: u32) -> Result<Kind, ScanError> {
        match self.peek()? {
            b'"' => Ok(if self.string()? {
                Kind::Escaped
            } else {
                Kind::Plain
            }),
            b'-' | b'0'..=b'9' => self.number().map(|()| Kind::Number),
            b't' => self.word(b"true").map(|()| Kind::True),
            b'f' => self.word(b"false").map(|()| Kind::False),
            b'n' => self.word(b"null").map(|()| Kind::Null),
            b'{' => self.object(level + 1).map(|()| Kind::Object),
            b'[' => self.array(level + 1).map(|()| Kind::Array),
            _ => self.unexpected(),
        }
    }

    fn deep_enough(&self, level: u32) -> Result<(), ScanError> {
        if level > NESTING_MAX_LEVELS {
            return Err(ScanError::TooDeep { at: self.at });
        }
        Ok(())
    }

    fn object(&mut self, level: u32) -> Result<(), ScanError> {
        self.deep_enough(level)?;
        self.at += 1;
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek()? != b'"' {
                return self.unexpected();
            }
            self.string()?;
            self.colon()?;
            self.skip_space();
            self.value(level)?;
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self, level: u32) -> Result<(), ScanError> {
        self.deep_enough(level)?;
        self.at += 1;
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(level)?;
            if !self.more(b']')? {
                return Ok(());
            }
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), ScanError> {
        for &expected in word {
            if self.peek()? != expected {
                return self.unexpected();
            }
            self.at += 1;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), ScanError> {
        if !self.peek()?.is_ascii_digit() {
            return self.unexpected();
        }
        while let Some(b'0'..=b'9') = self.bytes.get(self.at) {
            self.at += 1;
        }
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<(), ScanError> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let b'+' | b'-' = self.peek()? {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// A string whose quote is next. True when it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, ScanError> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at = plain_end(self.bytes, self.at);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(ScanError::ControlCharacter { at: self.at }),
            }
        }
    }

    fn escape(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        self.at += 1;
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                let first = self.unicode()?;
                if (0xdc00..0xe000).contains(&first) {
                    return Err(ScanError::LoneSurrogate { at: start });
                }
                if (0xd800..0xdc00).contains(&first) {
                    self.low_surrogate(start)?;
                }
            }
            _ => return self.unexpected(),
        }
        Ok(())
    }

    fn low_surrogate(&mut self, start: usize) -> Result<(), ScanError> {
        for expected in *b"\\u" {
            if self.peek()? != expected {
                return Err(ScanError::LoneSurrogate { at: start });
            }
            self.at += 1;
        }
        if !(0xdc00..0xe000).contains(&self.unicode()?) {
            return Err(ScanError::LoneSurrogate { at: start });
        }
        Ok(())
    }

    /// Four hexadecimal digits.
    fn unicode(&mut self) -> Result<u16, ScanError> {
        for offset in 0..4 {
            match self.bytes.get(self.at + offset) {
                Some(byte) if byte.is_ascii_hexdigit() => {}
                Some(_) => {
                    return Err(ScanError::Unexpected {
                        at: self.at + offset,
                    });
                }
                None => return Err(ScanError::Truncated),
            }
        }
        let value = string::hex4(&self.bytes[self.at..]).unwrap_or_default();
        self.at += 4;
        Ok(value)
    }
}

/// Where, from `at` on, the next quote, backslash or control character is: eight bytes at a time.
///
/// A byte is found by the borrow of a subtraction (Hacker's Delight section 6-1). The borrow may
/// mark bytes above a true hit as well, but the lowest mark is always right.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    while let Some(Ok(chunk)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(chunk);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
        let marks = (found | control) & HIGHS;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

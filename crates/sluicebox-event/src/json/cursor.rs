//! The grammar of JSON (RFC 8259), value by value, over borrowed bytes. It only moves on: what it
//! passes is checked and, apart from its kind, not looked at.

use super::members::Kind;
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

/// A place in a value.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Cursor<'_> {
    #[inline]
    pub(super) fn peek(&self) -> Result<u8, ScanError> {
        self.bytes.get(self.at).copied().ok_or(ScanError::Truncated)
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn unexpected<T>(&self) -> Result<T, ScanError> {
        Err(if self.at < self.bytes.len() {
            ScanError::Unexpected { at: self.at }
        } else {
            ScanError::Truncated
        })
    }

    pub(super) fn end(&mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(ScanError::Trailing { at: self.at });
        }
        Ok(())
    }

    pub(super) fn colon(&mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.peek()? != b':' {
            return self.unexpected();
        }
        self.at += 1;
        Ok(())
    }

    /// Behind a member or element: a comma (true) or the closing byte (false).
    #[inline]
    pub(super) fn more(&mut self, close: u8) -> Result<bool, ScanError> {
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
    pub(super) fn value(&mut self, level: u32) -> Result<Kind, ScanError> {
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
    pub(super) fn string(&mut self) -> Result<bool, ScanError> {
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

//! Rows of a CSV file (RFC 4180), one at a time, as the bytes they are.
//!
//! What the account of a run and `verify` read files with. Nothing is unescaped: what they look
//! for (numbers, times, names of topics) is never quoted.

use std::io::{self, Read};

/// First size of the buffer; it grows with the longest row.
const BUFFER_MIN_BYTES: usize = 256 * 1024;

/// Reads rows from `input`.
#[derive(Debug)]
pub(crate) struct RowReader<R> {
    input: R,
    row_max_bytes: usize,
    buffer: Vec<u8>,
    /// The unread part of the buffer; a row that was handed out is still in it.
    start: usize,
    end: usize,
    /// Bytes of the row that was handed out last.
    taken: usize,
    /// Where in the file `buffer[start]` is.
    position: u64,
    /// Where the fields of the row end, from its start.
    ends: Vec<usize>,
}

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Next<'a> {
    /// A whole row.
    Row(Row<'a>),
    /// Bytes without the end of a row, at this position: the file ends in it, or it is longer than
    /// rows can be. [`RowReader::skip_line`] goes on behind its first line.
    Unfinished(u64),
    /// The end of the file, where a row ended.
    End,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// All of it, with its line end.
    pub(crate) bytes: &'a [u8],
    /// Where its first byte is in the file.
    pub(crate) position: u64,
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field as it stands, with its quotes.
    pub(crate) fn field(&self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1] + 1,
        };
        Some(&self.bytes[start..end])
    }

    /// A field that is a whole number from 0 on, written in digits only.
    pub(crate) fn number(&self, index: usize) -> Option<i64> {
        let digits = self.field(index)?;
        if digits.is_empty() {
            return None;
        }
        digits.iter().try_fold(0_i64, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then_some(())?;
            number.checked_mul(10)?.checked_add(i64::from(digit))
        })
    }
}

impl<R: Read> RowReader<R> {
    /// A reader of `input`, whose first byte is the start of a row at `position` of the file. What
    /// is longer than `row_max_bytes` is no row.
    pub(crate) fn new(input: R, position: u64, row_max_bytes: usize) -> Self {
        Self::with_buffer(input, position, row_max_bytes, BUFFER_MIN_BYTES)
    }

    /// As [`new`](Self::new), with a buffer that has this size at first.
    pub(crate) fn with_buffer(
        input: R,
        position: u64,
        row_max_bytes: usize,
        buffer_bytes: usize,
    ) -> Self {
        Self {
            input,
            row_max_bytes,
            buffer: vec![0; buffer_bytes.max(1)],
            start: 0,
            end: 0,
            taken: 0,
            position,
            ends: Vec::new(),
        }
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        self.give_back();
        self.ends.clear();
        let (mut length, mut quoted) = (0, false);
        loop {
            let unread = &self.buffer[self.start + length..self.end];
            let found = if quoted {
                unread.iter().position(|byte| *byte == b'"')
            } else {
                let mark = |byte: &u8| matches!(byte, b',' | b'\n' | b'"');
                unread.iter().position(mark)
            };
            let Some(found) = found else {
                length = self.end - self.start;
                if length > self.row_max_bytes || !self.fill()? {
                    return Ok(match length {
                        0 => Next::End,
                        _ => Next::Unfinished(self.position),
                    });
                }
                continue;
            };
            length += found + 1;
            match unread[found] {
                b'"' => quoted = !quoted,
                b',' => self.ends.push(length - 1),
                _ => {
                    self.ends.push(length - 1);
                    self.taken = length;
                    return Ok(Next::Row(Row {
                        bytes: &self.buffer[self.start..self.start + length],
                        position: self.position,
                        ends: &self.ends,
                    }));
                }
            }
        }
    }

    /// Goes on behind the first line end of what [`next`](Self::next) gave: after damage, the next
    /// line may be a row again. `false`: there is no other line in what is buffered, and all of that
    /// is left out.
    pub(crate) fn skip_line(&mut self) -> bool {
        let unread = &self.buffer[self.start..self.end];
        let line_end = unread.iter().position(|byte| *byte == b'\n');
        self.taken = line_end.map_or(unread.len(), |at| at + 1);
        line_end.is_some()
    }

    /// The input, for what its reader has gathered.
    pub(crate) fn into_input(self) -> R {
        self.input
    }

    fn give_back(&mut self) {
        self.start += self.taken;
        self.position += self.taken as u64;
        self.taken = 0;
    }

    /// Reads on behind what is buffered. `false`: there is no more.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut reader = RowReader::new(text.as_bytes(), 100, 1_000);
        let mut rows = Vec::new();
        while let Next::Row(row) = reader.next().unwrap() {
            let fields = (0..row.len()).map(|at| row.field(at).unwrap());
            let fields = fields.map(|field| String::from_utf8_lossy(field).into_owned());
            rows.push((row.position, fields.collect()));
        }
        rows
    }

    #[test]
    fn fields_are_found_across_quotes_and_line_ends() {
        assert_eq!(
            all("a,,7\n\"x,\"\"\n\",b\n"),
            [
                (100, vec!["a".to_owned(), String::new(), "7".to_owned()]),
                (105, vec!["\"x,\"\"\n\"".to_owned(), "b".to_owned()]),
            ]
        );
    }

    #[test]
    fn after_damage_the_next_line_is_a_row_again() {
        let mut reader = RowReader::new(&b"a\"b\nc,d\n"[..], 0, 1_000);
        assert!(matches!(reader.next().unwrap(), Next::Unfinished(0)));
        assert!(reader.skip_line());
        assert!(matches!(reader.next().unwrap(), Next::Row(row) if row.bytes == b"c,d\n"));
        assert!(matches!(reader.next().unwrap(), Next::End));
    }

    #[test]
    fn a_row_longer_than_rows_can_be_is_none() {
        let text = format!("\"{}", "x".repeat(3 * BUFFER_MIN_BYTES));
        let mut reader = RowReader::new(text.as_bytes(), 0, 10);
        assert!(matches!(reader.next().unwrap(), Next::Unfinished(0)));
        assert!(reader.buffer.len() < text.len(), "it was not read whole");
        assert!(!reader.skip_line());
    }

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        let mut reader = RowReader::new(&b"07,+1,,9223372036854775808,12\n"[..], 0, 1_000);
        let Next::Row(row) = reader.next().unwrap() else {
            panic!("a row");
        };
        let numbers: Vec<_> = (0..6).map(|at| row.number(at)).collect();
        assert_eq!(numbers, [Some(7), None, None, None, Some(12), None]);
    }
}

//! The one pass over a value: checks the JSON grammar and notes where the wanted members are.
//!
//! It works on ranges of the input and allocates nothing (an escaped member name is decoded into
//! a buffer that is used again). UTF-8 has been checked before, for the whole value at once.

use super::cursor::Cursor;
pub(crate) use super::cursor::ScanError;
use super::members::{Kind, MemberTable, Slot};
use super::string;

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
        cursor: Cursor { bytes, at: 0 },
        unknown,
        unknown_members: 0,
        buffer,
    };
    scanner.cursor.skip_space();
    if scanner.cursor.peek()? == b'{' {
        scanner.cursor.at += 1;
        scanner.object_into(table, slots, 0, 1)?;
        scanner.cursor.end()?;
        return Ok(scanner.unknown_members);
    }
    let kind = scanner.cursor.value(0)?;
    scanner.cursor.end()?;
    Err(ScanError::NotAnObject { kind })
}

struct Scanner<'a, 'b> {
    cursor: Cursor<'a>,
    unknown: Unknown,
    unknown_members: u32,
    buffer: &'b mut Vec<u8>,
}

impl Scanner<'_, '_> {
    /// The members of an object whose brace has been read, into the table's slots.
    fn object_into(
        &mut self,
        table: &MemberTable,
        slots: &mut [Slot],
        first_slot: usize,
        level: u32,
    ) -> Result<(), ScanError> {
        self.cursor.skip_space();
        if self.cursor.peek()? == b'}' {
            self.cursor.at += 1;
            return Ok(());
        }
        let mut next = 0;
        loop {
            let name_at = self.cursor.at;
            if let Some(member) = self.name(table, next)? {
                next = member + 1;
                let name_end = self.cursor.at;
                self.cursor.skip_space();
                let start = self.cursor.at;
                let kind = match table.nested(member) {
                    Some((inner, offset)) if self.cursor.peek()? == b'{' => {
                        self.cursor.at += 1;
                        self.object_into(inner, slots, first_slot + offset, level + 1)?;
                        Kind::Object
                    }
                    _ => self.cursor.value(level)?,
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
                    end: self.cursor.at as u32,
                };
            } else {
                self.unknown_member(name_at, level)?;
            }
            if !self.cursor.more(b'}')? {
                return Ok(());
            }
        }
    }

    #[cold]
    fn unknown_member(&mut self, name_at: usize, level: u32) -> Result<(), ScanError> {
        if self.unknown == Unknown::Refuse {
            return Err(ScanError::Unknown {
                at: name_at,
                end: self.cursor.at,
            });
        }
        self.unknown_members += 1;
        self.cursor.skip_space();
        self.cursor.value(level)?;
        Ok(())
    }

    /// A member's name and colon. `None`: the table does not have it.
    #[inline]
    fn name(&mut self, table: &MemberTable, next: usize) -> Result<Option<usize>, ScanError> {
        let rest = self.cursor.bytes.get(self.cursor.at..).unwrap_or_default();
        if let Some((member, length)) = table.expected(rest, next) {
            self.cursor.at += length;
            return Ok(Some(member));
        }
        self.any_name(table)
    }

    fn any_name(&mut self, table: &MemberTable) -> Result<Option<usize>, ScanError> {
        if self.cursor.peek()? != b'"' {
            return self.cursor.unexpected();
        }
        let start = self.cursor.at + 1;
        let escaped = self.cursor.string()?;
        let inner = &self.cursor.bytes[start..self.cursor.at - 1];
        let member = if escaped {
            self.buffer.clear();
            string::decode(inner, self.buffer);
            table.find(self.buffer)
        } else {
            table.find(inner)
        };
        self.cursor.colon()?;
        Ok(member)
    }
}

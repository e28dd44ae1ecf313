//! The fields of journal records: little endian, strings with their length before them.

use uuid::Uuid;

/// Appends fields to a record.
#[derive(Default)]
pub(crate) struct FieldWriter(Vec<u8>);

impl FieldWriter {
    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(crate) fn i16(&mut self, value: i16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn i32(&mut self, value: i32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn uuid(&mut self, value: Uuid) -> &mut Self {
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    pub(crate) fn count(&mut self, value: usize) -> &mut Self {
        self.0.extend_from_slice(&(value as u32).to_le_bytes());
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.count(value.len());
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads fields back; every error says what was expected and where.
pub(crate) struct FieldReader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> FieldReader<'a> {
    pub(crate) fn new(record: &'a [u8]) -> Self {
        Self {
            rest: record,
            length: record.len(),
        }
    }

    fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], String> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.missing(what));
        };
        self.rest = rest;
        Ok(*head)
    }

    fn missing(&self, what: &str) -> String {
        format!(
            "the record ends at byte {} where {what} is expected",
            self.length
        )
    }

    pub(crate) fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take::<1>("a byte")?[0])
    }

    pub(crate) fn i16(&mut self) -> Result<i16, String> {
        Ok(i16::from_le_bytes(self.take("a 16 bit number")?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, String> {
        Ok(i32::from_le_bytes(self.take("a 32 bit number")?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, String> {
        Ok(i64::from_le_bytes(self.take("a 64 bit number")?))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, String> {
        Ok(Uuid::from_bytes(self.take("a topic id")?))
    }

    /// A count of things that take at least one byte each.
    pub(crate) fn count(&mut self) -> Result<usize, String> {
        let count = u32::from_le_bytes(self.take("a count")?) as usize;
        if count > self.rest.len() {
            return Err(self.missing("more"));
        }
        Ok(count)
    }

    pub(crate) fn text(&mut self) -> Result<String, String> {
        let length = self.count()?;
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        String::from_utf8(head.to_vec()).map_err(|error| format!("a text is damaged: {error}"))
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), String> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{} bytes follow the end of the record",
            self.rest.len()
        ))
    }
}

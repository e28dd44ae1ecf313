//! Records on their way out: one arena, and spans into it.

use std::ops::Range;

/// Records for one topic, values written straight into one buffer. Reused: after the first few
/// batches it allocates nothing.
#[derive(Debug, Default)]
pub struct OutBatch {
    arena: Vec<u8>,
    spans: Vec<Span>,
    headers: Vec<HeaderSpan>,
}

#[derive(Debug, Clone)]
struct Span {
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
    timestamp_ms: Option<i64>,
}

/// A header: its name, with the NUL that librdkafka wants behind it, and its value.
#[derive(Debug, Clone)]
struct HeaderSpan {
    name: Range<usize>,
    value: Option<Range<usize>>,
}

/// One record of a batch, read.
pub(crate) struct OutRecord<'a> {
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) has_headers: bool,
    pub(crate) timestamp_ms: Option<i64>,
}

impl OutRecord<'_> {
    /// Whether it has more than a call for many records at once can take.
    pub(crate) fn needs_own_call(&self) -> bool {
        self.has_headers || self.timestamp_ms.is_some()
    }
}

impl OutBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.spans.clear();
        self.headers.clear();
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes of keys, values and headers.
    pub fn bytes(&self) -> usize {
        self.arena.len()
    }

    /// Adds a record whose value `write` appends to the buffer. What is in the buffer already
    /// must be left alone. When `write` fails nothing is added.
    pub fn push<R, E>(
        &mut self,
        key: Option<&[u8]>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<R, E>,
    ) -> Result<R, E> {
        let start = self.arena.len();
        let key = key.map(|key| self.append(key));
        let value_start = self.arena.len();
        match write(&mut self.arena) {
            Ok(written) => {
                assert!(
                    self.arena.len() >= value_start,
                    "a value must only be appended"
                );
                let value = Some(value_start..self.arena.len());
                let headers = self.headers.len()..self.headers.len();
                self.spans.push(Span {
                    key,
                    value,
                    headers,
                    timestamp_ms: None,
                });
                Ok(written)
            }
            Err(error) => {
                self.arena.truncate(start);
                Err(error)
            }
        }
    }

    /// Adds a record with headers, whose values may be null. Names are cut at a NUL, which the client cannot send.
    pub fn push_with_headers(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        self.push_at(key, value, headers, None);
    }

    /// The same with a timestamp, epoch milliseconds; `None`: the time of sending (as the client
    /// takes 0, too). One that has it costs a call of its own, as one with headers does.
    pub fn push_at(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
        timestamp_ms: Option<i64>,
    ) {
        let key = key.map(|key| self.append(key));
        let value = value.map(|value| self.append(value));
        let first = self.headers.len();
        for (name, value) in headers {
            let name = name.split('\0').next().unwrap_or_default();
            let name = self.append(name.as_bytes());
            self.arena.push(0);
            let value = value.map(|value| self.append(value));
            self.headers.push(HeaderSpan { name, value });
        }
        self.spans.push(Span {
            key,
            value,
            headers: first..self.headers.len(),
            timestamp_ms,
        });
    }

    /// The record at `index`, which must be below [`len`](Self::len).
    pub(crate) fn get(&self, index: usize) -> OutRecord<'_> {
        let span = &self.spans[index];
        OutRecord {
            key: span.key.clone().map(|range| &self.arena[range]),
            value: span.value.clone().map(|range| &self.arena[range]),
            has_headers: !span.headers.is_empty(),
            timestamp_ms: span.timestamp_ms,
        }
    }

    /// The headers of a record. A name is followed by a NUL in the arena.
    pub(crate) fn headers(&self, index: usize) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers[self.spans[index].headers.clone()]
            .iter()
            .map(|header| {
                // With its NUL, so that a C string can be made of it without copying.
                let name = &self.arena[header.name.start..=header.name.end];
                (name, header.value.clone().map(|range| &self.arena[range]))
            })
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(bytes);
        start..self.arena.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_pushed() {
        let mut batch = OutBatch::new();
        let written: Result<u8, ()> = batch.push(Some(b"k"), |out| {
            out.extend_from_slice(b"value");
            Ok(7)
        });
        assert_eq!(written, Ok(7));
        batch.push_with_headers(None, None, &[("a", Some(b"1")), ("b\0c", None)]);
        assert_eq!(batch.len(), 2);
        let first = batch.get(0);
        assert_eq!(
            (first.key, first.value),
            (Some(&b"k"[..]), Some(&b"value"[..]))
        );
        assert!(!first.has_headers);
        let second = batch.get(1);
        assert_eq!((second.key, second.value), (None, None));
        let headers: Vec<_> = batch.headers(1).collect();
        assert_eq!(
            headers,
            [(&b"a\0"[..], Some(&b"1"[..])), (&b"b\0"[..], None)]
        );
    }

    #[test]
    fn a_failed_write_leaves_no_trace() {
        let mut batch = OutBatch::new();
        batch
            .push(Some(b"k"), |out| {
                out.extend_from_slice(b"kept");
                Ok::<_, ()>(())
            })
            .unwrap();
        let bytes = batch.bytes();
        let failed: Result<(), &str> = batch.push(Some(b"gone"), |out| {
            out.extend_from_slice(b"half a value");
            Err("no")
        });
        assert_eq!(failed, Err("no"));
        assert_eq!((batch.len(), batch.bytes()), (1, bytes));
        assert_eq!(batch.get(0).value, Some(&b"kept"[..]));
    }

    #[test]
    fn a_cleared_batch_keeps_its_memory() {
        let mut batch = OutBatch::new();
        batch.push_with_headers(Some(b"k"), Some(&[1; 4096]), &[]);
        let capacity = batch.arena.capacity();
        batch.clear();
        assert!(batch.is_empty());
        assert_eq!(batch.arena.capacity(), capacity);
    }
}

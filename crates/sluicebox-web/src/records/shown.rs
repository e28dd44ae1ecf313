//! A record as JSON and pages show it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sluicebox_kafka::RecordRef;
use utoipa::ToSchema;

/// A record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordView {
    /// The partition, from 0.
    pub(crate) partition: i32,
    /// The offset, from 0.
    pub(crate) offset: i64,
    /// The record's timestamp, milliseconds since 1970; -1 when it has none.
    pub(crate) timestamp_ms: i64,
    /// The key; null for none.
    pub(crate) key: Option<Shown>,
    /// The value; null for none.
    pub(crate) value: Option<Shown>,
    /// The headers, in order.
    pub(crate) headers: Vec<HeaderView>,
}

/// A header.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HeaderView {
    /// Its name.
    pub(crate) name: String,
    /// Its value; null for none.
    pub(crate) value: Option<Shown>,
}

/// Bytes as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Shown {
    /// The text, or the bytes as base64.
    pub(crate) text: String,
    /// `utf8` or `base64`.
    pub(crate) encoding: &'static str,
    /// How many bytes there are.
    pub(crate) bytes: usize,
    /// Whether only the first of them are here.
    pub(crate) cut: bool,
}

impl Shown {
    /// The first `max_bytes` bytes.
    pub(crate) fn of(bytes: &[u8], max_bytes: usize) -> Self {
        let cut = bytes.len() > max_bytes;
        let (text, encoding) = match head(bytes, max_bytes) {
            Some(text) => (text.to_owned(), "utf8"),
            None => {
                let head = &bytes[..bytes.len().min(max_bytes)];
                (STANDARD.encode(head), "base64")
            }
        };
        Self {
            text,
            encoding,
            bytes: bytes.len(),
            cut,
        }
    }
}

/// The first `max_bytes` bytes where they are text, without a character that was cut through.
pub(crate) fn head(bytes: &[u8], max_bytes: usize) -> Option<&str> {
    let head = &bytes[..bytes.len().min(max_bytes)];
    match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(error) if bytes.len() > max_bytes && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

impl RecordView {
    /// The first `max_bytes` bytes of each part of a record.
    pub(crate) fn of(record: RecordRef<'_>, max_bytes: usize) -> Self {
        let shown = |bytes: Option<&[u8]>| bytes.map(|bytes| Shown::of(bytes, max_bytes));
        Self {
            partition: record.partition(),
            offset: record.offset(),
            timestamp_ms: record.timestamp_ms(),
            key: shown(record.key()),
            value: shown(record.value()),
            headers: record
                .headers()
                .map(|(name, value)| HeaderView {
                    name: name.to_owned(),
                    value: shown(value),
                })
                .collect(),
        }
    }

    /// How much room it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let text = |shown: &Option<Shown>| shown.as_ref().map_or(0, |shown| shown.text.len());
        let headers = self.headers.iter();
        let headers: usize = headers.map(|one| one.name.len() + text(&one.value)).sum();
        text(&self.key) + text(&self.value) + headers
    }

    /// The text of the last header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .rev()
            .find(|header| header.name == name)?;
        found.value.as_ref().map(|value| value.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_bytes_are_base64() {
        let text = Shown::of("gr\u{fc}n".as_bytes(), 100);
        assert_eq!(
            (text.text.as_str(), text.encoding, text.cut),
            ("gr\u{fc}n", "utf8", false)
        );
        let cut = Shown::of("gr\u{fc}n".as_bytes(), 3);
        assert_eq!(
            (cut.text.as_str(), cut.encoding, cut.bytes, cut.cut),
            ("gr", "utf8", 5, true)
        );
        let bytes = Shown::of(&[0xff, 0], 100);
        assert_eq!((bytes.text.as_str(), bytes.encoding), ("/wA=", "base64"));
    }
}

//! A record as a line of JSON: what exports of the dashboard and `topics tail --json` consist of.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sluicebox_event::instant_text;
use sluicebox_kafka::RecordRef;

/// The latest time that has a text in RFC 3339: the end of the year 9999.
const LATEST_MS: i64 = 253_402_300_799_999;

/// Bytes as text: as they are where they are UTF-8, else as base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// `utf8` or `base64`.
    pub encoding: &'static str,
}

impl<'a> Text<'a> {
    /// All of the bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: Cow::Borrowed(text),
                encoding: "utf8",
            },
            Err(_) => Self {
                text: Cow::Owned(STANDARD.encode(bytes)),
                encoding: "base64",
            },
        }
    }
}

/// A record, whole. Parts that are null have neither text nor encoding.
#[derive(Debug, Serialize)]
pub struct RecordLine<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
    timestamp_ms: i64,
    key: Option<Cow<'a, str>>,
    key_encoding: Option<&'static str>,
    value: Option<Cow<'a, str>>,
    value_encoding: Option<&'static str>,
    headers: Vec<HeaderLine<'a>>,
}

/// A header in a line.
#[derive(Debug, Serialize)]
pub struct HeaderLine<'a> {
    name: &'a str,
    value: Option<Cow<'a, str>>,
    encoding: Option<&'static str>,
}

impl<'a> HeaderLine<'a> {
    /// The headers of a record, in order.
    pub fn all(record: RecordRef<'a>) -> Vec<Self> {
        let header = |(name, value)| {
            let (value, encoding) = part(value);
            Self {
                name,
                value,
                encoding,
            }
        };
        record.headers().map(header).collect()
    }
}

impl<'a> RecordLine<'a> {
    /// A record of a topic.
    pub fn of(topic: &'a str, record: RecordRef<'a>) -> Self {
        let (key, key_encoding) = part(record.key());
        let (value, value_encoding) = part(record.value());
        Self {
            topic,
            partition: record.partition(),
            offset: record.offset(),
            timestamp: rfc_3339(record.timestamp_ms()),
            timestamp_ms: record.timestamp_ms(),
            key,
            key_encoding,
            value,
            value_encoding,
            headers: HeaderLine::all(record),
        }
    }

    /// Appends the line, with its end.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Strings and numbers alone: there is nothing that could fail.
        let written = serde_json::to_writer(&mut *out, self);
        debug_assert!(written.is_ok(), "a line is always JSON");
        out.push(b'\n');
    }
}

/// Time of a record, milliseconds since 1970, as RFC 3339; `None` for one that has none, or one that no
/// calendar has.
pub fn rfc_3339(ms: i64) -> Option<String> {
    (0..=LATEST_MS).contains(&ms).then(|| instant_text(ms))
}

fn part(bytes: Option<&[u8]>) -> (Option<Cow<'_, str>>, Option<&'static str>) {
    bytes
        .map(Text::of)
        .map_or((None, None), |part| (Some(part.text), Some(part.encoding)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_other_bytes_are_base64() {
        assert_eq!(part(None), (None, None));
        let text = Text::of("gr\u{fc}n\u{1b}".as_bytes());
        assert_eq!((&*text.text, text.encoding), ("gr\u{fc}n\u{1b}", "utf8"));
        let bytes = Text::of(&[0xff, 0]);
        assert_eq!((&*bytes.text, bytes.encoding), ("/wA=", "base64"));
    }

    #[test]
    fn a_time_that_no_calendar_has_is_none() {
        assert_eq!(rfc_3339(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(
            rfc_3339(LATEST_MS).as_deref(),
            Some("9999-12-31T23:59:59.999Z")
        );
        for none in [-1, LATEST_MS + 1, i64::MAX, i64::MIN] {
            assert_eq!(rfc_3339(none), None, "{none}");
        }
    }
}

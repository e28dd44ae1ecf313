//! A letter as it is counted and listed: what it says, not copied.
//!
//! Letters go by in thousands a second while somebody looks, and the list has room for a few. What is kept
//! of one is copied where it is kept.

use std::borrow::Cow;

use sluicebox_event::dead_letter::{HEADER_MESSAGE, HEADER_REASON, HEADER_STAGE, HEADER_TOPIC};
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::dlq::LetterId;

use super::kinds::Kind;
use crate::records::{Shown, head};

/// Bytes of a header or key that are kept.
const KEPT_MAX_BYTES: usize = 300;
/// In place of what a letter does not say.
const UNKNOWN: &str = "(unknown)";

/// What of a letter is counted and listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brief<'a> {
    pub(super) id: LetterId,
    pub(super) failed_at_ms: i64,
    pub(super) topic: Cow<'a, str>,
    /// The stream of that topic, if there is one.
    pub(super) stream: Option<&'a str>,
    pub(super) stage: Cow<'a, str>,
    pub(super) reason: Cow<'a, str>,
    pub(super) message: Cow<'a, str>,
    pub(super) key: Option<Cow<'a, str>>,
}

impl<'a> Brief<'a> {
    /// Reads a record of the topic of dead letters.
    pub(super) fn of(
        record: RecordRef<'a>,
        stream_of: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Self {
        let [topic, stage, reason, message] = said(record.headers());
        Self {
            id: LetterId {
                partition: record.partition(),
                offset: record.offset(),
            },
            failed_at_ms: record.timestamp_ms(),
            stream: stream_of(&topic),
            topic,
            stage,
            reason,
            message,
            key: record.key().map(key),
        }
    }

    /// What kind it is.
    pub(super) fn kind(&self) -> Kind {
        let mut kind = Kind::default();
        self.kind_into(&mut kind);
        kind
    }

    /// The same, in the room that another kind has left.
    pub(super) fn kind_into(&self, kind: &mut Kind) {
        set(&mut kind.topic, &self.topic);
        set_or_none(&mut kind.stream, self.stream);
        set(&mut kind.stage, &self.stage);
        set(&mut kind.reason, &self.reason);
    }
}

/// Topic, stage, reason and message. Ours come last, so that they win over original headers of the same name.
fn said<'a>(headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>) -> [Cow<'a, str>; 4] {
    const NAMES: [&str; 4] = [HEADER_TOPIC, HEADER_STAGE, HEADER_REASON, HEADER_MESSAGE];
    let mut found = [&b""[..]; 4];
    for (name, value) in headers {
        if let Some(at) = NAMES.iter().position(|known| *known == name) {
            found[at] = value.unwrap_or_default();
        }
    }
    let [topic, stage, reason, message] = found.map(text);
    let known = |text: Cow<'a, str>| match text.is_empty() {
        true => Cow::Borrowed(UNKNOWN),
        false => text,
    };
    [known(topic), known(stage), known(reason), message]
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    let lossy = || String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT_MAX_BYTES)]);
    head(bytes, KEPT_MAX_BYTES).map_or_else(lossy, Cow::Borrowed)
}

/// As lists show bytes: text as it is, else base64.
fn key(bytes: &[u8]) -> Cow<'_, str> {
    let encoded = || Cow::Owned(Shown::of(bytes, KEPT_MAX_BYTES).text);
    head(bytes, KEPT_MAX_BYTES).map_or_else(encoded, Cow::Borrowed)
}

/// Puts another text in the place of one, in the room that it has.
pub(super) fn set(text: &mut String, other: &str) {
    text.clear();
    text.push_str(other);
}

/// The same for a text that may be missing.
pub(super) fn set_or_none(text: &mut Option<String>, other: Option<&str>) {
    match other {
        Some(other) => set(text.get_or_insert_default(), other),
        None => *text = None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn brief(id: LetterId, failed_at_ms: i64, reason: &str) -> Brief<'_> {
        Brief {
            id,
            failed_at_ms,
            topic: Cow::Borrowed("t"),
            stream: None,
            stage: Cow::Borrowed("process"),
            reason: Cow::Borrowed(reason),
            message: Cow::Borrowed(""),
            key: None,
        }
    }

    fn of(headers: &[(&'static str, Option<&'static [u8]>)]) -> [Cow<'static, str>; 4] {
        said(headers.iter().copied())
    }

    #[test]
    fn of_headers_of_the_same_name_the_last_one_counts() {
        let said = of(&[
            (HEADER_REASON, Some(b"theirs")),
            (HEADER_MESSAGE, Some(b"theirs")),
            ("trace", Some(b"7")),
            (HEADER_TOPIC, Some(b"sensor_data")),
            (HEADER_STAGE, Some(b"process")),
            (HEADER_REASON, Some(b"out_of_range")),
            (HEADER_MESSAGE, None),
        ]);
        assert_eq!(said, ["sensor_data", "process", "out_of_range", ""]);
        let borrowed = said.iter().all(|text| matches!(text, Cow::Borrowed(_)));
        assert!(borrowed, "nothing is copied: {said:?}");
    }

    #[test]
    fn what_a_letter_does_not_say_is_unknown_and_what_is_no_text_is_told_apart() {
        assert_eq!(of(&[]), [UNKNOWN, UNKNOWN, UNKNOWN, ""]);
        let said = of(&[(HEADER_REASON, Some(b"r\xff"))]);
        assert_eq!(said[2], "r\u{fffd}");
        assert_eq!(key(b"\xff\x00"), "/wA=");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "\u{fc}".repeat(KEPT_MAX_BYTES);
        assert_eq!(text(long.as_bytes()), long[..KEPT_MAX_BYTES]);
        let odd = format!("x{long}");
        assert_eq!(text(odd.as_bytes()), odd[..KEPT_MAX_BYTES - 1]);
    }
}

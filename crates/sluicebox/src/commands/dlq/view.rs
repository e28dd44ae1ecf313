//! Dead letters for people and for programs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sluicebox_event::instant_text;
use sluicebox_pipeline::dlq::{Marker, StoredLetter};
use sluicebox_pipeline::unseen::is_obeyed;

/// Characters of what has a name: a topic, a reason. Whoever may write letters chooses them.
pub(super) const NAME_CHARS: usize = 249;
/// Bytes in a line of a hex dump.
const HEX_BYTES: usize = 16;

/// An instant for people; empty where there is none.
pub(super) fn time(ms: i64) -> String {
    if ms < 0 {
        String::new()
    } else {
        instant_text(ms)
    }
}

/// Where the source record is, as `TOPIC/PARTITION/OFFSET`.
pub(super) fn source(letter: &StoredLetter) -> String {
    let number = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let topic = match letter.source_topic.as_str() {
        "" => "?".to_owned(),
        topic => line(topic, NAME_CHARS),
    };
    let partition = number(letter.source_partition.map(i64::from));
    format!("{topic}/{partition}/{}", number(letter.source_offset))
}

/// One object; bytes that are no UTF-8 are base64, and say so.
pub(super) fn json(letter: &StoredLetter, marker: Option<&Marker>) -> Value {
    let headers: Vec<_> = (letter.headers.iter())
        .map(|(name, value)| json!({ "name": name, "value": bytes(value.as_deref()) }))
        .collect();
    json!({
        "id": letter.id.to_string(),
        "failed_at": time(letter.failed_at_ms),
        "stage": letter.stage,
        "reason": letter.reason,
        "message": letter.message,
        "source": {
            "topic": letter.source_topic,
            "partition": letter.source_partition,
            "offset": letter.source_offset,
            "timestamp": letter.source_timestamp_ms.filter(|ms| *ms >= 0).map(instant_text),
        },
        "key": bytes(letter.key.as_deref()),
        "value": bytes(letter.value.as_deref()),
        "headers": headers,
        "is_cut": letter.is_cut,
        "headers_of": letter.headers_of,
        "replayed_at": marker.map(|marker| time(marker.replayed_at_ms)),
        "is_edited": marker.map(|marker| marker.is_edited),
    })
}

fn bytes(bytes: Option<&[u8]>) -> Value {
    match bytes.map(std::str::from_utf8) {
        None => Value::Null,
        Some(Ok(text)) => json!({ "text": text }),
        Some(Err(_)) => json!({ "base64": STANDARD.encode(bytes.unwrap_or_default()) }),
    }
}

/// Bytes on a terminal: text as it came, with its control characters escaped, anything else in hex.
pub(super) fn readable(bytes: Option<&[u8]>) -> String {
    let Some(bytes) = bytes else {
        return "(null)".to_owned();
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => printable(text),
        Err(_) => hex(bytes),
    }
}

/// A text that does nothing to a terminal: what was sent by strangers must not move its cursor.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            obeyed if is_obeyed(obeyed) => shown.extend(obeyed.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

/// One line of at most so many characters.
pub(super) fn line(text: &str, characters: usize) -> String {
    let text = printable(text).replace(['\n', '\t'], " ");
    if text.chars().count() <= characters {
        return text;
    }
    let start: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{start}…")
}

fn hex(bytes: &[u8]) -> String {
    let mut lines = Vec::new();
    for (number, chunk) in bytes.chunks(HEX_BYTES).enumerate() {
        let digits: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = (chunk.iter())
            .map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            })
            .collect();
        let (at, digits) = (number * HEX_BYTES, digits.join(" "));
        lines.push(format!("{at:08x}  {digits:<47}  |{text}|"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_bytes_there_are_can_be_looked_at() {
        assert_eq!(readable(None), "(null)");
        assert_eq!(readable(Some(br#"{"b":1,"a":2}"#)), r#"{"b":1,"a":2}"#);
        assert_eq!(readable(Some(b"\x1b[2Jplain")), "\\u{1b}[2Jplain");
        let dump = readable(Some(&[0xff, b'a', 0]));
        assert!(
            dump.starts_with("00000000  ff 61 00 ") && dump.ends_with("|.a.|"),
            "{dump}"
        );
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(line("a\nb", 10), "a b");
        assert_eq!(line("abcdef", 4), "abc…");
    }
}

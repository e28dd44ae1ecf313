//! A record as a line on a terminal, which does nothing to the terminal.

use std::io::IsTerminal;

use sluicebox_event::dead_letter::HEADER_REASON;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{RecordLine, rfc_3339};
use sluicebox_pipeline::unseen::is_obeyed;

use crate::limits::TAIL_SHOWN_CHARS;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// JSON, whole.
    Json,
    /// For people: whether it has colours, and how many characters of key and value there are.
    Text { colours: bool, chars: usize },
}

impl Style {
    /// For people, as what reads stdout can take it.
    pub(super) fn of_stdout() -> Self {
        let on_terminal = std::io::stdout().is_terminal();
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self::Text {
            colours: on_terminal && !is_dumb && std::env::var_os("NO_COLOR").is_none(),
            chars: if on_terminal {
                TAIL_SHOWN_CHARS
            } else {
                usize::MAX
            },
        }
    }

    /// Appends a record's line.
    pub(super) fn write(self, topic: &str, record: RecordRef<'_>, out: &mut Vec<u8>) {
        let Self::Text { colours, chars } = self else {
            RecordLine::of(topic, record).write(out);
            return;
        };
        let time = time(record.timestamp_ms());
        let (dim, plain) = if colours {
            ("\x1b[2m", "\x1b[0m")
        } else {
            ("", "")
        };
        let place = format!("{}:{}", record.partition(), record.offset());
        let key = record.key().map_or("-".to_owned(), |key| shown(key, chars));
        let value = record.value();
        let value = value.map_or("(null)".to_owned(), |value| shown(value, chars));
        let line = format!("{dim}{time}  {place}{plain}  {key}  {value}");
        out.extend_from_slice(line.as_bytes());
        // Why a dead letter is one: it has that in its headers, and its value is that of the source.
        let mut headers = record.headers();
        if let Some((_, Some(reason))) = headers.find(|(name, _)| *name == HEADER_REASON) {
            let reason = shown(reason, chars);
            out.extend_from_slice(format!("  {dim}[{reason}]{plain}").as_bytes());
        }
        out.push(b'\n');
    }
}

/// A record's time; where no calendar has it, the number that it is, which `--from` takes as well.
fn time(ms: i64) -> String {
    rfc_3339(ms).unwrap_or_else(|| match ms {
        0.. => ms.to_string(),
        _ => "-".to_owned(),
    })
}

/// Bytes as text of at most so many characters, without any that a terminal obeys or cannot show. Those are
/// escaped with a backslash, and so is the backslash: else a text could look like other bytes.
fn shown(bytes: &[u8], chars: usize) -> String {
    let mut text = String::with_capacity(bytes.len().min(chars));
    let mut left = chars;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if left == 0 {
                text.push('…');
                return text;
            }
            left -= 1;
            match character {
                escaped if escaped == '\\' || is_obeyed(escaped) => {
                    text.extend(escaped.escape_default());
                }
                other => text.push(other),
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                text.push('…');
                return text;
            }
            left -= 1;
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_is_obeyed_by_a_terminal() {
        for (bytes, line) in [
            (&b"plain {\"a\": 1}"[..], "plain {\"a\": 1}"),
            (b"\\x1b \x1b \\\\", "\\\\x1b \\u{1b} \\\\\\\\"),
            (
                b"\x1b]0;title\x07\x1b[2J",
                "\\u{1b}]0;title\\u{7}\\u{1b}[2J",
            ),
            (b"a\r\nb\tc\x7f", "a\\r\\nb\\tc\\u{7f}"),
            ("gr\u{fc}n \u{1f600}".as_bytes(), "gr\u{fc}n \u{1f600}"),
            (
                "\u{9b}2J\u{202e}x\u{2028}".as_bytes(),
                "\\u{9b}2J\\u{202e}x\\u{2028}",
            ),
            (b"\xff\x9b1m ok", "\\xff\\x9b1m ok"),
        ] {
            assert_eq!(shown(bytes, usize::MAX), line);
        }
    }

    #[test]
    fn a_time_that_no_calendar_has_is_a_number() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "253402300800000"),
            (i64::MAX, "9223372036854775807"),
            (-1, "-"),
        ] {
            assert_eq!(time(ms), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shown("\u{e4}bcd".as_bytes(), 3), "\u{e4}bc…");
        assert_eq!(shown(b"abc", 3), "abc");
        assert_eq!(shown(b"\xff\xff\xff", 2), "\\xff\\xff…");
    }
}

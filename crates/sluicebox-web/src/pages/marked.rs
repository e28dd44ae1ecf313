//! A value with the part to blame marked: the field, or the byte that a message names.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use sluicebox_event::Reason;

use crate::letters::LetterView;
use crate::records::{Shown, mark};
use crate::visible::Visible;

/// The value of a letter; nothing where nothing in it is to blame.
pub(super) fn value(letter: &LetterView) -> Markup {
    match &letter.record.value {
        Some(value) if value.encoding == "utf8" => text(&value.text, letter),
        Some(value) => bytes(value, letter),
        None => html! {},
    }
}

/// The byte that a message names.
fn named(letter: &LetterView) -> Option<usize> {
    let after = letter.message.as_deref()?.split("byte ").nth(1)?;
    let digits = after.find(|c: char| !c.is_ascii_digit());
    after[..digits.unwrap_or(after.len())].parse().ok()
}

fn text(text: &str, letter: &LetterView) -> Markup {
    let is = |reason: Reason| letter.reason.as_deref() == Some(reason.code());
    let of_field = letter.field.as_deref().and_then(|field| mark(text, field));
    let range = of_field.or_else(|| match named(letter) {
        Some(at) => blamed(text, at, is(Reason::LoneSurrogate)),
        None => is(Reason::ByteOrderMark).then(|| blamed(text, 0, false))?,
    });
    let parts = range.and_then(|range| {
        let before = text.get(..range.start)?;
        Some((before, text.get(range.clone())?, text.get(range.end..)?))
    });
    let Some((before, blamed, after)) = parts else {
        return html! {};
    };
    shown(
        &html! { (Visible(before)) },
        &html! { (Visible(blamed)) },
        &html! { (Visible(after)) },
    )
}

/// The character at a byte; of half of a surrogate pair all that is written for it (`\ud83d`).
fn blamed(text: &str, at: usize, is_escape: bool) -> Option<Range<usize>> {
    const ESCAPE_BYTES: usize = 6;
    let rest = text.get(at..)?;
    let escape = rest.get(..ESCAPE_BYTES).filter(|_| is_escape);
    let escape = escape.filter(|escape| escape.starts_with("\\u"));
    let bytes = match escape {
        Some(escape) => escape.len(),
        None => rest.chars().next()?.len_utf8(),
    };
    Some(at..at + bytes)
}

/// Bytes that are no text, those of them by their numbers that are none.
fn bytes(value: &Shown, letter: &LetterView) -> Markup {
    let raw = STANDARD.decode(&value.text).unwrap_or_default();
    let parts = named(letter).and_then(|at| {
        let after = raw.get(at + 1..)?;
        Some((raw.get(..at)?, raw.get(at)?, after))
    });
    let Some((before, blamed, after)) = parts else {
        return html! {};
    };
    shown(&as_text(before), &byte(*blamed), &as_text(after))
}

fn as_text(bytes: &[u8]) -> Markup {
    html! {
        @for chunk in bytes.utf8_chunks() {
            (Visible(chunk.valid()))
            @for invalid in chunk.invalid() { (byte(*invalid)) }
        }
    }
}

fn byte(byte: u8) -> Markup {
    html! { span.unseen { (format_args!("\\x{byte:02x}")) } }
}

fn shown(before: &Markup, blamed: &Markup, after: &Markup) -> Markup {
    html! {
        pre.marked tabindex="0" role="region" aria-label="The value, with what is to blame marked" {
            (before) mark { (blamed) } (after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::RecordView;

    fn letter(value: &[u8], reason: Reason, message: &str) -> LetterView {
        let field = message
            .strip_prefix('`')
            .and_then(|rest| rest.split('`').next());
        LetterView {
            record: RecordView {
                partition: 0,
                offset: 0,
                timestamp_ms: 0,
                key: None,
                value: Some(Shown::of(value, 1_000)),
                headers: Vec::new(),
            },
            reason: Some(reason.code().to_owned()),
            explanation: None,
            message: Some(message.to_owned()),
            stage: None,
            field: field.map(str::to_owned),
            source: None,
            cut: false,
            headers_of: None,
            replayed: None,
            has_stream: true,
            would_fail: None,
        }
    }

    fn marked(value: &[u8], reason: Reason, message: &str) -> String {
        let page = super::value(&letter(value, reason, message)).into_string();
        let found = page
            .split("<mark>")
            .nth(1)
            .and_then(|rest| rest.split("</mark>").next());
        found.unwrap_or_default().to_owned()
    }

    #[test]
    fn what_is_to_blame_is_marked_and_all_is_escaped() {
        let value = b"{\"a\":\"<script>\",\"b\":1}";
        assert_eq!(
            marked(value, Reason::WrongType, "`a` is text"),
            "&quot;a&quot;:&quot;&lt;script&gt;&quot;"
        );
        let message = "not JSON from byte 5 on: !}";
        assert_eq!(marked(b"{\"a\":!}", Reason::InvalidJson, message), "!");
        for message in ["`x` is missing", "at byte 99999", ""] {
            assert_eq!(marked(value, Reason::InvalidJson, message), "", "{message}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_marked_too() {
        let message = "not UTF-8 at byte 6: 0xff";
        let value = b"{\"a\":\"\xff<b>\xfe\"}";
        let reason = Reason::InvalidUtf8;
        assert_eq!(
            marked(value, reason, message),
            "<span class=\"unseen\">\\xff</span>"
        );
        let page = super::value(&letter(value, reason, message)).into_string();
        assert!(
            page.contains("&lt;b&gt;<span class=\"unseen\">\\xfe</span>"),
            "{page}"
        );
        assert_eq!(marked(value, reason, "not UTF-8 at byte 99: 0xff"), "");
        let message = "the value starts with a byte order mark, which JSON does not allow";
        assert_eq!(
            marked(b"\xef\xbb\xbf{}", Reason::ByteOrderMark, message),
            "<span class=\"unseen\">\\u{feff}</span>"
        );
    }

    #[test]
    fn of_half_of_a_surrogate_pair_all_that_is_written_is_marked() {
        let value = br#"{"a":"\ud83d\u0041"}"#;
        let message = "half of a surrogate pair at byte 6: \\ud83d\\u0041\"}";
        assert_eq!(marked(value, Reason::LoneSurrogate, message), "\\ud83d");
    }
}

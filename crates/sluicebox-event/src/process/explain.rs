//! From what a scan or a check found to a message that a person can act on.

use crate::json::members::Kind;
use crate::json::scanner::ScanError;
use crate::limits::{NESTING_MAX_LEVELS, SHOWN_VALUE_MAX_CHARACTERS};
use crate::{Reason, Reject};
use std::fmt::Write as _;

/// A value for a message: shortened, and without anything that would break a line or a terminal.
pub(crate) fn shown(bytes: &[u8]) -> String {
    // Four bytes are the longest character, so this much is always enough to show.
    let head = &bytes[..bytes.len().min(4 * SHOWN_VALUE_MAX_CHARACTERS)];
    let text = String::from_utf8_lossy(head);
    let mut out = String::new();
    for character in text.chars().take(SHOWN_VALUE_MAX_CHARACTERS) {
        if character.is_control() {
            let _ = write!(out, "\\u{:04x}", character as u32);
        } else {
            out.push(character);
        }
    }
    if text.chars().count() > SHOWN_VALUE_MAX_CHARACTERS || head.len() < bytes.len() {
        let _ = write!(out, "… ({} bytes)", bytes.len());
    }
    out
}

/// What could not be read, and where.
#[cold]
pub(crate) fn scan_error(error: ScanError, bytes: &[u8]) -> Reject {
    let around = |at: usize| {
        shown(
            bytes
                .get(at..(at + 16).min(bytes.len()))
                .unwrap_or_default(),
        )
    };
    let (reason, message) = match error {
        ScanError::Truncated => (
            Reason::TruncatedJson,
            format!("the JSON ends too early, after {} bytes", bytes.len()),
        ),
        ScanError::Unexpected { at } => (
            Reason::InvalidJson,
            format!("not JSON from byte {at} on: {}", around(at)),
        ),
        ScanError::ControlCharacter { at } => {
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message =
                format!("an unescaped control character 0x{byte:02x} in a string, at byte {at}");
            (Reason::InvalidJson, message)
        }
        ScanError::LoneSurrogate { at } => (
            Reason::LoneSurrogate,
            format!("half of a surrogate pair at byte {at}: {}", around(at)),
        ),
        ScanError::TooDeep { at } => (
            Reason::TooDeep,
            format!("nested more than {NESTING_MAX_LEVELS} deep at byte {at}"),
        ),
        ScanError::Trailing { at } => {
            let count = bytes.len() - at;
            (
                Reason::TrailingBytes,
                format!(
                    "{count} bytes follow the JSON, at byte {at}: {}",
                    around(at)
                ),
            )
        }
        ScanError::NotAnObject { kind } => {
            let called = if kind == Kind::Null {
                "null"
            } else {
                kind.called()
            };
            (
                Reason::NotAnObject,
                format!("the value is {called}, not a JSON object: {}", shown(bytes)),
            )
        }
        ScanError::Duplicate { at, end } => {
            return named(Reason::DuplicateKey, bytes, at, end, "is there twice");
        }
        ScanError::Unknown { at, end } => {
            return named(
                Reason::UnknownField,
                bytes,
                at,
                end,
                "is not a field of the stream",
            );
        }
    };
    Reject::whole(reason, message)
}

/// About the member whose name is at `at`.
fn named(reason: Reason, bytes: &[u8], at: usize, end: usize, what: &str) -> Reject {
    let token = bytes.get(at..end).unwrap_or_default();
    let name = token.split(|&byte| byte == b'"').nth(1).unwrap_or(token);
    Reject::field(reason, &shown(name), format_args!("{what}, at byte {at}"))
}

/// Why a value that is not even text cannot be read. `None`: it can be scanned.
#[inline]
pub(crate) fn unreadable(bytes: &[u8], max_bytes: usize) -> Option<Reject> {
    if bytes.len() > max_bytes {
        let message = format!(
            "the value has {} bytes, the limit is {max_bytes}",
            bytes.len()
        );
        return Some(Reject::whole(Reason::TooLarge, message));
    }
    match bytes.first() {
        Some(b'{') => {}
        Some(0xef) if bytes.starts_with(b"\xef\xbb\xbf") => {
            let message = "the value starts with a byte order mark, which JSON does not allow";
            return Some(Reject::whole(Reason::ByteOrderMark, message));
        }
        _ if bytes
            .iter()
            .all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) =>
        {
            let message = if bytes.is_empty() {
                "the value is empty"
            } else {
                "the value is white space"
            };
            return Some(Reject::whole(Reason::EmptyValue, message));
        }
        _ => {}
    }
    let error = std::str::from_utf8(bytes).err()?;
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    Some(Reject::whole(
        Reason::InvalidUtf8,
        format!("not UTF-8 at byte {at}: 0x{byte:02x}"),
    ))
}

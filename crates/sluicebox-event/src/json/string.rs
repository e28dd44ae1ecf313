//! JSON strings: to their text and back.

/// Appends the text of a string whose escapes a scan has already checked.
pub(crate) fn decode(inner: &[u8], out: &mut Vec<u8>) {
    let mut rest = inner;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let escape = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        match escape {
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => rest = decode_unicode(rest, out),
            other => out.push(other),
        }
    }
    out.extend_from_slice(rest);
}

/// Appends the character of `\u` and answers what follows it; `digits` starts behind the `u`.
fn decode_unicode<'a>(digits: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let first = hex4(digits).unwrap_or(0xfffd);
    let mut rest = digits.get(4..).unwrap_or_default();
    let mut code = u32::from(first);
    if (0xd800..0xdc00).contains(&code) {
        let low = rest.get(2..).and_then(hex4).unwrap_or(0xdc00);
        code = 0x1_0000 + ((code - 0xd800) << 10) + (u32::from(low).wrapping_sub(0xdc00) & 0x3ff);
        rest = rest.get(6..).unwrap_or_default();
    }
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

/// The value of four hexadecimal digits.
pub(crate) fn hex4(digits: &[u8]) -> Option<u16> {
    let mut value = 0;
    for &digit in digits.get(..4)? {
        value = value << 4 | char::from(digit).to_digit(16)?;
    }
    u16::try_from(value).ok()
}

/// Appends `text` (UTF-8) as a JSON string, escaping no more than RFC 8259 section 7 demands.
pub(crate) fn write_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest
        .iter()
        .position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[digit(control >> 4), digit(control)]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Number of characters of UTF-8 text.
pub(crate) fn characters(text: &[u8]) -> u64 {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64
}

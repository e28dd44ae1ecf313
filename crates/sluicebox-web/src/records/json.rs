//! JSON and bytes for eyes: indented, in hexadecimal, with a field marked. No digit is changed.

use std::fmt::Write as _;
use std::ops::Range;

use serde::de::IgnoredAny;

/// JSON indented, each token as it came; `None` when it is not JSON.
pub(crate) fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut chars = text.chars().filter_outside_strings();
    while let Some((c, in_string)) = chars.next() {
        if in_string {
            out.push(c);
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                match chars.peek() {
                    Some('}' | ']') => out.extend(chars.next().map(|(c, _)| c)),
                    _ => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(c),
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Characters without the white space between tokens, and whether each is in a string.
struct Tokens<I: Iterator<Item = char>> {
    chars: std::iter::Peekable<I>,
    in_string: bool,
    escaped: bool,
}

trait FilterOutsideStrings: Iterator<Item = char> + Sized {
    fn filter_outside_strings(self) -> Tokens<Self> {
        Tokens {
            chars: self.peekable(),
            in_string: false,
            escaped: false,
        }
    }
}

impl<I: Iterator<Item = char>> FilterOutsideStrings for I {}

impl<I: Iterator<Item = char>> Tokens<I> {
    fn skip_space(&mut self) {
        while !self.in_string && self.chars.next_if(char::is_ascii_whitespace).is_some() {}
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.chars.peek().copied()
    }

    fn next(&mut self) -> Option<(char, bool)> {
        self.skip_space();
        let c = self.chars.next()?;
        if !self.in_string {
            self.in_string = c == '"';
            return Some((c, self.in_string));
        }
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => self.in_string = false,
            _ => {}
        }
        Some((c, true))
    }
}

/// Where in a text a member is, name and value, of JSON that need not be right.
pub(crate) fn mark(text: &str, field: &str) -> Option<Range<usize>> {
    let name = format!("\"{field}\"");
    let start = text
        .match_indices(&name)
        .map(|(at, _)| at)
        .find(|at| text[at + name.len()..].trim_start().starts_with(':'))?;
    let after = &text[start + name.len()..];
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    let value_at = text.len() - value.len();
    Some(start..value_at + value_end(value))
}

/// How long the value at the start of a text is.
fn value_end(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for (at, c) in text.char_indices() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    in_string = false;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' | '[' => depth += 1,
            ',' | '}' | ']' if depth == 0 => return text[..at].trim_end().len(),
            '}' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Bytes in hexadecimal, sixteen a line, with the text beside them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (line, chunk) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x}  ", line * 16);
        for index in 0..16 {
            match chunk.get(index) {
                Some(byte) => {
                    let _ = write!(out, "{byte:02x} ");
                }
                None => out.push_str("   "),
            }
            if index == 7 {
                out.push(' ');
            }
        }
        out.push(' ');
        out.extend(chunk.iter().map(|&byte| {
            if (0x20..0x7f).contains(&byte) {
                byte as char
            } else {
                '.'
            }
        }));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_its_tokens_stay() {
        let text = r#"{"a":19.90,"b":[1, {}],"c" : "x , {\"y\"}: ","d":[]}"#;
        let wanted = "{\n  \"a\": 19.90,\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": \"x , {\\\"y\\\"}: \",\n  \"d\": []\n}";
        assert_eq!(pretty(text).unwrap(), wanted);
        assert_eq!(pretty("{\"a\":"), None);
    }

    #[test]
    fn a_member_is_found_with_its_value() {
        let text = r#"{"note":"\"t\": 1","t": -5.0e3 ,"u":{"v":[1,"}"]},"w":"a,b"}"#;
        let marked = |field| mark(text, field).map(|range| &text[range]);
        assert_eq!(marked("t"), Some(r#""t": -5.0e3"#));
        assert_eq!(marked("u"), Some(r#""u":{"v":[1,"}"]}"#));
        assert_eq!(marked("w"), Some(r#""w":"a,b""#));
        assert_eq!(marked("x"), None);
        assert_eq!(
            mark("{\"t\":\"open", "t"),
            Some(1..10),
            "a text that ends too early"
        );
    }

    #[test]
    fn bytes_are_shown_with_their_text() {
        let shown = hex(b"{\"a\":1}\x00\xffmore than a line");
        assert!(
            shown.starts_with("00000000  7b 22 61 22 3a 31 7d 00  ff 6d"),
            "{shown}"
        );
        assert!(shown.contains(" {\"a\":1}..more th\n00000010"), "{shown}");
    }
}

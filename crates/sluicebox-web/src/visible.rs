//! Text of strangers for eyes: what would not be seen, or would turn the text around it, is written out.
//!
//! A browser obeys such characters as a terminal does: U+202E has what follows drawn backwards. `dlq show`
//! writes them out too. Exports, and what is edited, stay as they are.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, Render};
use sluicebox_pipeline::unseen::is_obeyed;

/// Text in which nothing is hidden.
pub(crate) struct Visible<'a>(pub(crate) &'a str);

impl Render for Visible<'_> {
    fn render_to(&self, out: &mut String) {
        let mut rest = self.0;
        while let Some(at) = rest.find(is_unseen) {
            let (before, found) = rest.split_at(at);
            before.render_to(out);
            let mut letters = found.chars();
            if let Some(unseen) = letters.next() {
                written_out(unseen).render_to(out);
            }
            rest = letters.as_str();
        }
        rest.render_to(out);
    }
}

/// A character by its number, told from text that only looks so.
fn written_out(unseen: char) -> Markup {
    let mut out = String::new();
    let _ = write!(
        out,
        "<span class=\"unseen\">\\u{{{:x}}}</span>",
        u32::from(unseen)
    );
    PreEscaped(out)
}

/// What a browser obeys. Line breaks and tabs are seen.
fn is_unseen(character: char) -> bool {
    is_obeyed(character) && !matches!(character, '\n' | '\r' | '\t')
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out_and_all_is_escaped() {
        fn shown(text: &str) -> String {
            html! { (Visible(text)) }.into_string()
        }
        assert_eq!(
            shown("gr\u{fc}n\n\t<b>\\u{9b}"),
            "gr\u{fc}n\n\t&lt;b&gt;\\u{9b}"
        );
        assert_eq!(
            shown("a\u{202e}<b\u{9b}"),
            "a<span class=\"unseen\">\\u{202e}</span>&lt;b<span class=\"unseen\">\\u{9b}</span>"
        );
        for unseen in [
            '\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{2066}', '\u{200b}', '\u{feff}',
        ] {
            let text = unseen.to_string();
            let found = shown(&text);
            assert!(
                found.contains("unseen") && !found.contains(unseen),
                "{found}"
            );
        }
    }
}

//! Characters of strangers that a terminal or a browser obeys instead of showing them.

/// Whether a character does something to what is shown, or is not seen: control characters, and those that
/// break lines, turn the direction of writing, or hide.
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

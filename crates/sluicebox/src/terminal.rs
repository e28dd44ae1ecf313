//! A block of lines at the end of the terminal that is drawn again in place, and steps aside for
//! log lines.
//!
//! Own code because of Ctrl-C: the terminal echoes `^C` where the cursor stands. Here that is behind
//! a short last line and the next drawing wipes it out; a block that is padded to the width of the
//! terminal, as progress-bar crates draw it, is pushed down by a line that then stays.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// The lines that are on the terminal now.
static DRAWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Whether stderr can show a block.
pub(crate) fn can_show() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether stderr can show a block of so many lines whole: one that is higher cannot be drawn in place.
pub(crate) fn has_room_for(lines: usize) -> bool {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    can_show() && size.is_ok_and(|size| usize::from(size.ws_row) > lines)
}

/// Shows these lines in place of those before; none takes the block away.
pub(crate) fn show(lines: Vec<String>) {
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    write(&format!("{}{}", erased(&drawn), painted(&lines)));
    *drawn = lines;
}

/// Writes something to stderr above the block.
pub(crate) fn step_aside(bytes: &[u8]) {
    let drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(bytes);
    write(&format!("{}{text}{}", erased(&drawn), painted(&drawn)));
}

/// One write, so that no half-drawn block is ever seen.
fn write(text: &str) {
    // Where stderr is closed there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Back to the first line of the block, and nothing below.
fn erased(lines: &[String]) -> String {
    match lines.len() {
        0 => String::new(),
        lines => format!("\r{}\x1b[J", "\x1b[1A".repeat(lines - 1)),
    }
}

/// The lines, cut by the terminal where they are too wide: a wrapped line would be two.
fn painted(lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        lines => format!("\x1b[?7l{}\x1b[?7h", lines.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_erased_from_its_first_line_on() {
        let block = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(painted(&block), "\x1b[?7la\nb\nc\x1b[?7h");
        assert_eq!(erased(&block), "\r\x1b[1A\x1b[1A\x1b[J");
        assert_eq!((painted(&[]), erased(&[])), (String::new(), String::new()));
    }
}

//! Something that must fail soon and say why; the messages go to a table.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::support::{Running, text};

/// How long it may take until the program has said what is wrong.
const SOON: Duration = Duration::from_secs(10);

/// What was said, and after which time.
pub(crate) struct Tried {
    pub(crate) said: String,
    pub(crate) took: Duration,
    pub(crate) code: Option<i32>,
}

/// Runs a command that ends by itself.
pub(crate) fn tried(mut command: Command) -> Tried {
    let began = Instant::now();
    let result = Running::start(&mut command).finished();
    Tried {
        said: text(&result.stdout) + &text(&result.stderr),
        took: began.elapsed(),
        code: result.status.code(),
    }
}

impl Tried {
    /// It failed soon, said all of this, and no password.
    pub(crate) fn failed_saying(&self, what: &str, sentences: &[&str]) {
        let said = &self.said;
        note(what, self);
        for sentence in sentences {
            assert!(
                said.contains(sentence),
                "{what}: `{sentence}` is not in:\n{said}"
            );
        }
        assert_eq!(self.code, Some(1), "{what}: {said}");
        assert!(self.took < SOON, "{what}: took {:?}\n{said}", self.took);
        assert!(!said.contains("canary"), "{what} shows a password:\n{said}");
    }
}

/// Appends the report of a failed command to a file, from which docs/security.md has its table.
fn note(what: &str, tried: &Tried) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("security-messages.txt");
    let report = tried
        .said
        .find('×')
        .map_or(&tried.said[..], |at| &tried.said[at..]);
    let took = tried.took.as_secs_f64();
    let line = format!("## {what} ({took:.1} s)\n{}\n\n", report.trim());
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .unwrap();
}

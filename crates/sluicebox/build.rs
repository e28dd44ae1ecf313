//! Which commit the program is made from, for `--version`.
//!
//! The first of: the variable `SLUICEBOX_COMMIT`, what `git archive` wrote into `commit.txt`, what git
//! says. No time and no machine: the same sources give the same program.

use std::path::Path;
use std::process::Command;

const UNKNOWN: &str = "unknown commit";
/// `commit.txt` begins with this where no `git archive` has made the sources.
const UNFILLED: char = '$';

fn main() {
    println!("cargo::rerun-if-env-changed=SLUICEBOX_COMMIT");
    println!("cargo::rerun-if-changed=commit.txt");
    // Not `SLUICEBOX_…`: `cargo run` hands it to the program as well, whose variables begin like that.
    println!("cargo::rustc-env=MADE_FROM_COMMIT={}", commit());
}

fn commit() -> String {
    let given = std::env::var("SLUICEBOX_COMMIT").unwrap_or_default();
    if !given.is_empty() {
        return given;
    }
    let archived = std::fs::read_to_string("commit.txt").unwrap_or_default();
    let archived = archived.trim();
    if !archived.is_empty() && !archived.starts_with(UNFILLED) {
        return archived.to_owned();
    }
    // Whoever develops commits often, and does not want to build anew each time.
    if std::env::var("PROFILE").as_deref() == Ok("debug") {
        return "debug build".to_owned();
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| UNKNOWN.to_owned())
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

//! The table of planted bugs, for people.

use std::fmt::Write;

use super::Fate;

/// The longest sign that a cell shows.
const SIGN_MAX_CHARS: usize = 110;

const HEAD: &str = "\
# Planted bugs

Mistakes that somebody could make are compiled into `sluicebox-faulty`, the program under attack, and
switched on one at a time. The suite has to catch every one; what catches it passes without it. Made by
`just planted`, which ends with exit code 1 when a bug survives. The product has none of this in it
([ADR 21](adr/0021-faults-are-compiled-in-for-tests-only.md)).

*Rounds* are those of the attack until it saw something (a run of tests is one), *seconds* those of all
that was run against the bug, on two cores that had other work too.

| bug | what is wrong | caught by | what it saw | rounds | seconds |
|---|---|---|---|---|---|
";

/// The whole document.
pub fn markdown(fates: &[Fate]) -> String {
    let mut text = HEAD.to_owned();
    for Fate { bug, caught } in fates {
        let _ = match caught {
            Some(caught) => writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {} |",
                bug.name,
                bug.what,
                caught.by,
                cell(&caught.sign),
                caught.rounds,
                caught.took.as_secs()
            ),
            None => writeln!(
                text,
                "| `{}` | {} | **nothing** | | | |",
                bug.name, bug.what
            ),
        };
    }
    let caught = fates.iter().filter(|fate| fate.caught.is_some()).count();
    let _ = writeln!(text, "\n{caught} of {} caught.", fates.len());
    text
}

/// The first line that says something, short enough, and without what would end a cell.
fn cell(sign: &str) -> String {
    let mut lines = sign.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    // A count alone says little: the first of what was counted comes after it.
    let text = match lines.next() {
        Some(second) if first.ends_with(':') => format!("{first} {second}"),
        _ => first.to_owned(),
    };
    let text = text.replace('|', "/");
    if text.chars().count() <= SIGN_MAX_CHARS {
        return text;
    }
    let cut: String = text.chars().take(SIGN_MAX_CHARS).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Caught;
    use sluicebox_faults::planted::BUGS;
    use std::time::Duration;

    #[test]
    fn a_survivor_stands_out_and_a_long_sign_is_cut() {
        let caught = Caught {
            by: "`chaos kills --seed 1`".to_owned(),
            sign: format!(
                "the ledger disagrees in 2 places:\n  a|b {}",
                "x".repeat(500)
            ),
            rounds: 7,
            took: Duration::from_secs(3),
        };
        let caught = Some(caught);
        let fates = [
            Fate {
                bug: &BUGS[0],
                caught,
            },
            Fate {
                bug: &BUGS[1],
                caught: None,
            },
        ];
        let text = markdown(&fates);
        assert!(
            text.contains("the ledger disagrees in 2 places: a/b xxx"),
            "{text}"
        );
        assert!(text.contains("**nothing**"));
        assert!(text.ends_with("1 of 2 caught.\n"));
        assert!(text.lines().all(|line| line.chars().count() < 400));
    }
}

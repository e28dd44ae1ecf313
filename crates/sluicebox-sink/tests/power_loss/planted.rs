//! Mistakes built in on purpose: the scenarios must find each of them.
//!
//! A bug is switched on for a whole process, so each is tried in a process of its own.

use std::process::Command;

use crate::say;
use crate::scenarios::SCENARIOS;
use sluicebox_crashsim::Explorer;

/// Those whose harm a power loss shows.
const BUGS: [&str; 7] = [
    "sink-skips-the-sync-of-rows",
    "sink-skips-the-sync-of-the-manifest",
    "sink-skips-the-sync-of-the-directory",
    "sink-records-rows-before-they-are-synced",
    "sink-commits-positions-before-rows",
    "sink-takes-a-torn-record",
    "sink-does-not-cut-at-recovery",
];

const CAUGHT: &str = "caught: ";

#[test]
#[ignore = "a part of each_planted_bug_is_caught, which runs it with a bug switched on"]
fn with_a_planted_bug() {
    for scenario in SCENARIOS {
        let mut explorer = Explorer::new();
        if let Err(violation) = (scenario.explore)(&mut explorer) {
            let states = violation.states;
            println!("{CAUGHT}{}, after {states} states", scenario.name);
            println!("{violation}");
            return;
        }
    }
}

#[test]
fn each_planted_bug_is_caught() {
    for bug in BUGS {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "planted::with_a_planted_bug", "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env("SLUICEBOX_PLANT", bug)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&child.stdout).into_owned();
        let caught = printed.lines().find_map(|line| line.split_once(CAUGHT));
        let Some((_, how)) = caught else {
            panic!("{bug} was not caught:\n{printed}");
        };
        say(&format!("sink, planted {bug}: caught by {how}"));
    }
}

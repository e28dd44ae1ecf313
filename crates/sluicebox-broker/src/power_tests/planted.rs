//! Mistakes built in on purpose: the scripts must find each of them.
//!
//! A bug is switched on for a whole process, so each is tried in a process of its own.

use std::process::Command;

use super::script::SCRIPTS;
use super::{WAYS, say};
use sluicebox_crashsim::Explorer;

/// Those whose harm a power loss shows.
const BUGS: [&str; 5] = [
    "broker-acknowledges-before-the-sync",
    "broker-skips-the-sync-of-logs",
    "broker-skips-the-sync-of-journals",
    "broker-does-not-finish-decisions",
    "broker-forgets-pending-offsets",
];

const CAUGHT: &str = "caught: ";

#[test]
#[ignore = "a part of each_planted_bug_is_caught, which runs it with a bug switched on"]
fn with_a_planted_bug() {
    for way in WAYS {
        // The one with transactions first.
        for script in [&SCRIPTS[1], &SCRIPTS[0]] {
            let mut explorer = Explorer::new().one_in(way.one_in);
            if let Err(violation) = (way.explore)(script, &mut explorer) {
                let (states, name) = (violation.states, script.name);
                println!("{CAUGHT}{name}, {}, after {states} states", way.name);
                println!("{violation}");
                return;
            }
        }
    }
}

#[test]
fn each_planted_bug_is_caught() {
    let name = "power_tests::planted::with_a_planted_bug";
    for bug in BUGS {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env("SLUICEBOX_PLANT", bug)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&child.stdout).into_owned();
        let caught = printed.lines().find_map(|line| line.split_once(CAUGHT));
        let Some((_, how)) = caught else {
            panic!("{bug} was not caught:\n{printed}");
        };
        say(&format!("broker, planted {bug}: caught by {how}"));
    }
}

//! Mistakes built in on purpose: exploring must find each of them.
//!
//! A bug is switched on for a whole process, so each is tried in a process of its own: the test program
//! again, with the one test that explores until something is found, and says so.

use std::process::Command;

use crate::explorer::Violation;
use crate::running::say;

/// Names the bug that is switched on; `sluicebox-faults` reads it.
const PLANT_VARIABLE: &str = "SLUICEBOX_PLANT";
const CAUGHT: &str = "caught: ";

/// Says, in the process that has the bug, what has caught it.
pub fn caught(by: &str, violation: &Violation) {
    println!("{CAUGHT}{by}, after {} states", violation.states);
    println!("{violation}");
}

/// Switches on one bug of a part after the other, and has each caught by an ignored test of this program.
///
/// # Panics
/// When one is not caught.
pub fn each_is_caught(part: &str, bugs: &[&str], by_test: &str) {
    for bug in bugs {
        let program = std::env::current_exe().expect("a test has a program");
        let child = Command::new(program)
            .args(["--exact", by_test, "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env(PLANT_VARIABLE, bug)
            .output()
            .expect("the program of this test can be run");
        let printed = String::from_utf8_lossy(&child.stdout);
        let caught = printed.lines().find_map(|line| line.split_once(CAUGHT));
        let Some((_, how)) = caught else {
            panic!("{bug} was not caught:\n{printed}");
        };
        say(&format!("{part}, planted {bug}: caught by {how}"));
    }
}

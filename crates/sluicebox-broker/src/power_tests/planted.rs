//! Mistakes built in on purpose: the scripts must find each of them.

use super::WAYS;
use super::script::SCRIPTS;
use sluicebox_crashsim::{Explorer, planted};

/// Those whose harm a power loss shows.
const BUGS: [&str; 5] = [
    "broker-acknowledges-before-the-sync",
    "broker-skips-the-sync-of-logs",
    "broker-skips-the-sync-of-journals",
    "broker-does-not-finish-decisions",
    "broker-forgets-pending-offsets",
];

#[test]
#[ignore = "a part of each_planted_bug_is_caught, which runs it with a bug switched on"]
fn with_a_planted_bug() {
    for way in WAYS {
        // The one with transactions first.
        for script in [&SCRIPTS[1], &SCRIPTS[0]] {
            let mut explorer = Explorer::new().one_in(way.one_in);
            if let Err(violation) = (way.explore)(script, &mut explorer) {
                let by = format!("{}, {}", script.name, way.name);
                return planted::caught(&by, &violation);
            }
        }
    }
}

#[test]
fn each_planted_bug_is_caught() {
    let test = "power_tests::planted::with_a_planted_bug";
    planted::each_is_caught("broker", &BUGS, test);
}

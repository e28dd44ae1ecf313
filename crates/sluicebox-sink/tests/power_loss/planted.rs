//! Mistakes built in on purpose: the scenarios must find each of them.

use crate::scenarios::SCENARIOS;
use sluicebox_crashsim::{Explorer, planted};

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

#[test]
#[ignore = "a part of each_planted_bug_is_caught, which runs it with a bug switched on"]
fn with_a_planted_bug() {
    for scenario in SCENARIOS {
        let mut explorer = Explorer::new();
        if let Err(violation) = (scenario.explore)(&mut explorer) {
            return planted::caught(scenario.name, &violation);
        }
    }
}

#[test]
fn each_planted_bug_is_caught() {
    planted::each_is_caught("sink", &BUGS, "planted::with_a_planted_bug");
}

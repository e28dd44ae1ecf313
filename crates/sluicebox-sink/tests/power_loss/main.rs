//! The sink loses power at every operation of every scenario, and the disk keeps any part of what
//! was not durable. Nothing acknowledged is lost, no row is there twice or in part, the header
//! stands once, manifest and files agree, and the sink goes on to the end.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "faults")]
mod planted;
mod scenarios;
mod world;

use scenarios::{SCENARIOS, Scenario};
use sluicebox_crashsim::{Explorer, explored, side_by_side};

fn enough(scenario: &Scenario) -> u64 {
    let name = format!("sink, {}", scenario.name);
    let states = explored(&name, Explorer::new(), scenario.explore);
    let at_least = scenario.states_at_least;
    assert!(states >= at_least, "{name}: fewer than {at_least}");
    states
}

#[test]
fn a_power_loss_at_any_operation_neither_loses_nor_doubles_a_row() {
    let total = side_by_side("sink", &SCENARIOS, enough);
    assert!(total >= 10_000, "{total} states");
}

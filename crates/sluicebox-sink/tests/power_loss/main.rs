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

use std::io::Write;
use std::time::Instant;

use scenarios::{SCENARIOS, Scenario};
use sluicebox_crashsim::Explorer;

/// Past the capture of the test harness: these numbers are what the test is run for.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Explores one scenario, says how it went, and gives the number of states.
fn explored(scenario: &Scenario) -> u64 {
    let (mut explorer, began) = (Explorer::new(), Instant::now());
    if let Err(violation) = (scenario.explore)(&mut explorer) {
        panic!("{}: {violation}", scenario.name);
    }
    let (name, summary) = (scenario.name, explorer.summary());
    say(&format!("sink, {name}: {summary}, {:.1?}", began.elapsed()));
    let at_least = scenario.states_at_least;
    assert!(
        explorer.states() >= at_least,
        "{name}: {summary}, fewer than {at_least}"
    );
    explorer.states()
}

#[test]
fn a_power_loss_at_any_operation_neither_loses_nor_doubles_a_row() {
    let started = Instant::now();
    let total: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = SCENARIOS
            .iter()
            .map(|scenario| scope.spawn(|| explored(scenario)))
            .collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|states| states.expect("see above")).sum()
    });
    let took = started.elapsed();
    say(&format!(
        "sink: recovered from {total} crash states in {took:.1?}"
    ));
    assert!(total >= 10_000, "{total} states");
}

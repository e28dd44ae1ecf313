//! How a test explores: side by side, with numbers for who runs it.

use std::io::Write;
use std::time::Instant;

use crate::explorer::{Explorer, Violation};

/// Says it past the capture of the test harness: these numbers are what the test is run for.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Explores, says how it went, and gives the number of states.
///
/// # Panics
/// At a violation.
pub fn explored(
    name: &str,
    mut explorer: Explorer,
    explore: impl FnOnce(&mut Explorer) -> Result<(), Violation>,
) -> u64 {
    let began = Instant::now();
    if let Err(violation) = explore(&mut explorer) {
        panic!("{name}: {violation}");
    }
    let (summary, took) = (explorer.summary(), began.elapsed());
    say(&format!("{name}: {summary}, {took:.1?}"));
    explorer.states()
}

/// Explores all scenarios of a part, each on a thread of its own, and gives the number of states of all.
///
/// # Panics
/// When one of them does.
pub fn side_by_side<S: Sync>(
    part: &str,
    scenarios: &[S],
    explored: impl Fn(&S) -> u64 + Sync,
) -> u64 {
    let (began, explored) = (Instant::now(), &explored);
    let total: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (scenarios.iter())
            .map(|scenario| scope.spawn(move || explored(scenario)))
            .collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|states| states.expect("see above")).sum()
    });
    let took = began.elapsed();
    say(&format!(
        "{part}: recovered from {total} crash states in {took:.1?}"
    ));
    total
}

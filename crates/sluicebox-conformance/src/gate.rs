//! Tests that need more than Rust run only when they are asked for.

use std::env;
use std::io::{self, Write};
use std::sync::Once;

/// Says what is skipped, and why it cannot be run as it is built.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: {what} ({why})");
}

/// Whether the environment variable `variable` is `1`. If not, says once what is skipped: directly
/// on standard error, since the test harness swallows what a passing test prints.
pub fn asked_for(variable: &str, what: &str) -> bool {
    static SAID: Once = Once::new();
    let asked = env::var(variable).is_ok_and(|value| value == "1");
    if !asked {
        SAID.call_once(|| {
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: {what} (set {variable}=1 to run them)"
            );
        });
    }
    asked
}

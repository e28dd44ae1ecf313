//! Waiting for what is to become true, and not for a time.

use std::time::{Duration, Instant};

/// Longest time something may take in one process; machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits until it is so.
///
/// # Panics
/// When it is not in time.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    eventually_some(what, || is_so().then_some(()));
}

/// Waits until something is found.
///
/// # Panics
/// When nothing is in time.
#[track_caller]
pub fn eventually_some<R>(what: &str, look: impl FnMut() -> Option<R>) -> R {
    within(PATIENCE, what, look)
}

/// The same, with a patience of its own.
///
/// # Panics
/// When nothing is found in time.
#[track_caller]
pub fn within<R>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<R>) -> R {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

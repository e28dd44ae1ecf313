//! Faults on purpose, for tests: named places where a program can be made to fail, and bugs that
//! can be switched on to see that the suite catches them.
//!
//! Without the feature `faults` the macros below expand to nothing (`planted!` to `false`), and this
//! crate has no dependency: the product is the same with and without them. With it, two variables of
//! the environment decide, read once:
//!
//! ```text
//! FAILPOINTS="sink.rows.sync=3*off->1*error;process.commit.sent=crash"
//! SLUICEBOX_PLANT="sink-skips-data-fsync"
//! ```
//!
//! A failpoint's action is one of these, or a chain of them with `->`:
//!
//! | action | what happens |
//! |---|---|
//! | `crash` | the process aborts at once: nothing is flushed, no destructor runs |
//! | `error` | the operation fails: an I/O error (`EIO`), or an error of the Kafka client |
//! | `full` | the operation finds no room (`ENOSPC`); where the place does I/O |
//! | `delay(MS)` | the thread sleeps so many milliseconds, and goes on |
//! | `off` | nothing |
//!
//! `N*` before an action makes it happen N times, then the next of the chain follows: `3*off->1*crash`
//! crashes the fourth time. `P%` makes it happen with that probability. Whatever happens is said on
//! standard error, and a name that does not exist ends the process with exit code 2.
//!
//! `FAILPOINTS=@FILE` reads the settings from a file, and again whenever it changes, so that a test can
//! break a process that runs.

#[cfg(feature = "faults")]
mod action;
#[cfg(feature = "faults")]
mod live;
mod macros;
pub mod planted;
pub mod points;
#[cfg(feature = "faults")]
mod settings;

#[cfg(feature = "faults")]
pub use live::{is_planted, may_fail, may_tear, pass};
#[cfg(feature = "faults")]
pub use settings::set;

/// Reads the variables of the environment, so that a wrong one is refused before anything runs.
/// Nothing without the feature.
#[inline]
pub fn check_environment() {
    #[cfg(feature = "faults")]
    live::configure();
}

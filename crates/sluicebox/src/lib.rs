//! The `sluicebox` program: reads the command line, starts the command, turns its result into an
//! exit code.
//!
//! A library, so that the same program is built twice: `sluicebox` for users, and for tests
//! `sluicebox-faulty`, with failpoints and planted bugs compiled in.

mod cli;
mod commands;
mod exit;
mod limits;
mod logging;
mod output;
mod settings;
mod signals;
mod terminal;

use std::process::ExitCode;

/// musl's own allocator goes to the kernel for each larger piece and has one lock: with it the static
/// program needs three times the CPU (docs/releases.md).
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The program.
pub fn main() -> ExitCode {
    sluicebox_faults::check_environment();
    sluicebox_kafka::bound_heap_arenas();
    exit::set_report_style();
    if let Err(error) = signals::outlive_file_limits() {
        return exit::code(Err(
            miette::miette!("cannot listen for signals: {error}").into()
        ));
    }
    let matches = match cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error),
    };
    exit::code(commands::dispatch(&matches))
}

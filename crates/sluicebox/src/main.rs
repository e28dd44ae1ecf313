//! The `sluicebox` program: reads the command line, starts the command, turns its result into an
//! exit code.

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

fn main() -> ExitCode {
    sluicebox_kafka::bound_heap_arenas();
    exit::set_report_style();
    let matches = match cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error),
    };
    exit::code(commands::dispatch(&matches))
}

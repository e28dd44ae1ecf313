//! Sets the suite on planted bugs: `planted`, `planted sink-does-not-lock`, `planted --table FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sluicebox_chaos::planted::{Fate, Hunt, table};
use sluicebox_faults::planted::{BUGS, Bug, find};

/// Runs the suite against programs that are known to be wrong. Exit code 1 when a bug survives.
#[derive(Debug, Parser)]
#[command(name = "planted")]
struct Arguments {
    /// Bugs; all of them unless some are named
    bugs: Vec<String>,
    /// What the attacks' choices follow from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File that the table is written to
    #[arg(long)]
    table: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let named = arguments.bugs.iter().map(|name| find(name).ok_or(name));
    let bugs: Vec<&'static Bug> = match named.collect() {
        Ok(bugs) => bugs,
        Err(name) => {
            eprintln!("there is no planted bug `{name}`");
            return ExitCode::from(2);
        }
    };
    let all = BUGS.iter().collect();
    match hunt(if bugs.is_empty() { all } else { bugs }, &arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all were caught.
fn hunt(bugs: Vec<&'static Bug>, arguments: &Arguments) -> sluicebox_chaos::error::Result<bool> {
    let mut hunt = Hunt::new(arguments.seed);
    let mut fates: Vec<Fate> = Vec::new();
    for bug in bugs {
        let fate = hunt.hunt(bug)?;
        match &fate.caught {
            Some(caught) => {
                let (by, rounds, seconds) = (&caught.by, caught.rounds, caught.took.as_secs());
                eprintln!("{}: {by}, {rounds} rounds, {seconds} s", bug.name);
            }
            None => eprintln!("{}: SURVIVED", bug.name),
        }
        fates.push(fate);
    }
    let text = table::markdown(&fates);
    print!("{text}");
    if let Some(path) = &arguments.table {
        std::fs::write(path, &text)?;
    }
    Ok(fates.iter().all(|fate| fate.caught.is_some()))
}

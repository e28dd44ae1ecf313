//! `completions SHELL`.

use clap::ArgMatches;

use crate::cli;
use crate::exit::Outcome;
use crate::output::print;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") else {
        unreachable!("clap demands a shell");
    };
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut cli::command(), cli::NAME, &mut script);
    print(&String::from_utf8_lossy(&script))
}

//! The commands, one file per verb.

mod access;
mod broker;
mod cluster;
mod completions;
mod config;
mod dashboard;
mod datagen;
mod dlq;
mod embedded;
mod groups;
mod listen;
mod plans;
mod problems;
mod process;
mod ready;
pub(crate) mod run;
mod running;
mod sink;
mod status;
mod tasks;
mod topics;
mod verify;

use clap::ArgMatches;

use crate::exit::{Failure, Outcome};
use crate::logging;
use crate::settings::config::Config;
use crate::settings::layers::Settings;
use crate::settings::variables;

/// Runs the command that was asked for.
pub(crate) fn dispatch(matches: &ArgMatches) -> Outcome {
    match matches.subcommand() {
        Some(("run", matches)) => run::run(matches),
        Some(("datagen", matches)) => datagen::run(matches),
        Some(("process", matches)) => process::run(matches),
        Some(("sink", matches)) => sink::run(matches),
        Some(("verify", matches)) => verify::run(matches),
        Some(("topics", matches)) => topics::run(matches),
        Some(("dlq", matches)) => dlq::run(matches),
        Some(("groups", matches)) => groups::run(matches),
        Some(("status", matches)) => status::run(matches),
        Some(("broker", matches)) => broker::run(matches),
        Some(("dashboard", matches)) => dashboard::run(matches),
        Some(("config", matches)) => config::run(matches),
        Some(("completions", matches)) => completions::run(matches),
        _ => unreachable!("clap demands a subcommand"),
    }
}

/// What every long-running command begins with.
pub(crate) struct Started {
    pub(crate) settings: Settings,
    pub(crate) config: Config,
}

/// Gathers the settings and starts the log.
///
/// # Errors
/// The settings are wrong: usage.
pub(crate) fn start(matches: &ArgMatches) -> Result<Started, Failure> {
    start_muting(matches, "")
}

/// As [`start`]; `muted` is a filter for parts that would say the same as others.
pub(crate) fn start_muting(matches: &ArgMatches, muted: &str) -> Result<Started, Failure> {
    let settings = Settings::gather(matches).map_err(Failure::Usage)?;
    let config = Config::from(&settings);
    let steps = i32::from(matches.get_count("verbose")) - i32::from(matches.get_count("quiet"));
    logging::start(&config.log, steps, muted);
    for complaint in variables::complaints() {
        tracing::warn!("{complaint}");
    }
    Ok(Started { settings, config })
}

//! `config show | default | check`.

use std::path::PathBuf;

use clap::ArgMatches;
use miette::miette;

use super::Started;
use crate::exit::{Failure, Outcome};
use crate::output::print;
use crate::settings::config::Config;
use crate::settings::reference;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    match matches.subcommand() {
        Some(("show", matches)) => {
            let Started { settings, .. } = super::start(matches)?;
            print(&reference::in_force(&settings))
        }
        Some(("default", _)) => print(&reference::default_config()),
        Some(("check", matches)) => check(matches),
        _ => unreachable!("clap demands a subcommand"),
    }
}

fn check(matches: &ArgMatches) -> Outcome {
    let named = matches
        .get_one::<PathBuf>("file")
        .or_else(|| matches.get_one::<PathBuf>("config"));
    let Started { mut settings, .. } = super::start(matches)?;
    let mut checked = String::from("the defaults");
    if let Some(path) = named {
        settings.lay_file(path).map_err(Failure::Usage)?;
        checked = path.display().to_string();
    }
    let config = Config::from(&settings);
    let plans = super::plans::compile(&config).map_err(Failure::Usage)?;
    let streams: Vec<_> = plans
        .streams()
        .iter()
        .map(sluicebox_event::StreamPlan::name)
        .collect();
    if streams.is_empty() {
        return Err(Failure::Usage(miette!(
            help = "set streams.builtin = true or name definitions in streams.files",
            "there is no stream"
        )));
    }
    print(&format!(
        "{checked}: good; streams: {}\n",
        streams.join(", ")
    ))
}

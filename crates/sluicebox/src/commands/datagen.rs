//! `datagen STREAM`: makes events alone.

use std::sync::Arc;

use clap::ArgMatches;
use miette::{IntoDiagnostic, miette};
use sluicebox_event::Plans;
use sluicebox_pipeline::metrics::Metrics;

use super::access::Part;
use super::run::live::{self, Shown};
use super::run::{generate, report};
use super::{Started, cluster, plans, problems};
use crate::exit::{Failure, Outcome};
use crate::output::print;
use crate::settings::file::suggestion;
use crate::signals;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let definitions = plans::definitions(&config.streams).map_err(Failure::Usage)?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let wanted = matches
        .get_one::<String>("streams")
        .map_or("all", String::as_str);
    check_stream(&plans, wanted)?;
    let definitions: Vec<_> = definitions
        .into_iter()
        .filter(|known| wanted == "all" || known.name == wanted)
        .collect();
    // Of the others it needs neither topics nor rights.
    let plans = plans::of(&config, &definitions).map_err(Failure::Usage)?;

    let stop = signals::drain_at_signal().into_diagnostic()?;
    let client = cluster::ready(&config, &plans, &stop, Part::Datagen)?;

    let generate::Made { task, progress } = generate::task(
        &config.datagen,
        &definitions,
        plans.options().value_max_bytes,
        &client,
        &stop,
    )?;
    let metrics = Metrics::new(&plans, 0);
    let shown = Shown {
        datagen: Some(Arc::clone(&progress)),
        ending: vec![stop.clone()],
        ..Shown::default()
    };
    let made = live::while_running(&metrics, &shown, || task.run()).map_err(problems::datagen)?;
    print(&report::generated(&made))
}

fn check_stream(plans: &Plans, wanted: &str) -> Result<(), Failure> {
    let names = || {
        plans
            .streams()
            .iter()
            .map(sluicebox_event::StreamPlan::name)
    };
    if wanted == "all" || names().any(|name| name == wanted) {
        return Ok(());
    }
    let all: Vec<_> = names().collect();
    let help = suggestion(wanted, names().chain(["all"])).unwrap_or_else(|| {
        format!(
            "the streams are {}; more come with --stream FILE",
            all.join(", ")
        )
    });
    Err(Failure::Usage(miette!(
        help = help,
        "there is no stream `{wanted}`"
    )))
}

//! `sink`: the sink alone.

use std::sync::Arc;

use clap::ArgMatches;
use miette::IntoDiagnostic;
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::sink;

use super::access::Part;
use super::run::live::{self, Shown};
use super::run::report;
use super::{Started, cluster, plans, problems, tasks};
use crate::exit::{Failure, Outcome};
use crate::output::print;
use crate::signals;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let stop = signals::drain_at_signal().into_diagnostic()?;

    let client = cluster::ready(&config, &plans, &stop, Part::Sink)?;

    let metrics = Arc::new(Metrics::new(&plans, 0));
    let mut task = tasks::sink(&config, client, &plans);
    task.stop_at_end = config.run.stop_at_end;
    let shown = Shown {
        sink: true,
        state_dir: config.processor.state_dir.clone(),
        ending: vec![stop.clone()],
        ..Shown::default()
    };
    live::while_running(&metrics, &shown, || sink::run(&task, &stop, &metrics))
        .map_err(|error| problems::task("sink", &error))?;
    print(&report::files(&config.output.dir, &metrics))
}

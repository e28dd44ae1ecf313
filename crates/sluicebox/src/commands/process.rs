//! `process`: the processor alone.

use std::sync::Arc;

use clap::ArgMatches;
use miette::IntoDiagnostic;
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::processor;

use super::access::Part;
use super::run::live::{self, Shown};
use super::{Started, cluster, plans, problems, tasks};
use crate::exit::{Failure, Outcome};
use crate::output::{grouped, print};
use crate::signals;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let stop = signals::drain_at_signal().into_diagnostic()?;

    let client = cluster::ready(&config, &plans, &stop, Part::Processor)?;

    let metrics = Arc::new(Metrics::new(&plans, config.processor.instances));
    let mut task = tasks::processor(&config, client, &plans);
    task.stop_at_end = config.run.stop_at_end;
    let shown = Shown {
        processor: true,
        state_dir: config.processor.state_dir.clone(),
        ending: vec![stop.clone()],
        ..Shown::default()
    };
    live::while_running(&metrics, &shown, || processor::run(task, &stop, &metrics))
        .map_err(|error| problems::task("processor", &error))?;
    print(&format!(
        "processed {}, dead letters {}, transactions {}\n",
        grouped(metrics.processed_total()),
        grouped(metrics.dead_total()),
        grouped(metrics.transactions.get())
    ))
}

//! `verify`: the files against the topics, record by record.

mod json;
mod show;
mod text;
mod topics;

use clap::ArgMatches;
use miette::miette;
use sluicebox_pipeline::verify::{Report, Verdict, VerifyConfig, VerifyError, verify};

use self::topics::Topics;
use super::{Started, embedded, plans, problems};
use crate::exit::{Failure, Outcome};
use crate::output::{absolute, print, print_json};

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start_muting(matches, "sluicebox_broker=warn")?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    if !config.output.dir.is_dir() {
        return Err(Failure::Failed(miette!(
            help = "--output-dir names the directory that `run` or `sink` writes",
            "there is no directory {}",
            absolute(&config.output.dir)
        )));
    }
    let topics = Topics::find(&config)?;
    let client = topics.client(&config)?;
    let task = VerifyConfig {
        topics: sluicebox_pipeline::OutputTopics {
            processed: config.topics.processed_data.clone(),
            dead_letters: config.topics.dead_letters.clone(),
        },
        processor_group: config.processor.group.clone(),
        sink_group: config.sink.group.clone(),
        wait: Some(config.cluster.wait.unwrap_or(topics::WAIT)),
        ..VerifyConfig::new(client, plans, config.output.dir.clone())
    };
    let outcome = show::while_verifying(|progress| verify(&task, progress));
    let source = topics.described();
    if let Topics::Stopped { broker, .. } = topics {
        broker.stop(embedded::STOP_WAIT);
    }
    let report = outcome.map_err(failed)?;
    let is_strict = matches.get_flag("strict");
    if matches.get_flag("json") {
        let value = json::of(&report, &source, &config.output.dir, is_strict);
        print_json(&value)?;
    } else {
        print(&text::of(&report, &source, &config.output.dir))?;
    }
    conclude(&report, is_strict)
}

#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: VerifyError) -> Failure {
    Failure::Failed(problems::report(
        format!("verify: {error}"),
        error.way_out(),
    ))
}

/// Exit code 1 where the report contradicts, and with `--strict` where it does not prove all.
fn conclude(report: &Report, is_strict: bool) -> Outcome {
    match report.verdict() {
        Some(Verdict::Contradicted) => Err(Failure::Failed(miette!(
            "{} findings contradict what the files say",
            report.count(Verdict::Contradicted)
        ))),
        Some(Verdict::Unprovable) if is_strict => Err(Failure::Failed(miette!(
            help = "without --strict this is no failure",
            "{} rows or records cannot be proven",
            report.count(Verdict::Unprovable)
        ))),
        Some(Verdict::Unprovable) | None => Ok(()),
    }
}

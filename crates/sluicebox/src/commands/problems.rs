//! Errors of the other crates as a person reads them: what failed, and below it what to do.

use miette::{MietteDiagnostic, Report};
use sluicebox_kafka::KafkaError;
use sluicebox_pipeline::datagen::DatagenError;
use sluicebox_pipeline::error::PipelineError;

use crate::exit::Failure;

/// A problem with its way out, if there is one.
pub(crate) fn report(what: impl Into<String>, way_out: Option<impl Into<String>>) -> Report {
    let problem = MietteDiagnostic::new(what);
    Report::new(match way_out {
        Some(way_out) => problem.with_help(way_out),
        None => problem,
    })
}

/// An error of the cluster as the end of a command.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(crate) fn kafka(error: KafkaError) -> Failure {
    Failure::Failed(report(error.to_string(), error.way_out()))
}

/// An error of a task as the end of a command; `part` is the task's name.
pub(crate) fn task(part: &str, error: &PipelineError) -> Failure {
    Failure::Failed(report(format!("{part}: {error}"), error.way_out()))
}

/// An error of datagen as the end of a command.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(crate) fn datagen(error: DatagenError) -> Failure {
    let way_out = match &error {
        DatagenError::Send(error) => error.way_out(),
        DatagenError::Delivery { first, .. } if first.contains("AUTHORIZATION_FAILED") => Some(
            "records that were acknowledged are in the topics and will be processed; have Write on \
             the topic granted (docs/security.md has the command), then start again"
                .to_owned(),
        ),
        DatagenError::Delivery { .. } => Some(
            "records that were acknowledged are in the topics and will be processed; \
             see that the cluster is well, then start again"
                .to_owned(),
        ),
    };
    Failure::Failed(report(format!("datagen: {error}"), way_out))
}

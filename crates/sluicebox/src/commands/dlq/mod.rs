//! `dlq list | show | replay`.

mod dry_run;
mod list;
mod replay;
mod show;
mod view;

use std::ops::ControlFlow;

use clap::ArgMatches;
use miette::miette;
use sluicebox_event::Reason;
use sluicebox_kafka::ClientOptions;
use sluicebox_pipeline::Patience;
use sluicebox_pipeline::dlq::{
    DlqError, KeptParts, LettersAt, Markers, Selection, StoredLetter, read_letters, read_markers,
};
use sluicebox_pipeline::error::PipelineError;
use sluicebox_pipeline::stop::StopSignal;

use super::{cluster, problems};
use crate::exit::{Failure, Outcome};
use crate::settings::config::Config;
use crate::settings::file::suggestion;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    match matches.subcommand() {
        Some(("list", matches)) => list::run(matches),
        Some(("show", matches)) => show::run(matches),
        Some(("replay", matches)) => replay::run(matches),
        _ => unreachable!("clap demands a subcommand"),
    }
}

/// The cluster, and the topics of it that matter here.
struct Dlq {
    config: Config,
    client: ClientOptions,
    patience: Patience,
}

impl Dlq {
    fn open(config: Config) -> Result<Self, Failure> {
        let servers = cluster::bootstrap_servers(&config);
        let client = cluster::client_options(&config, &servers, "dlq")?;
        let wait = Some(config.cluster.wait.unwrap_or(cluster::ASK_WAIT));
        let stop = StopSignal::new();
        Ok(Self {
            config,
            client,
            patience: Patience {
                servers,
                wait,
                stop,
                outwaits_refusals: false,
            },
        })
    }

    fn letters(
        &self,
        which: &LettersAt,
        visit: impl FnMut(StoredLetter) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let topic = &self.config.topics.dead_letters;
        let read = read_letters(&self.client, topic, which, &self.patience, visit);
        read.map_err(|error| self.unread(&error)).map(|_| ())
    }

    fn markers(&self) -> Result<Markers, Failure> {
        let topics = &self.config.topics;
        let (markers, letters) = (&topics.dlq_replays, &topics.dead_letters);
        let read = read_markers(&self.client, markers, letters, &self.patience);
        let read = read.map_err(|error| self.unread(&error))?;
        Ok(read.unwrap_or_default())
    }

    /// The error of a topic that cannot be read.
    fn unread(&self, error: &PipelineError) -> Failure {
        let is_away = matches!(error, PipelineError::NoCluster { .. });
        let gone = cluster::gone_way_out(&self.config).filter(|_| is_away);
        let way_out = gone.or_else(|| error.way_out());
        Failure::Failed(problems::report(format!("dlq: {error}"), way_out))
    }
}

/// Which letters are meant, beside their ids.
///
/// # Errors
/// A reason is misspelt. One that is like none of ours is only warned of: another version, or another
/// program, may have written letters of it.
fn selection(matches: &ArgMatches) -> Result<Selection, Failure> {
    let reasons = matches.get_many::<String>("reason").into_iter().flatten();
    let reasons: Vec<String> = reasons.cloned().collect();
    let known = || Reason::all().iter().map(|reason| reason.code());
    for reason in &reasons {
        if known().any(|known| known == reason) {
            continue;
        }
        if let Some(hint) = suggestion(reason, known()) {
            return Err(Failure::Usage(miette!(
                help = hint,
                "there is no reason `{reason}`"
            )));
        }
        tracing::warn!(
            "`{reason}` is no reason of this version: docs/streams.md lists them; looking for it all the same"
        );
    }
    Ok(Selection {
        reasons,
        topic: matches.get_one::<String>("topic").cloned(),
    })
}

/// An error of a replay as the end of a command.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: DlqError) -> Failure {
    let own = match &error {
        DlqError::Pipeline(error) => {
            return Failure::Failed(problems::report(format!("dlq: {error}"), error.way_out()));
        }
        DlqError::NoLetter { .. } => Some("`sluicebox dlq list` shows what there is"),
        DlqError::Cut { parts, .. } => Some(match parts {
            KeptParts::Beginning => "give the whole value with --value-file",
            KeptParts::SomeHeaders { .. } => {
                "`sluicebox dlq show ID --value` has its value, which is whole: with --value-file it is replayed without the other headers"
            }
        }),
        DlqError::NoStream { .. } => {
            Some("name the stream's definition with --stream, as the processor has it")
        }
        DlqError::TakenOver(_) => Some("run it again: what is replayed already is left out"),
        DlqError::Kafka(_) => {
            Some("run it again once the cluster is well: what is replayed already is left out")
        }
        DlqError::Stopped => None,
    };
    Failure::Failed(problems::report(format!("dlq: {error}"), own))
}

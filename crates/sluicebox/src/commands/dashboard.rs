//! `dashboard`: the dashboard alone; and how `run` serves it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use miette::{IntoDiagnostic, miette};
use sluicebox_event::Plans;
use sluicebox_kafka::ClientOptions;
use sluicebox_pipeline::OutputTopics;
use sluicebox_web::{Access, Groups, Pipeline, RunningPart, Token, Web, WebConfig, Writes};

use super::listen::bind;
use super::running::{self, Told};
use super::{Started, cluster, plans};
use crate::exit::{Failure, Outcome};
use crate::output::print;
use crate::settings::config::{self, Config};
use crate::settings::variables::HTTP_TOKEN;
use crate::signals;

/// How often it is looked whether the user wants the end.
const STOP_EVERY: Duration = Duration::from_millis(100);
/// In the state directory: what `verify` found last.
const VERIFY_NOTE: &str = "verify.json";

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let interrupt = signals::listen(|| ()).into_diagnostic()?;
    let door = Door::open(&config.dashboard)?;
    let client =
        cluster::client_options(&config, &cluster::bootstrap_servers(&config), "dashboard")?;
    let web = door.serve(&config, client, &plans, None)?;
    print(&format!("dashboard at {}\n", web.url()))?;
    let mut told = Told::new(&config.processor.state_dir);
    while !interrupt.is_set() {
        told.tell(&[("dashboard", web.status())]);
        std::thread::sleep(STOP_EVERY);
    }
    Ok(())
}

/// Where the dashboard will listen, and who may come in. Opened first, so that what is wrong with it is
/// said before anything has begun.
pub(crate) struct Door {
    listener: TcpListener,
    access: Access,
}

impl Door {
    /// Binds the address, and reads the token.
    ///
    /// # Errors
    /// The address cannot be bound; others could come in without a token.
    pub(crate) fn open(config: &config::Dashboard) -> Result<Self, Failure> {
        let token = token(config.token_file.as_deref())?;
        let listener = bind(
            &config.listen,
            "dashboard",
            "--http-listen",
            !config.listen_is_explicit,
        )?;
        let address = listener.local_addr().into_diagnostic()?;
        let access = Access::new(address, token, config.hosts.clone());
        let access = access.map_err(|error| Failure::Usage(miette!("{error}")))?;
        if address.to_string() != config.listen && !config.listen_is_explicit {
            tracing::warn!(wanted = %config.listen, taken = %address, "the dashboard's default port is in use: it listens on another one");
        }
        Ok(Self { listener, access })
    }

    /// Serves the dashboard until the value is dropped.
    ///
    /// # Errors
    /// Threads cannot be started.
    pub(crate) fn serve(
        self,
        config: &Config,
        client: ClientOptions,
        plans: &Arc<Plans>,
        pipeline: Option<Pipeline>,
    ) -> Result<Web, Failure> {
        let state_dir = config.processor.state_dir.clone();
        let writes = config.dashboard.allow_writes.then(|| Writes {
            topics: cluster::topics_config(config, plans),
        });
        let web = WebConfig {
            client,
            plans: Arc::clone(plans),
            definitions: plans::definitions(&config.streams).map_err(Failure::Usage)?,
            topics: OutputTopics::from(&config.topics),
            replays: config.topics.dlq_replays.clone(),
            groups: Groups {
                processor: config.processor.group.clone(),
                sink: config.sink.group.clone(),
            },
            output_dir: config.output.dir.clone(),
            last_verify: verify_note(&state_dir),
            access: self.access,
            writes,
            pipeline,
            running: Box::new(move || here(&state_dir)),
        };
        Ok(sluicebox_web::start(self.listener, web).into_diagnostic()?)
    }
}

/// Where `verify` notes what it found.
pub(crate) fn verify_note(state_dir: &Path) -> PathBuf {
    state_dir.join(VERIFY_NOTE)
}

fn here(state_dir: &Path) -> Vec<RunningPart> {
    let parts = running::on_this_machine(state_dir).into_iter();
    parts
        .map(|part| RunningPart {
            part: part.part,
            pid: part.pid,
            state: part.state,
            waits_for: part.waits_for,
        })
        .collect()
}

/// The token: from a file, else from the environment; never an argument, which everybody on the
/// machine can read.
fn token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let text = match file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            Failure::Usage(miette!(
                help = "--http-token-file names a file with the token in it, readable by this user only",
                "cannot read the dashboard's token from {}: {error}",
                path.display()
            ))
        })?),
        None => std::env::var(HTTP_TOKEN).ok().filter(|text| !text.is_empty()),
    };
    let token = text.map(|text| Token::new(&text)).transpose();
    token.map_err(|error| Failure::Usage(miette!("{error}")))
}

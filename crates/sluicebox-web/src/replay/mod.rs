//! Dead letters go back into their source topics, each once: one of them, or a selection.
//!
//! All replays of a cluster share one transactional id (ADR 22), so there is one at a time here; one of
//! another process takes over from ours, and is taken over in turn.

mod job;
mod one;
mod preview;

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use sluicebox_pipeline::Patience;
use sluicebox_pipeline::dlq::{ReplayConfig, Selection};
use sluicebox_pipeline::stop::StopSignal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::{IntoParams, ToSchema};

pub(crate) use job::{JobView, start};
pub(crate) use one::{NewValue, Outcome, one};
pub(crate) use preview::{Preview, preview};

use crate::app::App;
use crate::error::WebError;
use crate::limits;
use crate::writes::Peer;
use job::Job;

/// Which letters are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Meant {
    /// The code of a reason; any when left out.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// A source topic; any when left out.
    #[serde(default)]
    pub(crate) topic: Option<String>,
    /// All letters, where neither is said.
    #[serde(default)]
    pub(crate) all: bool,
}

impl Meant {
    /// The letters that are meant.
    pub(crate) fn said(&self) -> Result<Selection, WebError> {
        let selection = self.selection();
        match selection.is_all() && !self.all {
            true => Err(WebError::BadRequest(
                "nothing says which dead letters to replay: give a reason, a topic, or all"
                    .to_owned(),
            )),
            false => Ok(selection),
        }
    }

    pub(crate) fn selection(&self) -> Selection {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Selection {
            reasons: given(&self.reason).into_iter().collect(),
            topic: given(&self.topic),
        }
    }
}

/// The replays of this process.
pub(crate) struct Replays {
    /// Whose turn it is.
    turn: Arc<Semaphore>,
    /// The one of many letters that runs, or ran last.
    last: Mutex<Option<Arc<Job>>>,
}

impl Default for Replays {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            last: Mutex::default(),
        }
    }
}

impl Replays {
    fn last(&self) -> Option<Arc<Job>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// The replay of many letters that runs, or ran last.
    pub(crate) fn view(&self) -> Option<JobView> {
        self.last().map(|job| job.view())
    }

    /// Ends the one that runs: what is not committed is not replayed.
    pub(crate) fn stop(&self) -> Option<JobView> {
        self.last().map(|job| {
            job.stop();
            job.view()
        })
    }

    /// The same because somebody asks for it.
    pub(crate) fn stop_for(&self, peer: Peer) -> Option<JobView> {
        let stopped = self.stop()?;
        peer.wrote("stopped the replay of dead letters");
        Some(stopped)
    }

    /// Waits for the turn; not for a replay of many letters.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, WebError> {
        let busy = || {
            WebError::Conflict(
                "a replay runs: wait until it has ended, or stop it (it is at /replay)".to_owned(),
            )
        };
        if let Ok(permit) = Arc::clone(&self.turn).try_acquire_owned() {
            return Ok(permit);
        }
        if self.last().is_some_and(|job| job.runs()) {
            return Err(busy());
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        match tokio::time::timeout(limits::REPLAY_TURN_WAIT, turn).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(busy()),
        }
    }
}

fn config(app: &App) -> Result<ReplayConfig, WebError> {
    Ok(ReplayConfig {
        client: app.config.client.clone(),
        plans: Arc::clone(&app.config.plans),
        letters_topic: app.config.topics.dead_letters.clone(),
        markers_topic: app.config.replays.clone(),
        replication_factor: app.writes()?.topics.replication_factor,
    })
}

/// How long the cluster is waited for, and who can call it off.
pub(crate) fn patience(app: &App, stop: StopSignal) -> Patience {
    Patience {
        servers: app.config.client.bootstrap_servers.clone(),
        wait: Some(limits::WRITE_WAIT),
        stop,
        outwaits_refusals: false,
    }
}

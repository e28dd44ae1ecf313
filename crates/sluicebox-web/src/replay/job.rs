//! A replay of many letters: on a thread of its own, told from it how far it is.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use sluicebox_pipeline::dlq::{
    DlqError, LettersAt, Many, Replay, ReplayConfig, Replayer, Selection, Tally, read_letters,
};
use sluicebox_pipeline::stop::{StopLevel, StopSignal};
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use super::{Meant, config, patience};
use crate::app::App;
use crate::error::WebError;
use crate::writes::Peer;

/// A replay of a selection of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// `running`, `done`, `stopped` or `failed`.
    pub(crate) state: &'static str,
    /// The code of the reason that was asked for.
    pub(crate) reason: Option<String>,
    /// The source topic that was asked for.
    pub(crate) topic: Option<String>,
    /// When it began, milliseconds since 1970.
    pub(crate) began_ms: i64,
    /// When it ended, milliseconds since 1970.
    pub(crate) ended_ms: Option<i64>,
    /// Letters that were looked at.
    pub(crate) looked_at: u64,
    /// Letters that are replayed, by source topic.
    pub(crate) replayed: BTreeMap<String, u64>,
    /// Letters of the selection that were replayed before.
    pub(crate) before: u64,
    /// Letters of the selection that cannot be replayed.
    pub(crate) refused: u64,
    /// Why the first one of those cannot.
    pub(crate) first_refusal: Option<String>,
    /// Why it broke off.
    pub(crate) error: Option<String>,
}

impl JobView {
    /// Whether it goes on.
    pub(crate) fn runs(&self) -> bool {
        self.ended_ms.is_none()
    }

    /// How many letters are replayed.
    pub(crate) fn total(&self) -> u64 {
        self.replayed.values().sum()
    }

    fn count(&mut self, tally: &Tally) {
        self.replayed.clone_from(&tally.replayed);
        (self.before, self.refused) = (tally.before, tally.refused);
        let first = tally.first_refusal.as_ref();
        self.first_refusal = first.map(ToString::to_string);
    }
}

/// A replay that runs, or ran.
pub(super) struct Job {
    stop: StopSignal,
    view: Mutex<JobView>,
}

impl Job {
    pub(super) fn view(&self) -> JobView {
        self.with(|view| view.clone())
    }

    pub(super) fn runs(&self) -> bool {
        self.with(|view| view.runs())
    }

    pub(super) fn stop(&self) {
        self.stop.raise(StopLevel::Drain);
    }

    fn with<R>(&self, work: impl FnOnce(&mut JobView) -> R) -> R {
        work(&mut self.view.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts a replay of the letters that are meant, when it is its turn.
pub(crate) async fn start(app: &Arc<App>, meant: &Meant, peer: Peer) -> Result<JobView, WebError> {
    let turn = app.replays.turn().await?;
    begin(app, meant, turn, peer)
}

/// The turn is given back when it ends.
fn begin(
    app: &Arc<App>,
    meant: &Meant,
    turn: OwnedSemaphorePermit,
    peer: Peer,
) -> Result<JobView, WebError> {
    let (selection, config) = (meant.said()?, config(app)?);
    let view = JobView {
        state: "running",
        reason: selection.reasons.first().cloned(),
        topic: selection.topic.clone(),
        began_ms: now_ms(),
        ..JobView::default()
    };
    let job = Arc::new(Job {
        stop: StopSignal::new(),
        view: Mutex::new(view.clone()),
    });
    peer.wrote(format_args!(
        "began to replay dead letters, reason {}, source topic {}",
        named(view.reason.as_deref()),
        named(view.topic.as_deref())
    ));
    let mut last = app
        .replays
        .last
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *last = Some(Arc::clone(&job));
    drop(last);
    let (app_there, job_there) = (Arc::clone(app), Arc::clone(&job));
    let work = move || {
        let _turn = turn;
        let outcome = run(&app_there, &job_there, &selection, config);
        ended(&job_there, &outcome);
    };
    let started = app.workers.start("web-replay", work);
    if let Err(error) = &started {
        job.with(|view| {
            (view.state, view.ended_ms) = ("failed", Some(now_ms()));
            view.error = Some(error.to_string());
        });
    }
    started.map(|()| view)
}

/// What was asked for, in the log: it comes from a request.
fn named(text: Option<&str>) -> String {
    text.map_or_else(|| "any".to_owned(), |text| format!("{text:?}"))
}

fn run(app: &App, job: &Job, selection: &Selection, config: ReplayConfig) -> Result<(), DlqError> {
    let patience = patience(app, job.stop.clone());
    let (client, topic) = (config.client.clone(), config.letters_topic.clone());
    let mut many = Many::new(Replayer::start(config, &patience)?);
    let mut outcome = Ok(());
    let read = read_letters(&client, &topic, &LettersAt::All, &patience, |letter| {
        if patience.stop.is_ending() {
            return ControlFlow::Break(());
        }
        job.with(|view| view.looked_at += 1);
        if selection.takes(&letter) {
            outcome = many.take(Replay {
                letter,
                value: None,
            });
            job.with(|view| view.count(many.tally()));
        }
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let outcome = match (outcome, read) {
        (Err(error), _) => Err(error),
        (Ok(()), Err(error)) => Err(error.into()),
        _ if patience.stop.is_ending() => Err(DlqError::Stopped),
        _ => many.commit(),
    };
    let tally = many.close();
    job.with(|view| view.count(&tally));
    outcome
}

fn ended(job: &Job, outcome: &Result<(), DlqError>) {
    let view = job.with(|view| {
        view.state = match outcome {
            Ok(()) => "done",
            Err(DlqError::Stopped) => "stopped",
            Err(error) => {
                view.error = Some(error.to_string());
                "failed"
            }
        };
        view.ended_ms = Some(now_ms());
        view.clone()
    });
    let (state, replayed, before) = (view.state, view.total(), view.before);
    match view.error {
        None => tracing::info!(replayed, before, "dashboard: the replay is {state}"),
        Some(error) => tracing::warn!(replayed, before, error, "dashboard: the replay broke off"),
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

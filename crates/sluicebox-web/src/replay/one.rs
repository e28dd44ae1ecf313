//! One letter, as it is or with another value.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sluicebox_pipeline::Patience;
use sluicebox_pipeline::dlq::{DlqError, LetterId, Replay, Replayer, can_replay, would_reject};
use sluicebox_pipeline::stop::{StopLevel, StopSignal};
use utoipa::ToSchema;

use super::{config, patience};
use crate::app::App;
use crate::error::WebError;
use crate::letters;
use crate::limits::WRITE_WAIT;
use crate::writes::Peer;

/// How a letter is replayed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewValue {
    /// The value to send in place of the letter's own; its own when left out.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Send a new value even if the stream would reject it now.
    #[serde(default)]
    pub(crate) anyway: bool,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// `replayed`, or `before`: somebody had replayed it, and nothing was sent now.
    pub(crate) state: &'static str,
    /// When it was replayed, milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Whether with another value than it had.
    pub(crate) edited: bool,
    /// The source topic that it went into.
    pub(crate) topic: String,
}

/// Replays a letter, once, when it is its turn.
pub(crate) async fn one(
    app: &Arc<App>,
    id: LetterId,
    new: NewValue,
    peer: Peer,
) -> Result<Outcome, WebError> {
    let turn = app.replays.turn().await?;
    let replay = move |app: &Arc<App>| {
        let _turn = turn;
        replay(app, id, new, peer)
    };
    app.blocking(replay).await
}

fn replay(app: &App, id: LetterId, new: NewValue, peer: Peer) -> Result<Outcome, WebError> {
    app.writes()?;
    let until = Instant::now() + WRITE_WAIT;
    let (letter, _) = letters::stored(app, id.partition, id.offset).map_err(WebError::unsent)?;
    let value = new.value.map(String::into_bytes);
    let value = value.filter(|value| letter.is_cut || !is_same(letter.value.as_deref(), value));
    let replay = Replay { letter, value };
    can_replay(&app.config.plans, &replay)?;
    if !new.anyway && replay.value.is_some() {
        let rejected = would_reject(&app.config.plans, &replay.letter, replay.value.as_deref());
        if let Some(reject) = rejected {
            return Err(WebError::Refused(format!(
                "the new value would be rejected: {}",
                reject.message
            )));
        }
    }
    let mut replayer = begin(app, until).map_err(WebError::unsent)?;
    let outcome = replayer.replay_within(&[replay], left(until));
    let marker = replayer.markers().get(&id).cloned();
    // A transaction that is still open is aborted, and nobody has to wait for that. Where there is no thread
    // it times out.
    let ending = || replayer.close();
    app.workers.start("web-replay-end", ending).ok();
    let is_new = !outcome?.replayed.is_empty();
    let marker = marker.ok_or_else(|| {
        WebError::Internal(format!(
            "the dead letter {id} has no marker after its replay"
        ))
    })?;
    let with = if marker.is_edited {
        " with another value"
    } else {
        ""
    };
    if is_new {
        peer.wrote(format_args!(
            "replayed the dead letter {id} into {}{with}",
            marker.source_topic
        ));
    }
    Ok(Outcome {
        state: if is_new { "replayed" } else { "before" },
        at_ms: marker.replayed_at_ms,
        edited: marker.is_edited,
        topic: marker.source_topic,
    })
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Takes over, within the time that is left. Nothing is sent.
fn begin(app: &App, until: Instant) -> Result<Replayer, WebError> {
    let stop = StopSignal::new();
    let timer = stop.clone();
    app.workers.start("web-replay-timer", move || {
        timer.sleep(left(until));
        timer.raise(StopLevel::Drain);
    })?;
    let patience = Patience {
        wait: Some(left(until)),
        ..patience(app, stop.clone())
    };
    let begun = Replayer::start(config(app)?, &patience);
    // The timer is needed no more.
    stop.raise(StopLevel::Drain);
    begun.map_err(|error| match error {
        DlqError::Stopped => WebError::Unavailable(format!(
            "the cluster did not answer within {} s",
            WRITE_WAIT.as_secs()
        )),
        error => error.into(),
    })
}

/// The value that a letter has is no other one; and a browser's text has lost what stood before line feeds.
fn is_same(own: Option<&[u8]>, new: &[u8]) -> bool {
    own.is_some_and(|own| {
        let is_return = |at: usize| own[at] == b'\r' && own.get(at + 1) == Some(&b'\n');
        let lines = (0..own.len())
            .filter(|at| !is_return(*at))
            .map(|at| &own[at]);
        own == new || lines.eq(new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_went_through_a_browser_is_the_same() {
        assert!(is_same(Some(b"{\r\n\"a\": 1}\r\n"), b"{\n\"a\": 1}\n"));
        assert!(is_same(Some(b"a\r\nb"), b"a\r\nb") && is_same(Some(b"a\rb"), b"a\rb"));
        assert!(!is_same(Some(b"a\rb"), b"ab") && !is_same(Some(b"ab"), b"a\nb"));
        assert!(!is_same(None, b""));
    }
}

//! What a replay of many letters would do.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use sluicebox_pipeline::dlq::{Forecast, LettersAt, StoredLetter, read_letters};
use sluicebox_pipeline::stop::StopSignal;
use utoipa::ToSchema;

use super::{Meant, patience};
use crate::app::App;
use crate::error::WebError;
use crate::{letters, limits};

/// What a replay of a selection would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Letters that would be replayed, by source topic.
    pub(crate) letters: BTreeMap<String, u64>,
    /// How many of them their streams would reject again, as things are now.
    pub(crate) would_fail: u64,
    /// Letters of the selection that were replayed before, and would be left out.
    pub(crate) before: u64,
    /// Letters of the selection that cannot be replayed.
    pub(crate) refused: u64,
    /// Why the first one of those cannot.
    pub(crate) first_refusal: Option<String>,
    /// Whether all letters were looked at; else there are more than these.
    pub(crate) complete: bool,
}

impl Preview {
    /// How many would be replayed.
    pub(crate) fn total(&self) -> u64 {
        self.letters.values().sum()
    }
}

/// Counts what would be replayed, as far as it goes within [`limits::PREVIEW_WAIT`]. It is a search.
pub(crate) async fn preview(app: &Arc<App>, meant: Meant) -> Result<Preview, WebError> {
    let permit = app.search_permit()?;
    let count = move |app: &Arc<App>| {
        let _permit = permit;
        count(app, &meant)
    };
    app.blocking(count).await
}

fn count(app: &App, meant: &Meant) -> Result<Preview, WebError> {
    let (selection, began) = (meant.said()?, Instant::now());
    let markers = letters::markers(app)?.get().clone();
    let mut forecast = Forecast::default();
    let mut is_over = false;
    let count = |letter: StoredLetter| {
        is_over = began.elapsed() > limits::PREVIEW_WAIT || app.is_stopped();
        if is_over {
            return ControlFlow::Break(());
        }
        if selection.takes(&letter) {
            forecast.take(&app.config.plans, &markers, letter, None);
        }
        ControlFlow::Continue(())
    };
    let topic = &app.config.topics.dead_letters;
    let patience = patience(app, StopSignal::new());
    read_letters(&app.config.client, topic, &LettersAt::All, &patience, count)?;
    Ok(Preview {
        letters: forecast.replayed,
        would_fail: forecast.rejected,
        before: forecast.before,
        refused: forecast.refused,
        first_refusal: forecast.first_refusal.map(|why| why.to_string()),
        complete: !is_over,
    })
}

//! Which letters were replayed.

use std::sync::{MutexGuard, PoisonError};

use serde::Serialize;
use sluicebox_kafka::ErrorCode;
use sluicebox_pipeline::dlq::{KnownMarkers, Marker};
use sluicebox_pipeline::stop::StopSignal;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::WebError;
use crate::replay::patience;

/// A replay of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ReplayedView {
    /// When, milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Whether with another value than it had.
    pub(crate) edited: bool,
    /// The source topic that it went into.
    pub(crate) topic: String,
}

impl From<&Marker> for ReplayedView {
    fn from(marker: &Marker) -> Self {
        Self {
            at_ms: marker.replayed_at_ms,
            edited: marker.is_edited,
            topic: marker.source_topic.clone(),
        }
    }
}

/// The markers of replays as far as they were read.
pub(super) fn known(app: &App) -> MutexGuard<'_, KnownMarkers> {
    let markers = &app.letters.markers;
    markers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The markers of replays as they are now. Most often none is new, which one question tells.
pub(crate) fn markers(app: &App) -> Result<MutexGuard<'_, KnownMarkers>, WebError> {
    let topic = &app.config.replays;
    let logs = match app.admin()?.log_ranges(topic) {
        // The first replay makes it.
        Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Vec::new(),
        other => other?,
    };
    let mut known = known(app);
    let ends = logs
        .iter()
        .map(|log| (log.partition, log.range.high_watermark));
    if logs.is_empty() {
        *known = KnownMarkers::default();
    } else if !known.is_at(ends) {
        let patience = patience(app, StopSignal::new());
        let letters = &app.config.topics.dead_letters;
        known.update(&app.config.client, topic, letters, &patience)?;
    }
    Ok(known)
}

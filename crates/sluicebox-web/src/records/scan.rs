//! Searches as the dashboard runs them: bounded in time, and handed out as events.

use std::ops::ControlFlow;

use serde::Serialize;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{self, Bounds, Scan, Search, SearchError, Watch};
use utoipa::ToSchema;

use super::shown::RecordView;
use crate::app::App;
use crate::error::WebError;
use crate::limits;
use crate::stream::{Gone, Sender};

/// How far a search is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Records looked at.
    pub(crate) scanned: u64,
    /// Records that fit.
    pub(crate) matched: u64,
    /// Offsets before the end that was there at the start.
    pub(crate) remaining: u64,
    /// Why it ended: `end`, `limit`, `time`, `recreated`, `stopped`; null while it goes on.
    pub(crate) ended: Option<&'static str>,
}

impl From<&search::Progress> for Progress {
    fn from(progress: &search::Progress) -> Self {
        Self {
            scanned: progress.scanned,
            matched: progress.matched,
            remaining: progress.remaining,
            ended: progress.ended.map(search::Ended::code),
        }
    }
}

/// Searches until the end, until the longest time is over, or until the server ends.
pub(crate) fn scan(app: &App, search: &Search, watch: &mut impl Watch) -> Result<(), WebError> {
    let is_stopped = || app.is_stopped();
    let bounds = Bounds {
        longest: Some(limits::SEARCH_MAX),
        is_stopped: &is_stopped,
    };
    let admin = app.admin()?;
    Scan::begin(&app.config.client, &admin, search)?.run(&bounds, watch)?;
    Ok(())
}

impl From<SearchError> for WebError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Kafka(error) => error.into(),
            SearchError::NoPartition { .. } | SearchError::Gone { .. } => {
                Self::NotFound(error.to_string())
            }
            SearchError::Refused { .. } => Self::Unavailable(error.to_string()),
        }
    }
}

/// A browser that is gone ends the search.
pub(super) fn flow(sent: Result<(), Gone>) -> ControlFlow<()> {
    sent.map_or(ControlFlow::Break(()), |()| ControlFlow::Continue(()))
}

/// Hands a search out as server-sent events `record`, `progress` and `problem`.
pub(crate) fn search_events(app: &App, search: &Search, sender: &Sender) {
    struct Events<'a>(&'a Sender);
    impl Watch for Events<'_> {
        fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()> {
            let view = RecordView::of(record, limits::SHOWN_VALUE_MAX_BYTES);
            flow(self.0.event("record", &json(&view)))
        }

        fn progress(&mut self, progress: &search::Progress) -> ControlFlow<()> {
            flow(self.0.event("progress", &json(&Progress::from(progress))))
        }
    }
    if let Err(error) = scan(app, search, &mut Events(sender)) {
        // The browser may be gone as well.
        let _ = sender.event("problem", &error.to_string());
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

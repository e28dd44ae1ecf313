//! Searches as the dashboard runs them: bounded in time, and handed out as events.

use std::ops::ControlFlow;

use serde::Serialize;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{self, Bounds, Scan, Search, SearchError, Start};
use utoipa::ToSchema;

use super::newest::{AsTheyCome, Newest, Taker};
use super::query::Asked;
use super::shown::RecordView;
use crate::app::App;
use crate::error::WebError;
use crate::limits;
use crate::stream::{self, Gone, Sender};

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

/// Offsets that are looked at for one of the latest records: most have a transaction's marker beside them at
/// worst.
const OFFSETS_PER_RECORD: i64 = 2;

/// Whether there is what a search is about, while a status can still say that there is not.
pub(crate) fn check(app: &App, asked: &Asked) -> Result<(), WebError> {
    let search = &asked.search;
    let logs = app.admin()?.log_ranges(&search.topic)?;
    let is_there = |partition: &i32| logs.iter().any(|log| log.partition == *partition);
    let mut wanted = search.partitions.iter().flatten();
    match wanted.find(|partition| !is_there(partition)) {
        Some(partition) => Err(SearchError::NoPartition {
            topic: search.topic.clone(),
            partition: *partition,
            count: logs.len(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Searches until the end, until the longest time is over, or until the server ends. Tells whether some of the
/// latest records were left out because together they are too large.
pub(crate) fn scan(app: &App, asked: &Asked, taker: &mut impl Taker) -> Result<bool, WebError> {
    let is_stopped = || app.is_stopped();
    let bounds = Bounds {
        longest: Some(limits::SEARCH_MAX),
        is_stopped: &is_stopped,
    };
    let admin = app.admin()?;
    let search = &asked.search;
    let Start::Latest(keep @ 1..) = search.start else {
        // Where it is not known what of its records is meant, the search cannot count them.
        let is_counted = asked.source.is_none() || search.limit == Some(0);
        let search = Search {
            limit: search.limit.filter(|_| is_counted),
            ..search.clone()
        };
        Scan::begin(&app.config.client, &admin, &search)?
            .run(&bounds, &mut AsTheyCome::new(taker, asked))?;
        return Ok(false);
    };
    // How many there are of each partition is only known when all were looked at.
    let tails = Search {
        start: Start::LatestOfEach(keep.saturating_mul(OFFSETS_PER_RECORD)),
        limit: None,
        ..search.clone()
    };
    let mut newest = Newest::new(taker, asked, usize::try_from(keep).unwrap_or(usize::MAX));
    let done = Scan::begin(&app.config.client, &admin, &tails)?.run(&bounds, &mut newest);
    // Where it broke off, what was found is handed on all the same.
    let _ = newest.hand_on();
    done?;
    Ok(newest.is_cut())
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
pub(crate) fn search_events(app: &App, asked: &Asked, sender: &Sender) {
    struct Events<'a>(&'a Sender);
    impl Taker for Events<'_> {
        type Made = String;

        fn make(&self, record: RecordRef<'_>) -> String {
            let view = RecordView::of(record, limits::SHOWN_VALUE_MAX_BYTES);
            stream::event("record", &json(&view))
        }

        fn bytes(made: &String) -> usize {
            made.len()
        }

        fn take(&mut self, made: String) -> ControlFlow<()> {
            flow(self.0.send(made))
        }

        fn progress(&mut self, progress: &search::Progress) -> ControlFlow<()> {
            flow(self.0.event("progress", &json(&Progress::from(progress))))
        }
    }
    if let Err(error) = scan(app, asked, &mut Events(sender)) {
        // The browser may be gone as well.
        let _ = sender.event("problem", &error.to_string());
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

//! Parts of pages that are kept up to date, as server-sent events.
//!
//! Each part is drawn once for all browsers that show it, into a channel that holds the newest version
//! only. A browser that takes nothing in misses versions, and nobody waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, sleep, timeout};

use crate::app::App;
use crate::error::WebError;
use crate::flow::Flow;
use crate::limits;
use crate::pages;
use crate::stream;

/// A part of a page that is kept up to date.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Region {
    /// The home page.
    Flow,
    /// Charts and rows of one stream.
    Data(String),
    /// Counts and the latest letters.
    Letters,
    /// The replay of many letters.
    Replay,
    /// All groups.
    Groups,
    /// One group.
    Group(String),
}

/// When a part is drawn again.
enum Pace {
    /// With each snapshot, so that none gets older on its way.
    Snapshots(watch::Receiver<Arc<Flow>>),
    /// By the clock.
    Every(Interval),
}

impl Pace {
    fn of(region: &Region, app: &App) -> Self {
        let every = match region {
            Region::Flow => return Self::Snapshots(app.collector.snapshots()),
            Region::Replay => limits::LIVE_INTERVAL,
            _ => limits::LIVE_SLOW_INTERVAL,
        };
        let mut interval = tokio::time::interval(every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self::Every(interval)
    }

    /// Waits for the next time; not at all for the first one.
    async fn next(&mut self) {
        match self {
            Self::Every(interval) => drop(interval.tick().await),
            Self::Snapshots(snapshots) => {
                // A cluster that does not answer holds the next snapshot back for long. Whether somebody
                // still looks is to be known all the same.
                let next = timeout(limits::LIVE_SLOW_INTERVAL, snapshots.changed()).await;
                if matches!(next, Ok(Err(_))) {
                    // Nobody takes snapshots any more: the server ends.
                    sleep(limits::LIVE_INTERVAL).await;
                }
            }
        }
    }
}

/// The parts that somebody looks at.
#[derive(Default)]
pub(crate) struct Hub(Mutex<HashMap<Region, watch::Sender<Bytes>>>);

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/live/flow", get(|app| follow(app, Region::Flow)))
        .route("/live/letters", get(|app| follow(app, Region::Letters)))
        .route("/live/replay", get(|app| follow(app, Region::Replay)))
        .route("/live/groups", get(|app| follow(app, Region::Groups)))
        .route(
            "/live/data/{stream}",
            get(|app, Path(stream)| follow(app, Region::Data(stream))),
        )
        .route(
            "/live/groups/{group}",
            get(|app, Path(group)| follow(app, Region::Group(group))),
        )
}

#[allow(clippy::unused_async, reason = "axum wants its handlers so")]
async fn follow(State(app): State<Arc<App>>, region: Region) -> Result<Response, WebError> {
    let versions = app.subscribe(&region)?;
    // One piece at a time: the next version is taken when the last one has left.
    let (sender, pieces) = stream::pieces_of(1);
    tokio::spawn(forward(Arc::clone(&app), versions, sender));
    Ok(pieces.events())
}

async fn forward(app: Arc<App>, mut versions: watch::Receiver<Bytes>, sender: stream::Sender) {
    let began = Instant::now();
    let mut stopped = app.stopped.clone();
    while began.elapsed() < limits::LIVE_MAX {
        let changed = tokio::select! {
            changed = timeout(limits::KEEP_ALIVE, versions.changed()) => changed,
            () = sender.gone() => return,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let piece = match changed {
            Ok(Ok(())) => versions.borrow_and_update().clone(),
            // Nobody draws it any more.
            Ok(Err(_)) => return,
            Err(_) => Bytes::from_static(b": alive\n\n"),
        };
        if sender.send_async(piece).await.is_err() {
            return;
        }
    }
}

impl App {
    /// The versions of a part from now on; the newest one first.
    fn subscribe(self: &Arc<Self>, region: &Region) -> Result<watch::Receiver<Bytes>, WebError> {
        let mut regions = self.hub.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = regions.get(region) {
            let mut receiver = sender.subscribe();
            receiver.mark_changed();
            return Ok(receiver);
        }
        if regions.len() >= limits::LIVE_REGIONS_MAX {
            return Err(WebError::TooMany(regions.len()));
        }
        let (sender, receiver) = watch::channel(Bytes::new());
        regions.insert(region.clone(), sender);
        tokio::spawn(keep(Arc::clone(self), region.clone()));
        Ok(receiver)
    }

    fn publish(&self, region: &Region, version: &Bytes) -> bool {
        let mut regions = self.hub.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = regions.get(region) else {
            return false;
        };
        if sender.receiver_count() == 0 {
            regions.remove(region);
            return false;
        }
        sender.send_if_modified(|last| {
            let is_new = last != version;
            if is_new {
                last.clone_from(version);
            }
            is_new
        });
        true
    }
}

/// Draws a part again and again, while somebody looks at it.
async fn keep(app: Arc<App>, region: Region) {
    let mut pace = Pace::of(&region, &app);
    loop {
        pace.next().await;
        let drawn = region.clone();
        let drawn = app.blocking(move |app| pages::region(app, &drawn)).await;
        let version = match drawn {
            Ok(html) => stream::event("html", &html.into_string()),
            Err(error) => stream::event("problem", &error.to_string()),
        };
        if app.is_stopped() || !app.publish(&region, &Bytes::from(version)) {
            return;
        }
    }
}

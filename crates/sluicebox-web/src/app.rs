//! What all handlers share, and the way from a path to its handler.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use sluicebox_kafka::Admin;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::collect::{Collector, Watched};
use crate::config::{WebConfig, Writes};
use crate::data::DataCache;
use crate::error::WebError;
use crate::groups_past::GroupsPast;
use crate::letters::Letters;
use crate::limits;
use crate::live::Hub;
use crate::replay::Replays;
use crate::workers::Workers;
use crate::{api, assets, health, live, pages, security, writes};

/// What all handlers share.
pub(crate) struct App {
    pub(crate) config: WebConfig,
    /// The newest snapshot, and how to say that somebody looks.
    pub(crate) collector: Watched,
    pub(crate) hub: Hub,
    pub(crate) letters: Letters,
    pub(crate) replays: Replays,
    pub(crate) data: DataCache,
    pub(crate) groups_past: GroupsPast,
    /// One permit per search.
    pub(crate) searches: Arc<Semaphore>,
    /// One permit per request that writes.
    pub(crate) writing: Arc<Semaphore>,
    /// The threads of searches, letters and replays.
    pub(crate) workers: Workers,
    pub(crate) stopped: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn new(config: WebConfig, stopped: watch::Receiver<bool>) -> (Arc<Self>, Collector) {
        let (publish, collector) = Watched::new();
        let app = Arc::new(Self {
            config,
            collector,
            hub: Hub::default(),
            letters: Letters::default(),
            replays: Replays::default(),
            data: DataCache::default(),
            groups_past: GroupsPast::default(),
            searches: Arc::new(Semaphore::new(limits::SEARCHES_MAX)),
            writing: Arc::new(Semaphore::new(limits::WRITES_MAX)),
            workers: Workers::default(),
            stopped,
        });
        let collector = Collector::new(Arc::clone(&app), publish);
        (app, collector)
    }

    /// Whether the server ends.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Does work that waits for the cluster or the disk on a thread where waiting is allowed.
    pub(crate) async fn blocking<R, F>(self: &Arc<Self>, work: F) -> Result<R, WebError>
    where
        R: Send + 'static,
        F: FnOnce(&Arc<Self>) -> Result<R, WebError> + Send + 'static,
    {
        let app = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&app)).await;
        done.unwrap_or_else(|error| {
            Err(WebError::Internal(format!(
                "a thread of the dashboard ended: {error}"
            )))
        })
    }

    /// Lets one more search run, as long as this is held.
    pub(crate) fn search_permit(&self) -> Result<OwnedSemaphorePermit, WebError> {
        Arc::clone(&self.searches)
            .try_acquire_owned()
            .map_err(|_| WebError::TooMany(limits::SEARCHES_MAX))
    }

    /// The client that asks the cluster.
    pub(crate) fn admin(&self) -> Result<Arc<Admin>, WebError> {
        Ok(self.collector.admin(&self.config.client)?)
    }

    /// What writing needs, where it is allowed.
    pub(crate) fn writes(&self) -> Result<&Writes, WebError> {
        self.config.writes.as_ref().ok_or(WebError::ReadOnly)
    }

    /// Whether the dashboard may write: only then there are forms.
    pub(crate) fn may_write(&self) -> bool {
        self.config.writes.is_some()
    }

    /// Our own names of streams, by source topic.
    pub(crate) fn stream_of_topic(&self, topic: &str) -> Option<&str> {
        let streams = self.config.plans.streams().iter();
        streams
            .filter(|stream| stream.source_topic() == topic)
            .map(sluicebox_event::StreamPlan::name)
            .next()
    }
}

/// All paths.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(pages::router())
        .merge(api::router())
        .merge(live::router())
        .merge(writes::router(&app))
        .merge(health::router())
        .merge(assets::router())
        .merge(security::router())
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(limits::REQUEST_BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            security::guard,
        ))
        .with_state(app)
}

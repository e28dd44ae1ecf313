//! What changes the cluster, where the dashboard may write.
//!
//! A request that writes has passed [`security::guard`](crate::security::guard): it comes from a page of
//! ours or from a program. Here its body is taken in, bounded in size and time, before anything is done;
//! what was done is said in the log, in one line.

mod body;
mod produce;
mod topic;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;

pub(crate) use body::{FormBody, JsonBody};
pub(crate) use produce::{NewHeader, NewRecord, Written, produce, protected};
pub(crate) use topic::{NewTopic, TopicCreated, create};

use crate::app::App;
use crate::{api, limits, pages};

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Peer {
    /// Says in the log what was written, and for whom.
    pub(crate) fn wrote(self, what: impl fmt::Display) {
        tracing::info!(by = %self.0, "dashboard: {what}");
    }
}

/// All paths that write.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let take_in = middleware::from_fn_with_state(Arc::clone(app), take_in);
    Router::new()
        .merge(pages::writing())
        .merge(api::writing())
        .route_layer(DefaultBodyLimit::max(limits::WRITE_BODY_MAX_BYTES))
        .route_layer(take_in)
}

/// Takes the body in before the handler runs. So many at a time: each may be as large as a record.
async fn take_in(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let html = crate::security::wants_html(request.headers());
    if request.method() != axum::http::Method::POST {
        return next.run(request).await;
    }
    // What ends work must not wait for it.
    let ends = request.uri().path().ends_with("/replay/stop");
    let permit = app.writing.try_acquire();
    if permit.is_err() && !ends {
        return crate::error::WebError::TooManyWrites(limits::WRITES_MAX).shown(html);
    }
    match body::taken_in(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.shown(html),
    }
}

//! The pipeline at this moment.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;

use super::json;
use crate::app::App;
use crate::flow::Flow;
use crate::{limits, stream};

/// The pipeline at this moment.
#[utoipa::path(get, path = "/api/v1/flow", tag = "flow", responses((status = 200, description = "A snapshot.", body = Flow)))]
pub(crate) async fn flow(State(app): State<Arc<App>>) -> Response {
    json(&*app.collector.fresh().await)
}

/// Snapshots as they are taken, as server-sent events `flow`.
#[utoipa::path(get, path = "/api/v1/events", tag = "flow", responses(
    (status = 200, description = "Events named `flow`, each with a snapshot.", content_type = "text/event-stream", body = Flow),
))]
pub(crate) async fn events(State(app): State<Arc<App>>) -> Response {
    let (sender, pieces) = stream::pieces_of(1);
    tokio::spawn(async move {
        let began = Instant::now();
        let mut last = 0;
        let mut stopped = app.stopped.clone();
        while began.elapsed() < limits::LIVE_MAX {
            let flow = app.collector.look();
            if flow.at_ms != last {
                last = flow.at_ms;
                let text = serde_json::to_string(&*flow).unwrap_or_default();
                if sender
                    .send_async(stream::event("flow", &text))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(limits::LIVE_INTERVAL / 2) => {}
                () = sender.gone() => return,
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    });
    pieces.events()
}

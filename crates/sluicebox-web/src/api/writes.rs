//! What changes the cluster, where the dashboard may write. A program says with the header
//! `X-Sluicebox: 1`, or with its token, that it is none of a browser's pages.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use sluicebox_pipeline::dlq::LetterId;

use super::{json, json_with};
use crate::app::App;
use crate::error::{Problem, WebError};
use crate::replay::{self, JobView, Meant, NewValue, Outcome, Preview};
use crate::writes::{self, JsonBody, NewRecord, NewTopic, Peer, TopicCreated, Written};

/// Creates a topic. One of the pipeline's own gets the settings that the pipeline gives it.
#[utoipa::path(post, path = "/api/v1/topics", tag = "writes", request_body = NewTopic, responses(
    (status = 201, description = "It is created.", body = TopicCreated),
    (status = 400, description = "The body makes no sense.", body = Problem),
    (status = 405, description = "The dashboard only reads.", body = Problem),
    (status = 409, description = "There is a topic of that name.", body = Problem),
    (status = 422, description = "The cluster refuses it, and why.", body = Problem),
))]
pub(crate) async fn create_topic(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    JsonBody(new): JsonBody<NewTopic>,
) -> Result<Response, WebError> {
    let created = app
        .blocking(move |app| writes::create(app, new, peer))
        .await?;
    Ok(json_with(StatusCode::CREATED, &created))
}

/// Produces one record, acknowledged by all replicas in sync. Topics that only the pipeline's own
/// transactions write to are refused.
#[utoipa::path(post, path = "/api/v1/topics/{topic}/records", tag = "writes", params(("topic" = String, Path)),
    request_body = NewRecord, responses(
    (status = 201, description = "It is written, and where.", body = Written),
    (status = 400, description = "The body makes no sense.", body = Problem),
    (status = 404, description = "There is no such topic.", body = Problem),
    (status = 405, description = "The dashboard only reads.", body = Problem),
    (status = 422, description = "The topic takes no records by hand, or the cluster refuses it.", body = Problem),
))]
pub(crate) async fn produce(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Extension(peer): Extension<Peer>,
    JsonBody(new): JsonBody<NewRecord>,
) -> Result<Response, WebError> {
    let written = app.blocking(move |app| writes::produce(app, &topic, &new, peer));
    Ok(json_with(StatusCode::CREATED, &written.await?))
}

/// Replays one dead letter into its source topic, with its own value or another one. A letter that was
/// replayed before is said to be, and not sent again.
#[utoipa::path(post, path = "/api/v1/letters/{partition}/{offset}/replay", tag = "writes",
    params(("partition" = i32, Path), ("offset" = i64, Path)), request_body = NewValue, responses(
    (status = 200, description = "It is replayed, now or before.", body = Outcome),
    (status = 400, description = "The body makes no sense.", body = Problem),
    (status = 404, description = "There is no such letter.", body = Problem),
    (status = 405, description = "The dashboard only reads.", body = Problem),
    (status = 409, description = "Another replay runs.", body = Problem),
    (status = 422, description = "It cannot be replayed so, and why.", body = Problem),
))]
pub(crate) async fn replay_letter(
    State(app): State<Arc<App>>,
    Path((partition, offset)): Path<(i32, i64)>,
    Extension(peer): Extension<Peer>,
    JsonBody(new): JsonBody<NewValue>,
) -> Result<Response, WebError> {
    let id = LetterId { partition, offset };
    Ok(json(&replay::one(&app, id, new, peer).await?))
}

/// What a replay of many dead letters would do. Changes nothing.
#[utoipa::path(get, path = "/api/v1/replay/preview", tag = "letters", params(Meant), responses(
    (status = 200, description = "What would be replayed.", body = Preview),
    (status = 400, description = "Nothing says which letters are meant.", body = Problem),
    (status = 429, description = "Too many searches run.", body = Problem),
))]
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Query(meant): Query<Meant>,
) -> Result<Response, WebError> {
    Ok(json(&replay::preview(&app, meant).await?))
}

/// The replay of many dead letters that runs, or ran last, and how far it is.
#[utoipa::path(get, path = "/api/v1/replay", tag = "letters", responses(
    (status = 200, description = "The replay.", body = JobView),
    (status = 404, description = "There was none since the dashboard was started.", body = Problem),
))]
pub(crate) async fn replay(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    Ok(json(&app.replays.view().ok_or_else(none)?))
}

fn none() -> WebError {
    WebError::NotFound(
        "no replay of many letters was started here; one that is replayed alone is not listed"
            .to_owned(),
    )
}

/// Begins to replay dead letters by reason and source topic, or all. One at a time.
#[utoipa::path(post, path = "/api/v1/replay", tag = "writes", request_body = Meant, responses(
    (status = 202, description = "It has begun.", body = JobView),
    (status = 400, description = "The body makes no sense.", body = Problem),
    (status = 405, description = "The dashboard only reads.", body = Problem),
    (status = 409, description = "Another one runs.", body = Problem),
))]
pub(crate) async fn replay_many(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    JsonBody(meant): JsonBody<Meant>,
) -> Result<Response, WebError> {
    let begun = replay::start(&app, &meant, peer).await?;
    Ok(json_with(StatusCode::ACCEPTED, &begun))
}

/// Stops the replay that runs. What is committed stays replayed, what is not is left.
#[utoipa::path(post, path = "/api/v1/replay/stop", tag = "writes", responses(
    (status = 200, description = "It ends, or had ended.", body = JobView),
    (status = 404, description = "There was none since the dashboard was started.", body = Problem),
    (status = 405, description = "The dashboard only reads.", body = Problem),
))]
#[allow(clippy::unused_async, reason = "axum wants its handlers so")]
pub(crate) async fn stop_replay(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
) -> Result<Response, WebError> {
    Ok(json(&app.replays.stop_for(peer).ok_or_else(none)?))
}

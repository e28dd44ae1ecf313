//! The API: JSON under `/api/v1`, described by `OpenAPI`. The description is made from the same code.

mod cluster;
mod flow;
mod output;
mod records;
mod refusals;
mod writes;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use utoipa::OpenApi;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sluicebox",
        description = "What the dashboard shows, as JSON. What is tagged `writes` is answered by a dashboard that was started with --allow-writes, and asks programs for the header `X-Sluicebox: 1` or a token."
    ),
    paths(
        crate::health::healthz,
        crate::health::readyz,
        crate::health::scrape,
        flow::flow,
        flow::events,
        cluster::topics,
        cluster::topic,
        cluster::groups,
        cluster::group,
        records::records,
        records::record,
        records::search,
        records::export_ndjson,
        records::export_csv,
        output::letters,
        output::letter,
        output::lineage,
        output::streams,
        output::rows,
        output::file,
        writes::preview,
        writes::replay,
        writes::replay_many,
        writes::stop_replay,
        writes::replay_letter,
        writes::create_topic,
        writes::produce,
    ),
    components(schemas(crate::error::Problem))
)]
struct Description;

/// The `OpenAPI` description, as JSON.
pub fn openapi() -> String {
    let mut described = Description::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut described.info.version);
    let described = serde_json::to_value(described).unwrap_or_default();
    format!("{:#}", refusals::added(described))
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/api/v1/openapi.json",
            get(|| async { ([(header::CONTENT_TYPE, "application/json")], openapi()) }),
        )
        .route("/api/v1/flow", get(flow::flow))
        .route("/api/v1/events", get(flow::events))
        .route("/api/v1/topics", get(cluster::topics))
        .route("/api/v1/topics/{topic}", get(cluster::topic))
        .route("/api/v1/topics/{topic}/records", get(records::records))
        .route(
            "/api/v1/topics/{topic}/records/{partition}/{offset}",
            get(records::record),
        )
        .route("/api/v1/topics/{topic}/search", get(records::search))
        .route(
            "/api/v1/topics/{topic}/export.ndjson",
            get(records::export_ndjson),
        )
        .route(
            "/api/v1/topics/{topic}/export.csv",
            get(records::export_csv),
        )
        .route("/api/v1/groups", get(cluster::groups))
        .route("/api/v1/groups/{group}", get(cluster::group))
        .route("/api/v1/letters", get(output::letters))
        .route("/api/v1/letters/{partition}/{offset}", get(output::letter))
        .route("/api/v1/replay", get(writes::replay))
        .route("/api/v1/replay/preview", get(writes::preview))
        .route("/api/v1/lineage", get(output::lineage))
        .route("/api/v1/streams", get(output::streams))
        .route("/api/v1/streams/{stream}/rows", get(output::rows))
        .route("/api/v1/files/{file}", get(output::file))
}

/// What changes the cluster.
pub(crate) fn writing() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/topics", post(writes::create_topic))
        .route("/api/v1/topics/{topic}/records", post(writes::produce))
        .route(
            "/api/v1/letters/{partition}/{offset}/replay",
            post(writes::replay_letter),
        )
        .route("/api/v1/replay", post(writes::replay_many))
        .route("/api/v1/replay/stop", post(writes::stop_replay))
}

/// An answer.
pub(crate) fn json(value: &impl Serialize) -> Response {
    json_with(StatusCode::OK, value)
}

/// An answer with a status.
pub(crate) fn json_with(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

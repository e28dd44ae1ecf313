//! Topics and groups.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::json;
use crate::app::App;
use crate::error::{Problem, WebError};
use crate::groups::{self, GroupLine, GroupView};
use crate::topics::{self, TopicLine, TopicView};

/// All topics.
#[utoipa::path(get, path = "/api/v1/topics", tag = "cluster", responses(
    (status = 200, description = "The topics, by name.", body = Vec<TopicLine>),
    (status = 503, description = "The cluster does not answer.", body = Problem),
))]
pub(crate) async fn topics(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    Ok(json(&app.blocking(|app| topics::list(app)).await?))
}

/// One topic: partitions, offsets, replicas, settings.
#[utoipa::path(get, path = "/api/v1/topics/{topic}", tag = "cluster", params(("topic" = String, Path)), responses(
    (status = 200, description = "The topic.", body = TopicView),
    (status = 404, description = "There is none of that name.", body = Problem),
))]
pub(crate) async fn topic(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
) -> Result<Response, WebError> {
    Ok(json(
        &app.blocking(move |app| topics::one(app, &topic)).await?,
    ))
}

/// All consumer groups.
#[utoipa::path(get, path = "/api/v1/groups", tag = "cluster", responses(
    (status = 200, description = "The groups, by name.", body = Vec<GroupLine>),
    (status = 503, description = "The cluster does not answer.", body = Problem),
))]
pub(crate) async fn groups(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    Ok(json(&app.blocking(|app| groups::list(app)).await?))
}

/// One consumer group: members, and lag per partition.
#[utoipa::path(get, path = "/api/v1/groups/{group}", tag = "cluster", params(("group" = String, Path)), responses(
    (status = 200, description = "The group.", body = GroupView),
    (status = 404, description = "There is none of that name.", body = Problem),
))]
pub(crate) async fn group(
    State(app): State<Arc<App>>,
    Path(group): Path<String>,
) -> Result<Response, WebError> {
    Ok(json(
        &app.blocking(move |app| groups::one(app, &group)).await?,
    ))
}

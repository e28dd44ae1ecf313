//! What came out: dead letters, rows, files, and the way there.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::app::App;
use crate::error::{Problem, WebError};
use crate::letters::{self, LetterView, LettersView};
use crate::lineage::{self, Question, Way};
use crate::{data, stream};

/// A stream.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StreamView {
    /// Its name.
    name: String,
    /// Its source topic.
    topic: String,
    /// Its file.
    file: String,
    /// The columns of that file.
    columns: Vec<String>,
}

/// The last rows of a stream's file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rows {
    /// The columns.
    columns: Vec<String>,
    /// The rows, oldest first.
    rows: Vec<Vec<String>>,
}

/// Dead letters by kind and over time, and the latest ones. The topic is read while somebody asks:
/// `remaining` says how much of it is still to come.
#[utoipa::path(get, path = "/api/v1/letters", tag = "letters", responses((status = 200, description = "The letters.", body = LettersView)))]
pub(crate) async fn letters(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    // Not here: somebody may be reading markers.
    Ok(json(&app.blocking(|app| Ok(letters::view(app))).await?))
}

/// One dead letter.
#[utoipa::path(get, path = "/api/v1/letters/{partition}/{offset}", tag = "letters",
    params(("partition" = i32, Path), ("offset" = i64, Path)), responses(
    (status = 200, description = "The letter.", body = LetterView),
    (status = 404, description = "There is none.", body = Problem),
))]
pub(crate) async fn letter(
    State(app): State<Arc<App>>,
    Path((partition, offset)): Path<(i32, i64)>,
) -> Result<Response, WebError> {
    Ok(json(
        &app.blocking(move |app| letters::one(app, partition, offset))
            .await?,
    ))
}

/// The way of a record: source record, output record, row.
#[utoipa::path(get, path = "/api/v1/lineage", tag = "lineage", params(Question), responses(
    (status = 200, description = "The way.", body = Way),
    (status = 400, description = "The question makes no sense.", body = Problem),
    (status = 404, description = "Nothing is known of it.", body = Problem),
))]
pub(crate) async fn lineage(
    State(app): State<Arc<App>>,
    Query(question): Query<Question>,
) -> Result<Response, WebError> {
    let begin = question.begin()?;
    Ok(json(
        &app.blocking(move |app| lineage::find(app, &begin)).await?,
    ))
}

/// The streams.
#[utoipa::path(get, path = "/api/v1/streams", tag = "files", responses((status = 200, description = "The streams.", body = Vec<StreamView>)))]
pub(crate) async fn streams(State(app): State<Arc<App>>) -> Response {
    let streams = app.config.plans.streams().iter().map(|stream| StreamView {
        name: stream.name().to_owned(),
        topic: stream.source_topic().to_owned(),
        file: stream.file_name(),
        columns: stream.csv_header().split(',').map(str::to_owned).collect(),
    });
    json(&streams.collect::<Vec<_>>())
}

/// The last rows of a stream's file.
#[utoipa::path(get, path = "/api/v1/streams/{stream}/rows", tag = "files", params(("stream" = String, Path)), responses(
    (status = 200, description = "The rows.", body = Rows),
    (status = 404, description = "There is no such stream.", body = Problem),
))]
pub(crate) async fn rows(
    State(app): State<Arc<App>>,
    Path(stream): Path<String>,
) -> Result<Response, WebError> {
    let data = app
        .blocking(move |app| data::of_stream(app, &stream))
        .await?;
    Ok(json(&Rows {
        columns: data.tail.header.clone(),
        rows: data.tail.rows.clone(),
    }))
}

/// A file, as far as it is committed.
#[utoipa::path(get, path = "/api/v1/files/{file}", tag = "files", params(("file" = String, Path)), responses(
    (status = 200, description = "The file.", content_type = "text/csv", body = String),
    (status = 404, description = "There is no such file.", body = Problem),
))]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
) -> Result<Response, WebError> {
    let name = file.clone();
    let read = app.blocking(move |app| data::download(app, &name)).await?;
    let (sender, pieces) = stream::pieces();
    tokio::task::spawn_blocking(move || read(&sender));
    Ok(pieces.download("text/csv; charset=utf-8", &file))
}

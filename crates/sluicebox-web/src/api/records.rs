//! Records of topics.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Path, Query as Given, State};
use axum::response::Response;
use serde::Serialize;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search;
use utoipa::ToSchema;

use super::json;
use crate::app::App;
use crate::error::{Problem, WebError};
use crate::limits;
use crate::records::{self, Asked, Format, Progress, Query, RecordView, Taker};
use crate::stream::{self, Sender};

/// Records of one answer, unless asked for otherwise.
const PAGE_RECORDS: u64 = 100;
/// Most records of one answer; a search or an export has no such limit.
const PAGE_RECORDS_MAX: u64 = 1_000;

/// What was found.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Page {
    /// The records.
    records: Vec<RecordView>,
    /// How far it is.
    progress: Progress,
}

impl Taker for Page {
    type Made = RecordView;

    fn make(&self, record: RecordRef<'_>) -> RecordView {
        RecordView::of(record, limits::SHOWN_VALUE_MAX_BYTES)
    }

    fn bytes(made: &RecordView) -> usize {
        made.bytes()
    }

    fn take(&mut self, made: RecordView) -> ControlFlow<()> {
        self.records.push(made);
        ControlFlow::Continue(())
    }

    fn progress(&mut self, progress: &search::Progress) -> ControlFlow<()> {
        self.progress = progress.into();
        ControlFlow::Continue(())
    }
}

/// Records in one answer, at most 1,000: the latest 50 that fit, or with a filter or another `from` the first 100,
/// unless `limit` says otherwise.
#[utoipa::path(get, path = "/api/v1/topics/{topic}/records", tag = "records", params(("topic" = String, Path), Query), responses(
    (status = 200, description = "The records.", body = Page),
    (status = 400, description = "The search makes no sense.", body = Problem),
    (status = 404, description = "There is no such topic.", body = Problem),
))]
pub(crate) async fn records(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Given(query): Given<Query>,
) -> Result<Response, WebError> {
    let mut asked = query.search(&topic)?;
    let search = &mut asked.search;
    search.limit = Some(search.limit.unwrap_or(PAGE_RECORDS).min(PAGE_RECORDS_MAX));
    search.follow = false;
    let permit = app.search_permit()?;
    let page = app.blocking(move |app| {
        let _permit = permit;
        let mut page = Page::default();
        records::scan(app, &asked, &mut page)?;
        Ok(page)
    });
    Ok(json(&page.await?))
}

/// One record.
#[utoipa::path(get, path = "/api/v1/topics/{topic}/records/{partition}/{offset}", tag = "records",
    params(("topic" = String, Path), ("partition" = i32, Path), ("offset" = i64, Path)), responses(
    (status = 200, description = "The record.", body = RecordView),
    (status = 404, description = "There is none.", body = Problem),
))]
pub(crate) async fn record(
    State(app): State<Arc<App>>,
    Path((topic, partition, offset)): Path<(String, i32, i64)>,
) -> Result<Response, WebError> {
    let record = app
        .blocking(move |app| records::one(app, &topic, partition, offset))
        .await?;
    let none = || {
        WebError::NotFound(format!(
            "there is no record at offset {offset}, but the marker of a transaction"
        ))
    };
    Ok(json(&record.ok_or_else(none)?))
}

/// All records that fit, while they are found: server-sent events `record`, `progress`, `problem`. Close
/// the connection to stop.
#[utoipa::path(get, path = "/api/v1/topics/{topic}/search", tag = "records", params(("topic" = String, Path), Query), responses(
    (status = 200, description = "Events: `record` with a record, `progress` with how far it is.", content_type = "text/event-stream", body = RecordView),
    (status = 400, description = "The search makes no sense.", body = Problem),
    (status = 404, description = "There is no such topic, or no such partition.", body = Problem),
    (status = 429, description = "Too many searches run.", body = Problem),
))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Given(query): Given<Query>,
) -> Result<Response, WebError> {
    let asked = query.search(&topic)?;
    let pieces = on_a_thread(&app, asked, |app, asked, sender| {
        records::search_events(app, asked, sender);
    });
    Ok(pieces.await?.events())
}

/// All records that fit, one JSON object a line, values whole.
#[utoipa::path(get, path = "/api/v1/topics/{topic}/export.ndjson", tag = "records", params(("topic" = String, Path), Query), responses(
    (status = 200, description = "Lines of JSON.", content_type = "application/x-ndjson", body = String),
    (status = 404, description = "There is no such topic, or no such partition.", body = Problem),
    (status = 429, description = "Too many searches run.", body = Problem),
))]
pub(crate) async fn export_ndjson(
    state: State<Arc<App>>,
    path: Path<String>,
    query: Given<Query>,
) -> Result<Response, WebError> {
    export(&state, path, &query, Format::Ndjson).await
}

/// All records that fit, as CSV, values whole.
#[utoipa::path(get, path = "/api/v1/topics/{topic}/export.csv", tag = "records", params(("topic" = String, Path), Query), responses(
    (status = 200, description = "CSV.", content_type = "text/csv", body = String),
    (status = 404, description = "There is no such topic, or no such partition.", body = Problem),
    (status = 429, description = "Too many searches run.", body = Problem),
))]
pub(crate) async fn export_csv(
    state: State<Arc<App>>,
    path: Path<String>,
    query: Given<Query>,
) -> Result<Response, WebError> {
    export(&state, path, &query, Format::Csv).await
}

async fn export(
    app: &Arc<App>,
    Path(topic): Path<String>,
    query: &Query,
    format: Format,
) -> Result<Response, WebError> {
    let mut asked = query.search(&topic)?;
    asked.search.follow = false;
    let pieces = on_a_thread(app, asked, move |app, asked, sender| {
        records::export(app, asked, format, sender);
    });
    let pieces = pieces.await?;
    Ok(match format {
        Format::Ndjson => pieces.download("application/x-ndjson", &format!("{topic}.ndjson")),
        Format::Csv => pieces.download("text/csv; charset=utf-8", &format!("{topic}.csv")),
    })
}

/// Lets a search run on a thread of its own, which ends when nobody takes its answer any more. After the first
/// byte nobody can be told with a status that there is no such topic: so it is looked for before.
async fn on_a_thread(
    app: &Arc<App>,
    asked: Asked,
    work: impl FnOnce(&App, &Asked, &Sender) + Send + 'static,
) -> Result<stream::Pieces, WebError> {
    let permit = app.search_permit()?;
    let look = move |app: &Arc<App>| records::check(app, &asked).map(|()| asked);
    let asked = app.blocking(look).await?;
    let (sender, pieces) = stream::pieces();
    let for_thread = Arc::clone(app);
    app.workers.start("web-search", move || {
        let _permit = permit;
        work(&for_thread, &asked, &sender);
    })?;
    Ok(pieces)
}

//! What forms send. Done and then shown elsewhere (303), so that a reload sends nothing again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use sluicebox_pipeline::dlq::LetterId;

use super::forms::{self, LetterForm, RecordForm, TopicForm};
use super::layout::{self, Nav, page};
use super::{Page, letter, replay};
use crate::app::App;
use crate::error::{PageError, WebError};
use crate::live::Region;
use crate::replay::Meant;
use crate::writes::{self, FormBody, Peer};

type Answer = Result<Response, PageError>;

/// Paths that take what forms send.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/letters/{partition}/{offset}/replay", post(replay_letter))
        .route("/replay", post(replay_many))
        .route("/replay/stop", post(stop_replay))
        .route("/new-topic", post(create_topic))
        .route("/topics/{topic}/produce", post(produce))
}

/// Pages with forms, and what comes after them.
pub(super) fn pages() -> Router<Arc<App>> {
    Router::new()
        .route("/letters/{partition}/{offset}/replay", get(back_to_letter))
        .route("/replay", get(replay_page))
        .route("/replay/new", get(preview_page))
        .route("/new-topic", get(topic_form))
        .route("/topics/{topic}/produce", get(record_form))
}

/// Pages of forms are not there where nothing may be written.
fn only_writing(app: &App) -> Result<(), WebError> {
    app.writes()
        .map(|_| ())
        .map_err(|error| WebError::NotFound(error.to_string()))
}

fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The form again, with what is wrong; whatever is nobody's mistake there is a page of its own.
fn again(error: WebError, form: impl FnOnce(&str) -> Html<String>) -> Answer {
    match error {
        WebError::BadRequest(why) | WebError::Refused(why) | WebError::Conflict(why) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&why)).into_response())
        }
        other => Err(other.into()),
    }
}

async fn replay_letter(
    State(app): State<Arc<App>>,
    Path((partition, offset)): Path<(i32, i64)>,
    Extension(peer): Extension<Peer>,
    form: Result<FormBody<LetterForm>, WebError>,
) -> Answer {
    let FormBody(form) = form?;
    let id = LetterId { partition, offset };
    let done = crate::replay::one(&app, id, form.read(), peer).await;
    match (done, form.value) {
        (Ok(done), _) => Ok(see(&format!(
            "/letters/{partition}/{offset}?said={}",
            done.state
        ))),
        (Err(error @ WebError::Refused(_)), Some(value)) => {
            let view = app.blocking(move |app| crate::letters::one(app, partition, offset));
            let view = view.await?;
            again(error, |problem| {
                let value = &value;
                let acts = letter::Acts::Again { value, problem };
                let topic = &app.config.topics.dead_letters;
                page(
                    "Dead letter",
                    Nav::Letters,
                    &letter::one(&view, topic, &acts),
                )
            })
        }
        (Err(error), _) => Err(error.into()),
    }
}

async fn back_to_letter(Path((partition, offset)): Path<(i32, i64)>) -> Response {
    see(&format!("/letters/{partition}/{offset}"))
}

async fn preview_page(State(app): State<Arc<App>>, Query(meant): Query<Meant>) -> Page {
    only_writing(&app)?;
    let preview = crate::replay::preview(&app, meant.clone()).await?;
    let main = replay::preview(&meant, &preview);
    Ok(page("Replay", Nav::Letters, &main))
}

async fn replay_many(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    form: Result<FormBody<Meant>, WebError>,
) -> Answer {
    let FormBody(meant) = form?;
    crate::replay::start(&app, &meant, peer).await?;
    Ok(see("/replay"))
}

async fn stop_replay(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>) -> Response {
    app.replays.stop_for(peer);
    see("/replay")
}

async fn replay_page(State(app): State<Arc<App>>) -> Page {
    let region = super::region(&app, &Region::Replay)?;
    let main = maud::html! {
        p.crumbs { a href="/letters" { "Dead letters" } " / replay" }
        h1 { "Replay of dead letters" }
        (layout::live("/live/replay", &region))
        noscript { p { a href="/replay" { "Look again" } } }
    };
    Ok(page("Replay", Nav::Letters, &main))
}

/// The page of the form of a topic.
fn topic_page(app: &App, given: &TopicForm, problem: Option<&str>) -> Html<String> {
    let partitions = app.writes().map_or(0, |writes| writes.topics.partitions);
    let main = forms::topic(given, partitions, problem);
    page("New topic", Nav::Topics, &main)
}

async fn topic_form(State(app): State<Arc<App>>) -> Page {
    only_writing(&app)?;
    Ok(topic_page(&app, &TopicForm::default(), None))
}

async fn create_topic(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    form: Result<FormBody<TopicForm>, WebError>,
) -> Answer {
    let FormBody(form) = form?;
    let created = match form.read() {
        Ok(new) => {
            app.blocking(move |app| writes::create(app, new, peer))
                .await
        }
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => Ok(see(&format!("/topics/{}", layout::segment(&created.name)))),
        Err(error) => again(error, |why| topic_page(&app, &form, Some(why))),
    }
}

/// Where the last record was written.
#[derive(Deserialize)]
struct Place {
    partition: Option<i32>,
    offset: Option<i64>,
}

async fn record_form(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Query(place): Query<Place>,
) -> Page {
    only_writing(&app)?;
    if let Some(why) = writes::protected(&app, &topic) {
        return Ok(page("Produce", Nav::Topics, &forms::refused(&topic, &why)));
    }
    let written = place.partition.zip(place.offset);
    let main = forms::record(&topic, &RecordForm::default(), written, None);
    Ok(page("Produce", Nav::Topics, &main))
}

async fn produce(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Extension(peer): Extension<Peer>,
    form: Result<FormBody<RecordForm>, WebError>,
) -> Answer {
    let FormBody(form) = form?;
    let name = topic.clone();
    let written = match form.read() {
        Ok(new) => {
            let produce = move |app: &Arc<App>| writes::produce(app, &name, &new, peer);
            app.blocking(produce).await
        }
        Err(error) => Err(error),
    };
    let path = format!("/topics/{}/produce", layout::segment(&topic));
    match written {
        Ok(written) => Ok(see(&match written.offset {
            Some(offset) => format!("{path}?partition={}&offset={offset}", written.partition),
            None => path,
        })),
        Err(error) => again(error, |why| {
            let main = forms::record(&topic, &form, None, Some(why));
            page("Produce", Nav::Topics, &main)
        }),
    }
}

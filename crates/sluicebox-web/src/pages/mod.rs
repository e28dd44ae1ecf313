//! The pages. Each is drawn on the server, whole; parts that live are drawn again for all who look.

mod account;
mod chart;
mod data;
mod flow;
mod forms;
mod groups;
mod layout;
mod letter;
mod letters;
mod lineage;
mod marked;
mod record;
mod replay;
mod topics;
mod writing;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, WebError};
use crate::lineage::Question;
use crate::live::Region;
use layout::{Nav, page, page_of};

pub(crate) use writing::router as writing;

type Page = Result<Html<String>, PageError>;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/data", get(data_first))
        .route("/data/{stream}", get(data_page))
        .route("/topics", get(topic_list))
        .route("/topics/{topic}", get(topic_page))
        .route("/topics/{topic}/{partition}/{offset}", get(record_page))
        .route("/groups", get(group_list))
        .route("/groups/{group}", get(group_page))
        .route("/letters", get(letter_list))
        .route("/letters/{partition}/{offset}", get(letter_page))
        .route("/lineage", get(lineage_page))
        .merge(writing::pages())
}

/// The content of a part that lives.
pub(crate) fn region(app: &Arc<App>, region: &Region) -> Result<Markup, WebError> {
    match region {
        Region::Flow => Ok(flow::region(
            &app.collector.look(),
            &app.collector.history(),
        )),
        Region::Data(stream) => data::region(app, stream),
        Region::Letters => Ok(letters::region(
            &crate::letters::view(app),
            &app.config.topics.dead_letters,
            &letters::Acting {
                may_write: app.may_write(),
                job: app.replays.view(),
            },
        )),
        Region::Replay => Ok(replay::region(app.replays.view().as_ref(), app.may_write())),
        Region::Groups => Ok(groups::list(&crate::groups::list(app)?)),
        Region::Group(group) => groups::one(app, group),
    }
}

async fn home(State(app): State<Arc<App>>) -> Page {
    let flow = app.collector.fresh().await;
    let region = flow::region(&flow, &app.collector.history());
    Ok(page_of(
        &app,
        "Flow",
        Nav::Flow,
        &layout::live("/live/flow", &region),
    ))
}

async fn data_first(State(app): State<Arc<App>>) -> Result<Response, PageError> {
    let first = app
        .config
        .definitions
        .first()
        .map(|definition| definition.name.clone());
    let first = first.ok_or_else(|| WebError::NotFound("there is no stream".to_owned()))?;
    Ok(data_page(State(app), Path(first)).await?.into_response())
}

async fn data_page(State(app): State<Arc<App>>, Path(stream): Path<String>) -> Page {
    let name = stream.clone();
    let region = app.blocking(move |app| data::region(app, &name)).await?;
    let live = layout::live(&format!("/live/data/{}", layout::segment(&stream)), &region);
    let streams: Vec<_> = app
        .config
        .definitions
        .iter()
        .map(|definition| definition.name.as_str())
        .collect();
    Ok(page_of(
        &app,
        &stream,
        Nav::Data,
        &data::page(&streams, &stream, &live),
    ))
}

async fn topic_list(State(app): State<Arc<App>>) -> Page {
    let topics = app.blocking(|app| crate::topics::list(app)).await?;
    let main = topics::list(&topics, app.may_write());
    Ok(page_of(&app, "Topics", Nav::Topics, &main))
}

async fn topic_page(
    State(app): State<Arc<App>>,
    Path(topic): Path<String>,
    Query(query): Query<crate::records::Query>,
) -> Page {
    let view = app
        .blocking(move |app| crate::topics::one(app, &topic))
        .await?;
    let takes_records = app.may_write() && crate::writes::protected(&app, &view.name).is_none();
    let main = topics::one(&view, &query, takes_records);
    Ok(page_of(&app, &view.name, Nav::Topics, &main))
}

async fn record_page(
    State(app): State<Arc<App>>,
    Path((topic, partition, offset)): Path<(String, i32, i64)>,
) -> Page {
    let name = topic.clone();
    let record = app
        .blocking(move |app| crate::records::one(app, &name, partition, offset))
        .await?;
    let title = format!("{topic} / {partition} / {offset}");
    Ok(page_of(
        &app,
        &title,
        Nav::Topics,
        &record::page(&topic, partition, offset, record.as_ref()),
    ))
}

async fn group_list(State(app): State<Arc<App>>) -> Page {
    let region = app.blocking(|app| region(app, &Region::Groups)).await?;
    let main = html! { h1 { "Groups" } (layout::live("/live/groups", &region)) };
    Ok(page_of(&app, "Groups", Nav::Groups, &main))
}

async fn group_page(State(app): State<Arc<App>>, Path(group): Path<String>) -> Page {
    let name = group.clone();
    let region = app
        .blocking(move |app| region(app, &Region::Group(name)))
        .await?;
    let live = layout::live(
        &format!("/live/groups/{}", layout::segment(&group)),
        &region,
    );
    Ok(page_of(
        &app,
        &group,
        Nav::Groups,
        &html! { h1 { (group) } (live) },
    ))
}

async fn letter_list(State(app): State<Arc<App>>) -> Page {
    let region = app.blocking(|app| region(app, &Region::Letters)).await?;
    let main = html! { h1 { "Dead letters" } (layout::live("/live/letters", &region)) };
    Ok(page_of(&app, "Dead letters", Nav::Letters, &main))
}

/// What became of what a form has sent.
#[derive(Deserialize)]
struct Said {
    said: Option<String>,
}

async fn letter_page(
    State(app): State<Arc<App>>,
    Path((partition, offset)): Path<(i32, i64)>,
    Query(Said { said }): Query<Said>,
) -> Page {
    let acts = match app.may_write() {
        true => letter::Acts::Replay {
            said: said.as_deref(),
        },
        false => letter::Acts::None,
    };
    let letter = app
        .blocking(move |app| crate::letters::one(app, partition, offset))
        .await?;
    let main = letter::one(&letter, &app.config.topics.dead_letters, &acts);
    Ok(page_of(&app, "Dead letter", Nav::Letters, &main))
}

async fn lineage_page(State(app): State<Arc<App>>, Query(question): Query<Question>) -> Page {
    let files = app
        .config
        .plans
        .streams()
        .iter()
        .map(sluicebox_event::StreamPlan::file_name);
    let files: Vec<_> = files
        .chain([sluicebox_event::dead_letter::DEAD_LETTERS_FILE.to_owned()])
        .collect();
    let asked = question.clone();
    let found = match question.is_empty() {
        true => None,
        false => Some(
            app.blocking(move |app| crate::lineage::find(app, &asked.begin()?))
                .await,
        ),
    };
    Ok(page_of(
        &app,
        "Lineage",
        Nav::Lineage,
        &lineage::page(&files, &question, found.as_ref()),
    ))
}

/// What answers a path that there is not.
pub(crate) async fn not_found(headers: HeaderMap) -> Response {
    let wants_html = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    WebError::NotFound("there is no such page".to_owned()).shown(wants_html)
}

/// The page of an error.
pub(crate) fn problem(message: &str) -> Html<String> {
    let main = html! {
        h1 { "This cannot be shown" }
        p.problem role="alert" { (crate::visible::Visible(message)) }
        p { a href="/" { "Back to the flow" } }
    };
    page("Problem", Nav::None, &main)
}

/// Where a browser shows the token.
pub(crate) fn login(is_wrong: bool) -> Html<String> {
    let main = html! {
        h1 { "Sluicebox" }
        @if is_wrong { p.problem role="alert" { "This is not the token." } }
        form.stacked method="post" action="/login" {
            label for="token" { "Token" }
            input #token type="password" name="token" required autocomplete="current-password" autofocus;
            button type="submit" { "Open the dashboard" }
        }
        p.quiet { "It is in the file that was named with --http-token-file." }
    };
    layout::bare("Token", &main)
}

//! Where a browser shows the token.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::access::COOKIE;
use crate::app::App;
use crate::pages;

#[derive(Deserialize)]
struct Given {
    token: String,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/login", get(form).post(login))
        .route("/logout", axum::routing::post(logout))
}

async fn form(State(app): State<Arc<App>>) -> Response {
    match app.config.access.token() {
        Some(_) => pages::login(false).into_response(),
        None => Redirect::to("/").into_response(),
    }
}

async fn login(State(app): State<Arc<App>>, Form(given): Form<Given>) -> Response {
    let Some(token) = app.config.access.token() else {
        return Redirect::to("/").into_response();
    };
    if !token.is(&given.token) {
        tracing::warn!("somebody gave a wrong token to the dashboard");
        return (StatusCode::FORBIDDEN, pages::login(true)).into_response();
    }
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict",
        token.session()
    );
    with_cookie(&cookie)
}

async fn logout() -> Response {
    with_cookie(&format!(
        "{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    ))
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

//! What every request goes through before it is answered, and what every answer carries.
//!
//! ```text
//! host -> origin -> method, and whose request it is if it writes -> token -> handler -> headers
//! ```

mod answer;
mod login;
mod request;

pub(crate) use login::router;
pub(crate) use request::wants_html;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::error::WebError;

/// Paths that answer everybody: they tell nothing but whether the process is well, and probes ask
/// under whatever name they like.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// Lets a request through, or not.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let wants_html = request::wants_html(request.headers());
    let mut response = match check(&app, &request) {
        Verdict::Pass => {
            let is_api = request.uri().path().starts_with(API);
            let response = next.run(request).await;
            answer::as_problem(response, wants_html && !is_api).await
        }
        Verdict::Login => Redirect::to("/login").into_response(),
        Verdict::Refuse(error) => error.shown(wants_html),
    };
    answer::protect(response.headers_mut());
    response
}

/// Paths for programs begin so.
const API: &str = "/api/";

enum Verdict {
    Pass,
    Login,
    Refuse(WebError),
}

fn check(app: &App, request: &Request) -> Verdict {
    let path = request.uri().path();
    let headers = request.headers();
    if PROBES.contains(&path) {
        return Verdict::Pass;
    }
    let access = &app.config.access;
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("");
    if !access.knows_host(host) {
        return Verdict::Refuse(WebError::ForeignHost(host.to_owned()));
    }
    if !request::is_plain(headers) || !request::is_from_here(headers, host) {
        return Verdict::Refuse(WebError::ForeignOrigin);
    }
    let is_login = path == "/login" || path == "/logout";
    let refused = match *request.method() {
        Method::GET | Method::HEAD => None,
        Method::POST if is_login => None,
        _ if !app.may_write() => Some(WebError::ReadOnly),
        Method::POST => (!request::is_ours(headers)).then_some(WebError::NotOurs),
        _ => Some(WebError::OtherMethod),
    };
    if let Some(error) = refused {
        return Verdict::Refuse(error);
    }
    let Some(token) = access.token() else {
        return Verdict::Pass;
    };
    if is_login || path.starts_with("/assets/") || request::has_token(headers, token) {
        return Verdict::Pass;
    }
    if request::wants_html(headers) {
        Verdict::Login
    } else {
        Verdict::Refuse(WebError::NoToken)
    }
}

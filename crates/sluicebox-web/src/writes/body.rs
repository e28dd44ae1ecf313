//! The body of a request that writes: bounded, in time, and of the type that it says.

use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use crate::error::WebError;
use crate::limits::{WRITE_BODY_MAX_BYTES, WRITE_BODY_WAIT};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The same request with its body in memory.
pub(super) async fn taken_in(request: Request) -> Result<Request, WebError> {
    let (head, body) = request.into_parts();
    let length = head.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > WRITE_BODY_MAX_BYTES) {
        return Err(WebError::TooLarge(WRITE_BODY_MAX_BYTES));
    }
    let read = axum::body::to_bytes(body, WRITE_BODY_MAX_BYTES);
    let read = tokio::time::timeout(WRITE_BODY_WAIT, read).await;
    let bytes = read
        .map_err(|_| WebError::TooSlow)?
        .map_err(|_| WebError::TooLarge(WRITE_BODY_MAX_BYTES))?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

fn is(headers: &HeaderMap, wanted: &'static str) -> Result<(), WebError> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given
        .and_then(|given| given.to_str().ok())
        .unwrap_or_default();
    let name = given.split(';').next().unwrap_or_default().trim();
    match name.eq_ignore_ascii_case(wanted) {
        true => Ok(()),
        false => Err(WebError::OtherType(wanted)),
    }
}

/// What a form holds.
pub(crate) struct FormBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        is(request.headers(), FORM)?;
        let (head, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::new(body), state).await;
        let bytes = bytes.map_err(|wrong| WebError::BadRequest(wrong.body_text()))?;
        // What reads forms puts other characters in the place of such bytes.
        if percent_decode(&bytes).decode_utf8().is_err() {
            return Err(WebError::BadRequest(
                "the form holds bytes that are not UTF-8: nothing was written".to_owned(),
            ));
        }
        let request = Request::from_parts(head, Body::from(bytes));
        let form = Form::<T>::from_request(request, state).await;
        match form {
            Ok(Form(given)) => Ok(Self(given)),
            Err(wrong) => Err(WebError::BadRequest(wrong.body_text())),
        }
    }
}

/// What a body of JSON holds.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        is(request.headers(), JSON)?;
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|wrong| WebError::BadRequest(wrong.body_text()))?;
        // serde takes an array for the fields in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(WebError::BadRequest(
                "the body must be a JSON object".to_owned(),
            ));
        }
        let given = serde_json::from_slice(&bytes);
        given.map(Self).map_err(|wrong| {
            WebError::BadRequest(format!("the body is not what is described: {wrong}"))
        })
    }
}

//! What every answer carries.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::limits::REQUEST_BODY_MAX_BYTES;

/// Scripts and styles come from files of ours, nothing is inline, and text becomes HTML in one place only
/// (the policy `sluicebox` of `live.js`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types sluicebox";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: with it a browser says `Origin: null` for our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// An error that was answered as plain text, by whoever takes a path or a query apart: as a page for people, and
/// for programs in the form that the API describes.
pub(super) async fn as_problem(response: Response, html: bool) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_text = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_text || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = axum::body::to_bytes(response.into_body(), REQUEST_BODY_MAX_BYTES).await;
    let text = said(&String::from_utf8_lossy(&text.unwrap_or_default()));
    match html {
        true => (status, crate::pages::problem(&text)).into_response(),
        false => crate::error::problem(status, text),
    }
}

/// What a parser says of an address, as a sentence.
fn said(raw: &str) -> String {
    const OF_PATH: &str = "Invalid URL: ";
    const OF_QUERY: &str = "Failed to deserialize query string: ";
    if raw.starts_with(OF_PATH) {
        "the address has something in it that does not belong there: a partition and an offset are whole numbers, and a name is UTF-8".to_owned()
    } else if let Some(wrong) = raw.strip_prefix(OF_QUERY) {
        format!("what stands behind the `?` of the address makes no sense: {wrong}")
    } else {
        raw.to_owned()
    }
}

/// Adds them. What does not say how long it holds is not kept by anyone.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_parser_says_becomes_a_sentence() {
        let path = said("Invalid URL: Cannot parse `offset` with value `x` to a `i64`");
        assert!(
            path.contains("whole numbers") && !path.contains("i64"),
            "{path}"
        );
        let query = said("Failed to deserialize query string: unknown field `x`");
        assert!(
            query.ends_with("makes no sense: unknown field `x`"),
            "{query}"
        );
        assert_eq!(said("the body is too large"), "the body is too large");
    }
}

//! What the head of a request tells.

use axum::http::{HeaderMap, header};

use crate::access::{COOKIE, Token};

/// A program says with it that it is one.
const PROGRAM: &str = "x-sluicebox";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether what decides is there once at most, and can be read. No browser sends anything else; what does
/// may be read differently by a proxy in front of us.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    ["host", "origin", "sec-fetch-site", "sec-fetch-mode"]
        .iter()
        .all(|name| {
            let mut values = headers.get_all(*name).iter();
            let first = values.next();
            values.next().is_none() && first.is_none_or(|value| value.to_str().is_ok())
        })
}

/// Whether a person looks at the answer.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
}

/// Whether a page of ours asks, a person who typed the address or followed a link, or no browser.
pub(super) fn is_from_here(headers: &HeaderMap, host: &str) -> bool {
    if let Some(origin) = text(headers, header::ORIGIN.as_str()) {
        let own = origin.split_once("://").map(|(_, rest)| rest);
        return own == Some(host);
    }
    let navigates = text(headers, "sec-fetch-mode") == Some("navigate");
    match text(headers, "sec-fetch-site") {
        None | Some("same-origin" | "none") => true,
        Some(_) => navigates,
    }
}

/// Whether a request that would write is ours for sure: a page of this dashboard sends it, or a program.
///
/// Browsers send `Origin` or `Sec-Fetch-Site` with every POST. A program sends neither, and has to say that
/// it is one with a header that no page elsewhere can set: `X-Sluicebox` and `Authorization` make a browser
/// ask first (CORS), and it is never told yes. What `Origin` says has been checked before.
pub(super) fn is_ours(headers: &HeaderMap) -> bool {
    let site = text(headers, "sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    let is_page = site.is_some() || headers.contains_key(header::ORIGIN);
    is_page || headers.contains_key(PROGRAM) || headers.contains_key(header::AUTHORIZATION)
}

/// Whether the token is there: as a bearer, or as the cookie of a browser that has shown it.
pub(super) fn has_token(headers: &HeaderMap, token: &Token) -> bool {
    let bearer = text(headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token);
    if let Some(given) = bearer {
        return token.is(given);
    }
    let cookies = text(headers, header::COOKIE.as_str()).unwrap_or("");
    cookies
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='))
        .any(|(name, value)| name == COOKIE && token.is_session(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = axum::http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn other_sites_may_link_to_a_page_and_nothing_else() {
        let host = "localhost:8080";
        assert!(is_from_here(&headers(&[]), host), "curl");
        assert!(is_from_here(
            &headers(&[("origin", "http://localhost:8080")]),
            host
        ));
        for foreign in [
            "http://evil.example",
            "null",
            "http://localhost:8081",
            "http://localhost:8080.evil.example",
        ] {
            assert!(
                !is_from_here(&headers(&[("origin", foreign)]), host),
                "{foreign}"
            );
        }
        let embedded = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors"),
        ];
        assert!(!is_from_here(&headers(&embedded), host));
        let linked = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ];
        assert!(is_from_here(&headers(&linked), host));
    }

    #[test]
    fn a_write_is_of_a_page_of_ours_or_of_a_program_that_says_so() {
        for ours in [
            &[("origin", "http://localhost:8080")][..],
            &[("sec-fetch-site", "same-origin")],
            &[("x-sluicebox", "1")],
            &[("authorization", "Bearer 0123456789abcdef")],
        ] {
            assert!(is_ours(&headers(ours)), "{ours:?}");
        }
        for foreign in [
            &[][..],
            &[("cookie", "a=b")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            &[("sec-fetch-site", "same-site"), ("x-sluicebox", "1")],
            &[
                ("sec-fetch-site", "none"),
                ("origin", "http://localhost:8080"),
            ],
        ] {
            assert!(!is_ours(&headers(foreign)), "{foreign:?}");
        }
    }

    #[test]
    fn what_decides_is_said_once_and_readably() {
        let mut twice = headers(&[("origin", "http://localhost:8080")]);
        assert!(is_plain(&twice) && is_plain(&headers(&[])));
        twice.append("origin", "http://evil.example".parse().unwrap());
        assert!(!is_plain(&twice));
        let mut unreadable = headers(&[]);
        let value = axum::http::HeaderValue::from_bytes(b"http://\xffvil.example").unwrap();
        unreadable.insert("origin", value);
        assert!(!is_plain(&unreadable));
    }

    #[test]
    fn a_token_comes_as_bearer_or_cookie() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(has_token(
            &headers(&[("authorization", "Bearer 0123456789abcdef")]),
            &token
        ));
        assert!(has_token(
            &headers(&[("authorization", "bearer 0123456789abcdef")]),
            &token
        ));
        assert!(!has_token(
            &headers(&[("authorization", "Bearer 0123456789abcdeX")]),
            &token
        ));
        let cookie = format!("a=b; {COOKIE}={}", token.session());
        assert!(has_token(&headers(&[("cookie", &cookie)]), &token));
        assert!(!has_token(
            &headers(&[("cookie", "sluicebox_session=0123456789abcdef")]),
            &token
        ));
        assert!(!has_token(&headers(&[]), &token));
    }
}

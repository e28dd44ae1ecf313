//! Attacks.

use crate::http::{get, open, page};
use crate::stage::Stage;

const TOKEN: &str = "0123456789abcdef0123";

#[test]
fn every_answer_forbids_what_it_does_not_need() {
    let stage = Stage::done();
    for path in ["/", "/api/v1/topics", "/nowhere", "/healthz", "/metrics"] {
        let answer = page(stage.address(), path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[test]
fn a_foreign_name_for_this_machine_gets_nothing() {
    let mut stage = Stage::empty();
    stage.serve(None, vec!["events.example.org".to_owned()]);
    let status = |host: &str| {
        open(
            stage.address(),
            "GET",
            "/api/v1/topics",
            &[("host", host)],
            "",
        )
        .whole()
        .status
    };
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.nip.example",
        "",
    ] {
        assert_eq!(status(host), 421, "{host}");
    }
    for host in [
        "localhost:1",
        "127.0.0.1",
        "[::1]:8080",
        "events.example.org",
    ] {
        assert_eq!(status(host), 200, "{host}");
    }
}

#[test]
fn other_sites_can_neither_read_nor_embed() {
    let stage = Stage::done();
    let status =
        |headers: &[(&str, &str)]| open(stage.address(), "GET", "/live/flow", headers, "").status;
    assert_eq!(status(&[("origin", "http://evil.example")]), 403);
    assert_eq!(status(&[("origin", "null")]), 403);
    assert_eq!(
        status(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")]),
        403
    );
    assert_eq!(
        status(&[
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "no-cors")
        ]),
        403
    );
    assert_eq!(
        status(&[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors")
        ]),
        200
    );
}

#[test]
fn nothing_but_reading_is_answered() {
    let stage = Stage::done();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        for path in ["/", "/api/v1/topics", "/topics/sensor_data"] {
            let answer = open(stage.address(), method, path, &[], "").whole();
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
    assert_eq!(open(stage.address(), "HEAD", "/", &[], "").status, 200);
}

#[test]
fn with_a_token_nothing_is_shown_without_it() {
    let mut stage = Stage::empty();
    stage.serve(Some(TOKEN), Vec::new());
    let address = stage.address();
    for path in [
        "/api/v1/flow",
        "/metrics",
        "/live/flow",
        "/api/v1/topics/sensor_data/export.csv",
    ] {
        assert_eq!(get(address, path).status, 401, "{path}");
    }
    let sent = page(address, "/topics");
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, Some("/login"))
    );
    let bearer = |token: &str| {
        open(
            address,
            "GET",
            "/api/v1/topics",
            &[("authorization", &format!("Bearer {token}"))],
            "",
        )
        .whole()
        .status
    };
    assert_eq!(bearer(TOKEN), 200);
    for wrong in [
        "",
        "0123456789abcdef012",
        "0123456789abcdef01234",
        "0123456789ABCDEF0123",
    ] {
        assert_eq!(bearer(wrong), 401, "{wrong}");
    }
    for open_path in ["/healthz", "/login"] {
        assert_eq!(get(address, open_path).status, 200, "{open_path}");
    }
}

#[test]
fn a_browser_shows_the_token_once_and_the_cookie_does_not_hold_it() {
    let mut stage = Stage::empty();
    stage.serve(Some(TOKEN), Vec::new());
    let address = stage.address();
    let login = |token: &str, headers: &[(&str, &str)]| {
        open(
            address,
            "POST",
            "/login",
            headers,
            &format!("token={token}"),
        )
        .whole()
    };
    assert_eq!(login("wrong-but-long-enough", &[]).status, 403);
    assert_eq!(
        login(TOKEN, &[("origin", "http://evil.example")]).status,
        403
    );
    let answer = login(TOKEN, &[]);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict")
            && !cookie.contains(TOKEN),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let with = |cookie: &str| {
        open(address, "GET", "/api/v1/topics", &[("cookie", cookie)], "")
            .whole()
            .status
    };
    assert_eq!(with(cookie), 200);
    assert_eq!(with(&format!("{cookie}0")), 401);
    assert_eq!(with(&format!("sluicebox_session={TOKEN}")), 401);
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let mut stage = Stage::empty();
    stage.serve(Some(TOKEN), Vec::new());
    let long = "x".repeat(100_000);
    let answer = open(
        stage.address(),
        "POST",
        "/login",
        &[],
        &format!("token={long}"),
    )
    .whole();
    assert_eq!(answer.status, 413);
    let many: Vec<(String, String)> = (0..200)
        .map(|n| (format!("x-{n}"), "1".to_owned()))
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        open(stage.address(), "GET", "/healthz", &many, "").status,
        431
    );
}

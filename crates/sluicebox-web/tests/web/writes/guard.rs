//! Who may write, and how.

use serde_json::json;

use super::{JSON, PROGRAM, json, letter, replays};
use crate::http::{get, open, page};
use crate::stage::{Stage, eventually};

const TOKEN: &str = "0123456789abcdef0123";

const WRITES: [&str; 10] = [
    "/letters/0/0/replay",
    "/replay",
    "/replay/stop",
    "/new-topic",
    "/topics/sensor_data/produce",
    "/api/v1/topics",
    "/api/v1/topics/sensor_data/records",
    "/api/v1/letters/0/0/replay",
    "/api/v1/replay",
    "/api/v1/replay/stop",
];

#[test]
fn by_default_nothing_is_written_and_no_form_is_drawn() {
    let stage = Stage::done();
    let (partition, offset) = letter(&stage, "out_of_range");
    for path in WRITES {
        let answer = open(stage.address(), "POST", path, &[PROGRAM, JSON], "{}").whole();
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.text().contains("--allow-writes"), "{path}");
    }
    let letter = format!("/letters/{partition}/{offset}");
    for path in [
        letter.as_str(),
        "/letters",
        "/topics",
        "/topics/sensor_data",
        "/replay",
    ] {
        let shown = page(stage.address(), path).text();
        assert!(!shown.contains("method=\"post\""), "{path}: {shown}");
        assert!(!shown.to_lowercase().contains("forbidden"), "{path}");
    }
    let shown = page(stage.address(), &letter).text();
    let command = format!("sluicebox dlq replay {partition}:{offset}");
    assert!(
        shown.contains(&command) && shown.contains("--allow-writes"),
        "{shown}"
    );
    for path in ["/new-topic", "/replay/new", "/topics/sensor_data/produce"] {
        let answer = page(stage.address(), path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("--allow-writes"), "{path}");
    }
}

#[test]
fn no_page_elsewhere_can_write() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let own = format!("http://{}", stage.address());
    let refused = |headers: &[(&str, &str)], path: &str, body: &str| {
        let answer = open(stage.address(), "POST", path, headers, body).whole();
        assert_eq!(answer.status, 403, "{path} {headers:?}: {}", answer.text());
    };
    for path in WRITES {
        // A form elsewhere, with and without what newer browsers add.
        refused(&[("origin", "http://evil.example")], path, "name=owned");
        refused(&[("origin", "null")], path, "name=owned");
        let navigates = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ];
        refused(&navigates, path, "name=owned");
        // Nothing says where it comes from.
        refused(&[], path, "name=owned");
        refused(&[JSON], path, "{\"name\":\"owned\"}");
        // What a page cannot set without being asked about does not help one elsewhere.
        refused(
            &[PROGRAM, ("origin", "http://evil.example")],
            path,
            "name=owned",
        );
        refused(
            &[PROGRAM, ("sec-fetch-site", "cross-site")],
            path,
            "name=owned",
        );
    }
    assert_eq!(get(stage.address(), "/api/v1/topics/owned").status, 404);
    let host = [("host", "evil.example"), ("origin", "http://evil.example")];
    let rebound = open(stage.address(), "POST", "/new-topic", &host, "name=owned").status;
    assert_eq!(rebound, 421);
    for (name, ours) in [
        ("a", ("origin", own.as_str())),
        ("b", ("sec-fetch-site", "same-origin")),
    ] {
        let body = format!("name={name}");
        let created = open(stage.address(), "POST", "/new-topic", &[ours], &body).whole();
        assert_eq!(created.status, 303, "{}", created.text());
    }
    let preflight = open(stage.address(), "OPTIONS", "/api/v1/topics", &[], "").whole();
    assert_eq!(preflight.status, 405);
    assert_eq!(preflight.header("access-control-allow-headers"), None);
}

#[test]
fn a_get_never_changes_anything() {
    let stage = Stage::done_writing();
    let (partition, offset) = letter(&stage, "out_of_range");
    for path in [
        "/new-topic?name=owned",
        "/api/v1/topics?name=owned",
        "/replay?reason=out_of_range",
        "/replay/new?reason=out_of_range",
        "/replay/stop",
        "/api/v1/replay/preview?reason=out_of_range",
        "/topics/hostile/produce?value=x",
        &format!("/letters/{partition}/{offset}/replay"),
        &format!("/letters/{partition}/{offset}?said=replayed"),
        &format!("/api/v1/letters/{partition}/{offset}/replay"),
    ] {
        let answer = page(stage.address(), path);
        assert!(answer.status < 500, "{path}: {}", answer.text());
    }
    assert_eq!(get(stage.address(), "/api/v1/topics/owned").status, 404);
    assert_eq!(
        get(stage.address(), "/api/v1/topics/dlq_replays").status,
        404
    );
    assert_eq!(get(stage.address(), "/api/v1/replay").status, 404);
    assert!(replays(&stage, "sensor_data").is_empty());
}

#[test]
fn bodies_are_bounded_and_say_what_they_are() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let send = |path: &str, content_type: &str, body: &str| {
        let headers = [PROGRAM, ("content-type", content_type)];
        open(stage.address(), "POST", path, &headers, body)
            .whole()
            .status
    };
    let topic = json!({ "name": "t" }).to_string();
    for other in ["text/plain", "application/x-www-form-urlencoded", ""] {
        assert_eq!(send("/api/v1/topics", other, &topic), 415, "{other}");
    }
    assert_eq!(send("/new-topic", "application/json", &topic), 415);
    assert_eq!(send("/new-topic", "multipart/form-data", &topic), 415);
    assert_eq!(send("/api/v1/topics", "application/json", "{"), 400);
    assert_eq!(
        send("/api/v1/topics", "application/json", "{\"name\":7}"),
        400
    );
    // The largest value fits, twice of it does not.
    let record = |bytes: usize| json!({ "value": "x".repeat(bytes) }).to_string();
    let path = "/api/v1/topics/sensor_data/records";
    assert_eq!(
        send(path, "application/json; charset=utf-8", &record(1_000_000)),
        201
    );
    // The answer may come before all of it is sent.
    let headers = [PROGRAM, JSON, ("content-length", "5000000")];
    let answer = open(stage.address(), "POST", path, &headers, "").whole();
    assert_eq!(answer.status, 413);
    // Elsewhere it is as small as before.
    let login = open(
        stage.address(),
        "POST",
        "/login",
        &[],
        &format!("token={}", record(9_000)),
    );
    assert_eq!(login.status, 413);
}

#[test]
fn a_token_protects_writes_too() {
    let mut stage = Stage::empty();
    stage.serve_writing(Some(TOKEN));
    let address = stage.address();
    let own = format!("http://{address}");
    let bearer = format!("Bearer {TOKEN}");
    let create = |name: &str, headers: &[(&str, &str)]| {
        let body = json!({ "name": name }).to_string();
        let headers = [&[JSON], headers].concat();
        open(address, "POST", "/api/v1/topics", &headers, &body)
            .whole()
            .status
    };
    assert_eq!(create("a", &[PROGRAM]), 401);
    assert_eq!(create("a", &[("origin", &own)]), 401);
    assert_eq!(
        create("a", &[("authorization", "Bearer wrong-but-long-enough")]),
        401
    );
    assert_eq!(create("a", &[("authorization", &bearer)]), 201);
    let login = open(address, "POST", "/login", &[], &format!("token={TOKEN}")).whole();
    let cookie = login
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        create("b", &[("cookie", &cookie)]),
        403,
        "a cookie alone is no page of ours"
    );
    assert_eq!(
        create(
            "b",
            &[("cookie", &cookie), ("origin", "http://evil.example")]
        ),
        403
    );
    assert_eq!(create("b", &[("cookie", &cookie), ("origin", &own)]), 201);
}

#[test]
fn slow_bodies_hold_up_nobody_for_long() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    let address = stage.address();
    let create = |name: &str| json(&stage, "/api/v1/topics", &json!({ "name": name })).status;
    let mut slow = Vec::new();
    eventually("all places to be taken", || {
        slow.push(std::thread::spawn(move || {
            // Nothing of it comes.
            let headers = [PROGRAM, JSON, ("content-length", "100")];
            open(address, "POST", "/api/v1/topics", &headers, "").status
        }));
        (create("a") == 429).then_some(())
    });
    let ends: Vec<_> = slow.into_iter().map(|slow| slow.join().unwrap()).collect();
    let timed_out = ends.iter().filter(|status| **status == 408).count();
    assert!(timed_out >= 4, "{ends:?}");
    assert_eq!(create("b"), 201);
}

#[test]
fn a_cluster_that_is_gone_takes_nothing_and_is_said_to_be_gone() {
    let mut stage = Stage::empty();
    stage.serve_writing(None);
    stage.stop_broker();
    for (path, body) in [
        ("/api/v1/topics", json!({ "name": "a" })),
        (
            "/api/v1/topics/sensor_data/records",
            json!({ "value": "x" }),
        ),
        ("/api/v1/letters/0/0/replay", json!({})),
    ] {
        let answer = json(&stage, path, &body);
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
    }
    // It begins, and says then why it broke off.
    let all = json!({ "all": true });
    assert_eq!(json(&stage, "/api/v1/replay", &all).status, 202);
    let replay = eventually("the replay to break off", || {
        let replay = get(stage.address(), "/api/v1/replay").json();
        (replay["state"] != "running").then_some(replay)
    });
    assert_eq!(replay["state"], "failed", "{replay}");
}

//! What the API refuses, and that its description says so.

use serde_json::Value;

use crate::http::open;
use crate::openapi::{check, described};
use crate::stage::Stage;
use crate::writes::PROGRAM;

const RECORDS: &str = "/api/v1/topics/{topic}/records";
const SEARCH: &str = "/api/v1/topics/{topic}/search";
const NDJSON: &str = "/api/v1/topics/{topic}/export.ndjson";
const CSV: &str = "/api/v1/topics/{topic}/export.csv";
const TOPIC: &str = "/api/v1/topics/{topic}";
const GROUP: &str = "/api/v1/groups/{group}";
const LETTER: &str = "/api/v1/letters/{partition}/{offset}";
const PREVIEW: &str = "/api/v1/replay/preview";

/// Paths as they are described, questions, and what they are answered with.
const SENSELESS: [(&str, &str, u16); 9] = [
    (LETTER, "GET /api/v1/letters/x/0", 400),
    (GROUP, "GET /api/v1/groups/%ff", 400),
    (CSV, "GET /api/v1/topics/t/export.csv?from=x", 400),
    (NDJSON, "GET /api/v1/topics/t/export.ndjson?x=1", 400),
    (
        "/api/v1/lineage",
        "GET /api/v1/lineage?file=a&line=2&topic=t",
        400,
    ),
    (SEARCH, "GET /api/v1/topics/nowhere/search", 404),
    (CSV, "GET /api/v1/topics/nowhere/export.csv", 404),
    ("/api/v1/topics", "POST /api/v1/topics", 403),
    ("/api/v1/replay/stop", "POST /api/v1/replay/stop", 403),
];

/// Questions that need the cluster.
const OF_CLUSTER: [(&str, &str); 7] = [
    (TOPIC, "GET /api/v1/topics/sensor_data"),
    (GROUP, "GET /api/v1/groups/processors"),
    (RECORDS, "GET /api/v1/topics/sensor_data/records"),
    (SEARCH, "GET /api/v1/topics/sensor_data/search"),
    (CSV, "GET /api/v1/topics/sensor_data/export.csv"),
    (LETTER, "GET /api/v1/letters/0/0"),
    (PREVIEW, "GET /api/v1/replay/preview?all=true"),
];

/// The status of an answer, which must be described.
fn refused(stage: &Stage, path: &str, asked: &str, headers: &[(&str, &str)]) -> u16 {
    let all = described();
    let (method, question) = asked.split_once(' ').unwrap();
    let answer = open(stage.address(), method, question, headers, "").whole();
    let responses: &Value = &all["paths"][path][method.to_ascii_lowercase()]["responses"];
    let described = &responses[answer.status.to_string()];
    let at = format!("{asked}: {}", answer.status);
    assert!(described.is_object(), "{at} is not described");
    let schema = &described["content"]["application/json"]["schema"];
    check(schema, &answer.json(), &all, &at).unwrap_or_else(|why| panic!("{why}"));
    answer.status
}

#[test]
fn every_refusal_is_as_it_is_described() {
    let mut stage = Stage::done_writing();
    for (path, asked, status) in SENSELESS {
        assert_eq!(refused(&stage, path, asked, &[]), status, "{asked}");
    }
    for headers in [&[PROGRAM][..], &[PROGRAM, ("content-type", "text/plain")]] {
        let status = refused(&stage, "/api/v1/topics", "POST /api/v1/topics", headers);
        assert_eq!(status, 415, "{headers:?}");
    }
    for (header, status) in [
        (("origin", "http://evil.example"), 403),
        (("host", "evil.example"), 421),
    ] {
        let found = refused(&stage, TOPIC, "GET /api/v1/topics/t", &[header]);
        assert_eq!(found, status, "{header:?}");
    }
    stage.stop_broker();
    for (path, asked) in OF_CLUSTER {
        assert_eq!(refused(&stage, path, asked, &[]), 503, "{asked}");
    }
}

//! A dashboard that may write.

mod guard;
mod lost;
mod refused;
mod replays;
mod topics;

use serde_json::Value;

use crate::http::{Answer, get, open};
use crate::stage::{Stage, eventually};

/// What a program says.
pub(crate) const PROGRAM: (&str, &str) = ("x-sluicebox", "1");
const JSON: (&str, &str) = ("content-type", "application/json");

/// As a program sends it.
pub(crate) fn json(stage: &Stage, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    open(stage.address(), "POST", path, &[PROGRAM, JSON], &body).whole()
}

/// As a form of a page of ours sends it.
fn form(stage: &Stage, path: &str, body: &str) -> Answer {
    let origin = format!("http://{}", stage.address());
    let headers = [
        ("origin", origin.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
    ];
    open(stage.address(), "POST", path, &headers, body).whole()
}

/// Text as a form encodes it.
fn encoded(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}

/// All letters, once they are read.
fn letters(stage: &Stage, total: u64) -> Value {
    eventually("all letters to be read", || {
        let letters = get(stage.address(), "/api/v1/letters").json();
        (letters["total"] == total && letters["remaining"] == 0).then_some(letters)
    })
}

/// Where a letter of this reason is.
pub(crate) fn letter(stage: &Stage, reason: &str) -> (i64, i64) {
    let letters = letters(stage, 11);
    let mut latest = letters["latest"].as_array().unwrap().iter();
    let line = latest
        .find(|line| line["kind"]["reason"] == reason)
        .unwrap();
    (
        line["partition"].as_i64().unwrap(),
        line["offset"].as_i64().unwrap(),
    )
}

/// Records of a topic that are replays.
fn replays(stage: &Stage, topic: &str) -> Vec<Value> {
    let path = format!(
        "/api/v1/topics/{topic}/records?header=sluicebox.replay.of&from=earliest&limit=1000"
    );
    let found = get(stage.address(), &path).json();
    found["records"].as_array().unwrap().clone()
}

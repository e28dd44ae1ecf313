//! Parts that live.

use std::io::Read;
use std::time::{Duration, Instant};

use crate::http::{get, open};
use crate::stage::{Stage, eventually};

#[test]
fn a_page_moves_while_records_flow() {
    let mut stage = Stage::empty();
    stage.serve(None, Vec::new());
    let mut live = open(stage.address(), "GET", "/live/flow", &[], "");
    assert_eq!(live.status, 200);
    assert_eq!(live.event().unwrap().0, "html");
    stage.fill();
    eventually("the new records on the page", || {
        let (name, html) = live.event().unwrap();
        (name == "html" && html.contains("No processor runs, and up to 391 records wait"))
            .then_some(())
    });
}

#[test]
fn every_part_that_lives_has_a_stream() {
    let stage = Stage::done();
    for part in [
        "flow",
        "data/pumps",
        "letters",
        "groups",
        "groups/processors",
    ] {
        let mut live = open(stage.address(), "GET", &format!("/live/{part}"), &[], "");
        let (name, html) = live.event().unwrap();
        assert_eq!(name, "html", "{part}: {html}");
    }
    let mut missing = open(stage.address(), "GET", "/live/data/none", &[], "");
    assert_eq!(missing.event().unwrap().0, "problem");
    let mut events = open(stage.address(), "GET", "/api/v1/events", &[], "");
    let (name, flow) = events.event().unwrap();
    assert_eq!(name, "flow");
    assert!(serde_json::from_str::<serde_json::Value>(&flow).unwrap()["at_ms"].is_i64());
}

#[test]
fn a_browser_that_reads_nothing_holds_nobody_up() {
    let stage = Stage::done();
    let address = stage.address();
    let dead: Vec<_> = (0..20)
        .map(|_| open(address, "GET", "/live/flow", &[], ""))
        .collect();
    let mut alive = open(address, "GET", "/live/flow", &[], "");
    let began = Instant::now();
    for _ in 0..3 {
        assert!(alive.event().is_some());
    }
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(get(address, "/healthz").status, 200);
    drop(dead);
}

#[test]
fn half_a_request_is_not_waited_for_for_ever() {
    let stage = Stage::done();
    let mut slow = std::net::TcpStream::connect(stage.address()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    std::io::Write::write_all(&mut slow, b"GET / HTTP/1.1\r\nhost: local").unwrap();
    let mut answer = Vec::new();
    let began = Instant::now();
    // It is ended, with an answer or without.
    let _ = slow.read_to_end(&mut answer);
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[test]
fn the_server_ends_at_once_whoever_is_connected() {
    let stage = Stage::done();
    let mut live = open(stage.address(), "GET", "/live/flow", &[], "");
    assert!(live.event().is_some());
    let began = Instant::now();
    drop(stage);
    assert!(began.elapsed() < Duration::from_secs(15));
    while live.event().is_some() {}
}

//! The dashboard of the program: where it listens, who may come in, how it ends.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use support::{Accounted, Running, ends_with, output, says, sluicebox, text, until};

/// What a path answers, head and body.
fn get(url: &str, path: &str, header: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What a POST of JSON answers, head and body.
fn post(url: &str, path: &str, body: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-sluicebox: 1\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The JSON of an answer.
fn json(answer: &str) -> serde_json::Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

/// Starts `dashboard` with these arguments; its address as it prints it.
fn dashboard(arguments: &[&str]) -> (Running, String) {
    let dir = std::env::temp_dir();
    let mut command = sluicebox();
    command.args([
        "dashboard",
        "--http-listen",
        "127.0.0.1:0",
        "--bootstrap-servers",
        "127.0.0.1:1",
    ]);
    command
        .args(arguments)
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut running = Running::start(&mut command);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("dashboard at ")
        .unwrap_or_else(|| panic!("{line}"));
    (running, url.to_owned())
}

#[test]
fn it_serves_alone_says_that_the_cluster_is_gone_and_ends_when_it_is_told_to() {
    let (mut running, url) = dashboard(&[]);
    assert!(get(&url, "/healthz", "").starts_with("HTTP/1.1 200"));
    assert!(get(&url, "/readyz", "").starts_with("HTTP/1.1 503"));
    assert!(get(&url, "/", "accept: text/html\r\n").contains("<title>Flow"));
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(0));
}

#[test]
fn a_token_comes_from_a_file_or_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, "0123456789abcdef\n").unwrap();
    let (_running, url) = dashboard(&["--http-token-file", file.to_str().unwrap()]);
    assert!(get(&url, "/api/v1/flow", "").starts_with("HTTP/1.1 401"));
    let token = "authorization: Bearer 0123456789abcdef\r\n";
    assert!(get(&url, "/api/v1/flow", token).starts_with("HTTP/1.1 200"));
}

#[test]
fn beyond_this_machine_it_is_refused_without_a_good_token() {
    let open = ["dashboard", "--http-listen", "0.0.0.0:0"];
    says(
        &ends_with(2, sluicebox().args(open)),
        &["needs a token", "--http-token-file", "TLS"],
    );
    let short = ends_with(
        2,
        sluicebox().args(open).env("SLUICEBOX_HTTP_TOKEN", "canary"),
    );
    says(&short, &["has 6 characters"]);
    assert!(!short.contains("canary"), "{short}");
    let missing = ends_with(
        2,
        sluicebox()
            .args(open)
            .args(["--http-token-file", "no-such-file"]),
    );
    says(
        &missing,
        &["cannot read the dashboard's token from no-such-file"],
    );
}

#[test]
fn a_port_that_was_asked_for_must_be_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = ends_with(
        1,
        sluicebox().args(["dashboard", "--http-listen", &address]),
    );
    says(&said, &["the port is in use", "--http-listen"]);
}

#[test]
fn run_says_where_it_is_and_does_without_when_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let said = |flags: &[&str], name: &str| {
        let mut command = sluicebox();
        command.args([
            "run",
            "--records",
            "50",
            "--rate",
            "max",
            "--listen",
            "127.0.0.1:0",
            "--output-dir",
        ]);
        let done = output(command.arg(dir.path().join(name)).args(flags));
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stderr)
    };
    says(
        &said(&["--http-listen", "127.0.0.1:0"], "with"),
        &["dashboard at http://127.0.0.1:"],
    );
    assert!(!said(&["--no-dashboard"], "without").contains("dashboard at"));
}

#[test]
fn without_the_flag_nothing_is_written() {
    let (_running, url) = dashboard(&[]);
    let refused = post(&url, "/api/v1/topics", "{\"name\":\"t\"}");
    says(&refused, &["HTTP/1.1 405", "--allow-writes"]);
}

/// Starts `run --allow-writes` on a directory; its dashboard, and what it says on stderr from then on.
fn run_writing(dir: &Path) -> (Running, String, Arc<Mutex<String>>) {
    let mut command = sluicebox();
    command.args(["run", "--allow-writes", "--listen", "127.0.0.1:0"]);
    command.args([
        "--http-listen",
        "127.0.0.1:0",
        "--no-datagen",
        "--output-dir",
    ]);
    let mut running = Running::start(
        command
            .arg(dir)
            .stderr(Stdio::piped())
            .stdout(Stdio::null()),
    );
    let mut lines = BufReader::new(running.0.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let url = lines
        .find_map(|line| Some(line.split_once("dashboard at ")?.1.trim().to_owned()))
        .expect("it says where the dashboard is");
    let said = Arc::new(Mutex::new(String::new()));
    let for_thread = Arc::clone(&said);
    std::thread::spawn(move || {
        lines.for_each(|line| for_thread.lock().unwrap().push_str(&(line + "\n")));
    });
    (running, url, said)
}

#[test]
fn a_letter_is_mended_in_the_dashboard_and_every_row_is_there_once() {
    let dir = tempfile::tempdir().unwrap();
    let (mut running, url, said) = run_writing(dir.path());
    let record = |key: &str, temperature: f64| {
        let time = "2026-11-01T00:00:00Z";
        let value = serde_json::json!({ "sensor_id": key, "temperature": temperature, "humidity": 40, "timestamp": time });
        value.to_string()
    };
    for (key, temperature) in [("a", 20.0), ("b", 9999.0), ("c", 21.0)] {
        let body = serde_json::json!({ "key": key, "value": record(key, temperature) });
        let answer = post(
            &url,
            "/api/v1/topics/sensor_data/records",
            &body.to_string(),
        );
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    let mut place = String::new();
    until("the letter", || {
        let letters = json(&get(&url, "/api/v1/letters", ""));
        let line = &letters["latest"][0];
        place = format!("{}/{}", line["partition"], line["offset"]);
        letters["total"] == 1
    });
    let path = format!("/api/v1/letters/{place}/replay");
    let mended = serde_json::json!({ "value": record("b", 22.5) }).to_string();
    assert_eq!(json(&post(&url, &path, &mended))["state"], "replayed");
    assert_eq!(json(&post(&url, &path, &mended))["state"], "before");
    assert_eq!(json(&post(&url, &path, "{}"))["state"], "before");
    until("three rows", || Accounted::read(dir.path()).rows >= 3);
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(0));

    let all = Accounted::read(dir.path());
    assert_eq!((all.rows, all.letters), (3, 1));
    assert!(all.seen.values().all(|times| *times == 1), "{all:?}");
    let verified = output(
        sluicebox()
            .arg("verify")
            .arg("--output-dir")
            .arg(dir.path()),
    );
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    let said = said.lock().unwrap().clone();
    assert_eq!(
        said.matches("dashboard: replayed the dead letter").count(),
        1,
        "{said}"
    );
    assert_eq!(
        said.matches("dashboard: produced a record").count(),
        3,
        "{said}"
    );
    says(&said, &["with another value", "by=127.0.0.1:"]);
}

/// Its clients close while the broker of the same process ends.
#[test]
fn a_run_that_is_stopped_ends_without_alarm() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let (mut running, url, said) = run_writing(&dir.path().join(round.to_string()));
        // The letters have a client of their own.
        until("the cluster answers", || {
            get(&url, "/api/v1/letters", "").starts_with("HTTP/1.1 200")
                && get(&url, "/readyz", "").starts_with("HTTP/1.1 200")
        });
        running.signal("INT");
        assert_eq!(running.wait().code(), Some(0));
        let said = said.lock().unwrap();
        let alarming = ["WARN", "ERROR", "brokers are down", "refused"];
        assert!(!alarming.iter().any(|alarm| said.contains(alarm)), "{said}");
    }
}

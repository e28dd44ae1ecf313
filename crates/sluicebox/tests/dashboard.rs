//! The dashboard of the program: where it listens, who may come in, how it ends.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use support::{Running, ends_with, output, says, sluicebox, text};

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

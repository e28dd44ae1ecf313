//! How it ends: signals, broken pipes, a broker that dies.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Broker, Running, ends_with, output, says, sluicebox, text, until};

/// A pipeline of the shell fails when any of its commands fails.
fn piped(script: &str) -> String {
    let program = env!("CARGO_BIN_EXE_sluicebox");
    let mut bash = Command::new("bash");
    bash.args(["-o", "pipefail", "-c", script])
        .env("B", program);
    ends_with(0, &mut bash)
}

#[test]
fn a_reader_that_has_had_enough_is_success() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let address = &broker.address;
    for script in [
        "$B completions bash | head -1".to_owned(),
        "$B config default | head -1".to_owned(),
        "$B run --help | head -1".to_owned(),
        "for i in 1 2 3; do $B completions zsh; done | true".to_owned(),
        format!("$B topics list --bootstrap-servers {address} | head -1"),
        format!("$B groups list --json --bootstrap-servers {address} | true"),
    ] {
        let said = piped(&script);
        assert!(
            !said.contains("panicked") && !said.contains("roken pipe"),
            "{said}"
        );
    }
}

#[test]
fn a_second_signal_ends_at_once_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let mut sink = Running::start(
        sluicebox()
            .args([
                "sink",
                "--bootstrap-servers",
                &broker.address,
                "--output-dir",
            ])
            .arg(dir.path().join("out"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped()),
    );
    until("the sink has its files", || {
        dir.path().join("out/dead_letters.csv").exists()
    });
    let mut stderr = BufReader::new(sink.0.stderr.take().unwrap());
    // A broker that does not answer any more: leaving the group takes its time.
    broker.process.signal("STOP");
    sink.signal("INT");
    // Two signals that come before the first is handled are one.
    let mut said = String::new();
    while !said.contains("stopping") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let began = Instant::now();
    sink.signal("INT");
    let code = sink.wait().code();
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(code, Some(1));
}

#[test]
fn sigterm_drains_accounts_and_exits_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let run = sluicebox()
        .args(["run", "--rate", "500", "--output-dir"])
        .arg(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let run = Running(run);
    until("rows are there", || {
        std::fs::read_to_string(dir.path().join("dead_letters.csv")).is_ok()
            && std::fs::read_to_string(dir.path().join("processed_data_sensor.csv"))
                .is_ok_and(|rows| rows.lines().count() > 100)
    });
    run.signal("TERM");
    let result = run.finished();
    let said = text(&result.stdout) + &text(&result.stderr);
    assert_eq!(result.status.code(), Some(0), "{said}");
    says(
        &said,
        &[
            "files go to",
            "Ctrl-C stops",
            "draining",
            "accounted for:",
            "each exactly once",
        ],
    );
}

#[test]
fn datagen_says_how_much_was_not_delivered_when_the_broker_dies_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let datagen = sluicebox()
        .args([
            "datagen",
            "all",
            "--rate",
            "200",
            "--bootstrap-servers",
            &broker.address,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let datagen = Running(datagen);
    until("records arrive", || {
        let mut describe = sluicebox();
        describe.args([
            "topics",
            "describe",
            "sensor_data",
            "--json",
            "--bootstrap-servers",
            &broker.address,
        ]);
        let found: serde_json::Value =
            serde_json::from_slice(&output(&mut describe).stdout).unwrap_or_default();
        let partitions = found["partitions"].as_array().cloned().unwrap_or_default();
        partitions
            .iter()
            .any(|partition| partition["high_watermark"].as_i64() > Some(0))
    });
    broker.process.kill_9();
    std::thread::sleep(Duration::from_secs(1));
    datagen.signal("INT");
    let result = datagen.finished();
    let said = text(&result.stderr);
    assert_eq!(result.status.code(), Some(1), "{said}");
    says(
        &said,
        &[
            "datagen: ",
            "records were not delivered; the first failure:",
            "start again",
        ],
    );
}

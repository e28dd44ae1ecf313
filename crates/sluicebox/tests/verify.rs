//! `verify` from outside: where it takes the topics from, what it says, how it ends.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Broker, Running, Verbs, contents, ends_with, output, says, sluicebox, text, until};

const SENSOR: &str = "processed_data_sensor.csv";

/// The files of a run that has ended, and its broker's log.
struct Ended {
    dir: tempfile::TempDir,
}

impl Ended {
    fn run() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut run = sluicebox();
        run.args([
            "run",
            "--records",
            "600",
            "--rate",
            "max",
            "--seed",
            "7",
            "-q",
        ]);
        run.args(["--invalid-ratio", "0.05", "--output-dir"]);
        ends_with(0, run.arg(dir.path().join("out")));
        Self { dir }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn verify(&self, args: &[&str]) -> std::process::Command {
        let mut verify = sluicebox();
        verify.args(["verify", "--output-dir"]).arg(self.out());
        verify.args(args);
        verify
    }
}

fn json(code: i32, command: &mut std::process::Command) -> Value {
    let result = output(command);
    let said = text(&result.stderr);
    assert_eq!(result.status.code(), Some(code), "{said}");
    serde_json::from_slice(&result.stdout).unwrap()
}

fn replace(path: &Path, from: &str, to: &str) {
    let content = std::fs::read_to_string(path).unwrap();
    assert!(content.contains(from));
    std::fs::write(path, content.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_run_is_proven_from_the_stopped_brokers_log_and_damage_is_named() {
    let ended = Ended::run();
    let said = ends_with(0, &mut ended.verify(&["--strict"]));
    says(
        &said,
        &[
            "the stopped broker's log in",
            "proven: every record",
            "STREAM",
            "FILE",
        ],
    );
    let report = json(0, &mut ended.verify(&["--strict", "--json"]));
    assert_eq!(
        (&report["verdict"], &report["good"]),
        (&"proven".into(), &true.into())
    );
    assert_eq!(report["topics"]["from"], "stopped_broker");
    assert_eq!(report["streams"][0]["source_records"], 300);
    assert_eq!(report["counts"], serde_json::json!({}));

    replace(&ended.out().join(SENSOR), ",normal,", ",normul,");
    let report = json(1, &mut ended.verify(&["--json"]));
    assert_eq!(
        (&report["verdict"], &report["good"]),
        (&"contradicted".into(), &false.into())
    );
    assert_eq!(
        report["counts"],
        serde_json::json!({ "file_changed": 1, "row_changed": 1 })
    );
    let changed = &report["findings"][1];
    assert_eq!(changed["kind"], "row_changed");
    assert_eq!(
        (&changed["file"], &changed["topic"]),
        (&SENSOR.into(), &"sensor_data".into())
    );
    assert!(
        changed["line"].is_u64() && changed["partition"].is_u64() && changed["offset"].is_u64()
    );
    let line = format!("{SENSOR} line {}, sensor_data partition", changed["line"]);
    let said = ends_with(1, &mut ended.verify(&[]));
    says(
        &said,
        &[
            &line,
            "status is `normul`, expected `normal`",
            "2 findings contradict",
        ],
    );
}

/// In a container nobody may ask for the end of a process that was killed, so it keeps its number.
#[test]
fn a_run_that_was_killed_is_verified_at_once_from_its_log() {
    let ended = Ended::run();
    let mut run = sluicebox();
    run.args(["run", "--rate", "500", "-q", "--no-dashboard"])
        .args(["--listen", "127.0.0.1:0", "--output-dir"])
        .arg(ended.out());
    let mut run = Running::start(&mut run);
    let status = ended.out().join("broker/broker.json");
    until("the broker runs", || status.exists());
    std::thread::sleep(std::time::Duration::from_millis(500));
    // Not waited for.
    run.0.kill().unwrap();
    // A busy disk holds the threads of a killed process, and with them its lock.
    let verify = ["--json", "--wait", "60s"];
    let report = json(0, &mut ended.verify(&verify));
    assert_eq!(report["topics"]["from"], "stopped_broker");
    assert!(status.exists(), "the file of the dead broker is there");
    // Another process has its number: ours.
    let told = std::fs::read_to_string(&status).unwrap();
    let (theirs, ours) = (run.0.id().to_string(), std::process::id().to_string());
    std::fs::write(&status, told.replace(&theirs, &ours)).unwrap();
    let report = json(0, &mut ended.verify(&verify));
    assert_eq!(report["topics"]["from"], "stopped_broker");
}

/// It has taken back its address, and still holds its directory.
#[test]
fn a_broker_that_is_just_ending_is_waited_for() {
    let ended = Ended::run();
    let lock = std::fs::File::open(ended.out().join("broker/lock")).unwrap();
    lock.lock().unwrap();
    let ending = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        drop(lock);
    });
    let report = json(0, &mut ended.verify(&["--json", "--strict"]));
    assert_eq!(report["topics"]["from"], "stopped_broker");
    ending.join().unwrap();
}

#[test]
fn the_files_alone_are_good_but_not_proven() {
    let ended = Ended::run();
    std::fs::rename(ended.out().join("broker"), ended.dir.path().join("moved")).unwrap();
    let said = ends_with(0, &mut ended.verify(&[]));
    says(
        &said,
        &[
            "looked at alone",
            "unprovable: no_topics (600)",
            "nothing is wrong, as far as can be told",
        ],
    );
    let said = ends_with(1, &mut ended.verify(&["--strict"]));
    says(
        &said,
        &["cannot be proven", "without --strict this is no failure"],
    );
}

#[test]
fn a_data_directory_that_was_named_and_has_no_log_is_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let mut verify = sluicebox();
    verify
        .args(["verify", "--strict", "--output-dir"])
        .arg(dir.path());
    let said = ends_with(2, verify.arg("--data-dir").arg(&nowhere));
    says(&said, &["there is no broker's log in", "meta.json"]);
    assert!(!nowhere.exists(), "it makes nothing");
    let mut verify = sluicebox();
    verify
        .args(["verify", "--strict", "--output-dir"])
        .arg(dir.path());
    says(&ends_with(1, &mut verify), &["no_topics"]);
}

#[test]
fn a_broker_that_runs_is_found_by_its_directory_and_a_silent_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("broker"), dir.path().join("out"));
    let broker = Broker::start(&data, "127.0.0.1:0");
    let verbs = Verbs::new(&broker.address, &out);
    verbs.datagen(300);
    verbs.drain("process");
    verbs.drain("sink");
    let mut verify = sluicebox();
    verify
        .args(["verify", "--strict", "--json", "--output-dir"])
        .arg(&out);
    let report = json(0, verify.arg("--data-dir").arg(&data));
    assert_eq!(report["topics"]["from"], "live_broker");
    assert_eq!(report["topics"]["place"], broker.address);
    let mut verify = sluicebox();
    verify.args([
        "verify",
        "--bootstrap-servers",
        "127.0.0.1:1",
        "--wait",
        "300ms",
        "--output-dir",
    ]);
    let said = ends_with(1, verify.arg(&out));
    says(&said, &["verify: no answer from 127.0.0.1:1"]);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut verify = sluicebox();
    verify
        .args(["verify", "--output-dir"])
        .arg(dir.path().join("none"));
    says(
        &ends_with(1, &mut verify),
        &["there is no directory", "--output-dir"],
    );
}

/// Not one that was stopped, nor one that was killed in the middle of a write.
#[test]
fn verify_changes_nothing_in_the_directory_of_a_broker() {
    let ended = Ended::run();
    // Its own word for the dashboard is all that it leaves, in the state directory.
    let look = || {
        let mut found = contents(ended.dir.path());
        found.retain(|path, _| !path.ends_with("verify.json"));
        found
    };
    let before = look();
    ends_with(0, &mut ended.verify(&["--strict"]));
    assert!(look() == before, "after a clean stop");

    let data = ended.out().join("broker");
    let mut broker = Broker::start(&data, "127.0.0.1:0");
    broker.process.kill_9();
    let is_log = |path: &PathBuf| path.extension().is_some_and(|end| end == "log");
    let files = contents(&data);
    let log = files
        .keys()
        .filter(|path| is_log(path))
        .max_by_key(|path| files[*path].len());
    let log = log.unwrap();
    let torn = [&files[log][..], &b"the beginning of a frame"[..]].concat();
    std::fs::write(log, torn).unwrap();
    let before = look();
    let said = ends_with(0, &mut ended.verify(&["--strict"]));
    says(
        &said,
        &["the stopped broker's log in", "proven: every record"],
    );
    assert!(look() == before, "after a kill");
}

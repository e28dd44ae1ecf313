//! What commands print when all is well: help, tables for people, JSON for programs.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{Accounted, Broker, Running, ends_with, output, says, sluicebox, text};

/// A broker and an output directory.
struct Site {
    broker: Broker,
    dir: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
        Self { broker, dir }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = sluicebox();
        command
            .args(args)
            .args(["--bootstrap-servers", &self.broker.address]);
        command.arg("--output-dir").arg(self.dir.path().join("out"));
        command
    }

    fn flow(&self) {
        for verb in [
            &["datagen", "all", "--records", "200", "--rate", "max"][..],
            &["process", "--stop-at-end"],
            &["sink", "--stop-at-end"],
        ] {
            ends_with(0, &mut self.command(verb));
        }
    }

    fn json(&self, args: &[&str]) -> Value {
        let result = output(self.command(args).arg("--json"));
        assert!(result.status.success(), "{}", text(&result.stderr));
        assert!(result.stderr.is_empty(), "{}", text(&result.stderr));
        serde_json::from_slice(&result.stdout).unwrap()
    }

    fn table(&self, args: &[&str]) -> String {
        let result = output(&mut self.command(args));
        assert!(result.status.success(), "{}", text(&result.stderr));
        text(&result.stdout)
    }
}

#[test]
fn the_help_of_every_command_is_what_was_agreed() {
    for command in [
        "",
        "run",
        "datagen",
        "process",
        "sink",
        "broker",
        "verify",
        "topics",
        "topics list",
        "topics create",
        "topics describe",
        "topics tail",
        "groups",
        "groups list",
        "groups describe",
        "dlq",
        "dlq list",
        "dlq show",
        "dlq replay",
        "status",
        "dashboard",
        "config",
        "config show",
        "config default",
        "config check",
        "completions",
    ] {
        let said = ends_with(
            0,
            sluicebox().args(command.split_whitespace()).arg("--help"),
        );
        let name = format!("help {command}").trim().replace(' ', "_");
        insta::assert_snapshot!(name, said);
    }
}

#[test]
fn topics_are_listed_and_described() {
    let site = Site::start();
    site.flow();
    let list = site.table(&["topics", "list"]);
    let names: Vec<_> = list
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        names,
        [
            "dead_letters",
            "processed_data",
            "sensor_data",
            "user_activity"
        ]
    );
    let list = site.json(&["topics", "list"]);
    assert_eq!(list[0]["topic"], "dead_letters");
    assert_eq!(list[0]["partitions"], 6);
    let described = site.json(&["topics", "describe", "sensor_data"]);
    let partitions = described["partitions"].as_array().unwrap();
    let records: i64 = partitions
        .iter()
        .map(|p| p["high_watermark"].as_i64().unwrap())
        .sum();
    assert_eq!((partitions.len(), records), (6, 100));
    assert!(
        described["topic_id"].is_string() && described["configs"]["max.message.bytes"].is_string()
    );
    says(
        &site.table(&["topics", "describe", "sensor_data"]),
        &["PARTITION", "LAST STABLE", "sensor_data (id "],
    );
}

#[test]
fn groups_are_listed_and_described_with_their_lag() {
    let site = Site::start();
    site.flow();
    let groups = site.json(&["groups", "list"]);
    let names: Vec<_> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["group"].clone())
        .collect();
    assert_eq!(names, ["processor-group", "sink-group"]);
    let group = site.json(&["groups", "describe", "processor-group"]);
    assert_eq!(
        (&group["group"], &group["lag"]),
        (&"processor-group".into(), &0.into())
    );
    let committed: i64 = group["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p["committed"].as_i64())
        .sum();
    assert_eq!(committed, 200);
    ends_with(
        0,
        &mut site.command(&["datagen", "all", "--records", "30", "--rate", "max"]),
    );
    assert_eq!(
        site.json(&["groups", "describe", "processor-group"])["lag"],
        30
    );
    says(
        &site.table(&["groups", "describe", "processor-group"]),
        &["processor-group: ", "lag 30", "COMMITTED"],
    );
}

#[test]
fn status_shows_lag_and_committed_lengths() {
    let site = Site::start();
    site.flow();
    let status = site.json(&["status"]);
    assert_eq!(status["cluster"]["brokers"], 1);
    let lags: Vec<_> = status["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["lag"].clone())
        .collect();
    assert_eq!(lags, [0, 0]);
    for file in status["output"]["files"].as_array().unwrap() {
        let path = site
            .dir
            .path()
            .join("out")
            .join(file["name"].as_str().unwrap());
        assert_eq!(
            file["committed_bytes"],
            std::fs::metadata(path).unwrap().len()
        );
    }
    assert_eq!(status["output"]["files"][0]["rows"], 100);
    says(
        &site.table(&["status"]),
        &[
            "processor-group",
            "sink-group",
            "COMMITTED BYTES",
            "dead_letters.csv",
        ],
    );
}

#[test]
fn datagen_tells_the_streams_in_their_order() {
    let site = Site::start();
    let said = site.table(&["datagen", "all", "--records", "11", "--rate", "max"]);
    let order: Vec<_> = said
        .lines()
        .filter_map(|line| line.trim().split_once(" -> "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(order, ["sensor", "activity"]);
    says(
        &said,
        &[
            "generated 11 records",
            "sensor -> sensor_data: 6",
            "activity -> user_activity: 5",
        ],
    );
}

#[test]
fn the_log_is_json_when_asked_for_to_the_last_line() {
    let site = Site::start();
    for (code, args) in [
        (
            0,
            &[
                "datagen",
                "all",
                "--records",
                "5",
                "--rate",
                "max",
                "--log-format",
                "json",
            ][..],
        ),
        (
            1,
            &["topics", "describe", "nothing", "--log-format", "json"],
        ),
    ] {
        let result = output(&mut site.command(args));
        assert_eq!(result.status.code(), Some(code));
        let said = text(&result.stderr);
        for line in said.lines() {
            serde_json::from_str::<Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        }
        assert!(
            code == 0 || said.contains("there is no topic `nothing`"),
            "{said}"
        );
    }
}

#[test]
fn quiet_is_silent_when_all_is_well() {
    let site = Site::start();
    let result =
        output(&mut site.command(&["datagen", "all", "--records", "5", "--rate", "max", "-q"]));
    assert!(
        result.status.success() && result.stderr.is_empty(),
        "{}",
        text(&result.stderr)
    );
}

#[test]
fn two_processors_that_stop_at_the_end_both_exit_and_together_did_everything() {
    let site = Site::start();
    ends_with(
        0,
        &mut site.command(&["datagen", "all", "--records", "20000", "--rate", "max"]),
    );
    let start = || {
        let mut command = site.command(&["process", "--stop-at-end", "-q"]);
        Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
    };
    let mut both = [start(), start()];
    for process in &mut both {
        assert_eq!(process.wait().code(), Some(0));
    }
    assert_eq!(
        site.json(&["groups", "describe", "processor-group"])["lag"],
        0
    );
    ends_with(0, &mut site.command(&["sink", "--stop-at-end"]));
    let all = Accounted::read(&site.dir.path().join("out"));
    all.assert_exactly_once();
    assert_eq!(all.rows, 20_000);
}

#[test]
fn completions_and_the_default_config_are_whole() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = ends_with(0, sluicebox().args(["completions", shell]));
        says(&said, &["sluicebox", "datagen", "bootstrap-servers"]);
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("default.toml");
    std::fs::write(&file, ends_with(0, sluicebox().args(["config", "default"]))).unwrap();
    let said = ends_with(0, sluicebox().args(["config", "check"]).arg(&file));
    says(&said, &["good; streams: sensor, activity"]);
}

//! `status` as a person at a terminal or a script has it, while the cluster comes and goes.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use sluicebox_kafka::{Admin, ClientOptions};
use support::{Broker, Running, Verbs, ends_with, output, says, text, until};

/// `status --watch 1` in a pipe, and all it has said.
struct Watching {
    process: Running,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Watching {
    fn start(verbs: &Verbs, args: &[&str]) -> Self {
        let mut command = verbs.verb(&["status", "--watch", "1"]);
        command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Running::start(&mut command);
        let mut stdout = process.0.stdout.take().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                heard.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { process, said }
    }

    fn said(&self) -> String {
        text(&self.said.lock().unwrap())
    }

    /// Waits for a screen that is shown from now on, and fits.
    fn shows(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let begin = self.said().len();
        let mut found = None;
        until(what, || {
            let ended = self.process.0.try_wait().unwrap();
            assert_eq!(ended, None, "{what}: it has ended: {}", self.said());
            let said = self.said();
            // The first of them may be cut, and the last one is not whole.
            let screens = said[begin..].split("COMMITTED BYTES").skip(1);
            found = screens.map(str::to_owned).find(|screen| fits(screen));
            found.is_some()
        });
        found.unwrap()
    }

    /// Ends it as Ctrl-C does, and gives what it said on stderr.
    fn interrupt(mut self) -> String {
        let began = Instant::now();
        self.process.signal("INT");
        self.process.wait();
        assert!(began.elapsed() < Duration::from_secs(1), "at once");
        text(&self.process.finished().stderr)
    }
}

fn flow(verbs: &Verbs) {
    verbs.datagen(200);
    verbs.drain("process");
    verbs.drain("sink");
}

#[test]
fn watching_goes_on_while_the_broker_is_away_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("broker");
    let mut broker = Broker::start(&data, "127.0.0.1:0");
    let address = broker.address.clone();
    let verbs = Verbs::new(&address, &dir.path().join("out"));
    flow(&verbs);
    let mut watching = Watching::start(&verbs, &[]);
    watching.shows("the groups", |screen| screen.contains("sink-group"));
    for _ in 0..2 {
        broker.process.kill_9();
        let told = format!("no answer from {address} since ");
        let screen = watching.shows("no answer", |screen| {
            screen.contains(&told) && screen.contains("GROUP ")
        });
        let line = screen.lines().find(|line| line.contains(&told)).unwrap();
        assert!(line.len() < 160, "{line}");
        says(&screen, &["cluster ", "sink-group", "groups as they were"]);
        broker = Broker::start(&data, &address);
        watching.shows("it is back", |screen| {
            screen.contains("sink-group") && !screen.contains("no answer")
        });
    }
    assert_eq!(watching.interrupt(), "");
    drop(broker);
    let mut once = verbs.verb(&["status", "--wait", "1s"]);
    assert_eq!(output(&mut once).status.code(), Some(1));
}

#[test]
fn watching_waits_for_the_first_answer_too_unless_told_how_long() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let verbs = Verbs::new(&address, &dir.path().join("out"));
    let watching = Watching::start(&verbs, &[]);
    let told = format!("no answer from {address} since ");
    until("it says so twice", || {
        watching.said().matches(&told).count() > 1
    });
    says(
        &watching.said(),
        &["Connection refused\n", "no files of ours"],
    );
    let _broker = Broker::start(&dir.path().join("broker"), &address);
    until("it answers", || watching.said().contains("1 broker(s)"));
    assert_eq!(watching.interrupt(), "");
    let elsewhere = Verbs::new("127.0.0.1:9", &dir.path().join("out"));
    let args = ["status", "--watch", "1", "--wait", "1s"];
    assert_eq!(output(&mut elsewhere.verb(&args)).status.code(), Some(1));
}

fn rows(frame: &Value) -> f64 {
    let files = frame["output"]["files"].as_array().unwrap();
    files.iter().filter_map(|file| file["rows"].as_f64()).sum()
}

#[test]
fn the_rate_of_the_sink_is_that_of_rows_and_markers_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let verbs = Verbs::new(&broker.address, &dir.path().join("out"));
    flow(&verbs);
    let args = ["datagen", "all", "--rate", "100", "--invalid-ratio", "0.1"];
    let _parts =
        [&args[..], &["process"], &["sink"]].map(|args| Running::start(&mut verbs.verb(args)));
    let mut watch = verbs.verb(&["status", "--watch", "1", "--json"]);
    let mut watch = Running::start(watch.stdout(Stdio::piped()));
    let frames = serde_json::Deserializer::from_reader(watch.0.stdout.take().unwrap());
    let mut before: Option<Value> = None;
    let mut moved = 0;
    for frame in frames.into_iter::<Value>() {
        let frame = frame.unwrap();
        let sink = &frame["groups"][1];
        assert!(sink["offsets_per_second"].is_null(), "{sink}");
        assert!(frame["groups"][0]["records_per_second"].is_null());
        assert!(frame["groups"][0]["offsets_per_second"].is_number());
        let rate = sink["records_per_second"].as_f64().unwrap();
        if let Some(before) = &before {
            // At least a second lies between two looks.
            let came = rows(&frame) - rows(before);
            assert!(rate <= came + 0.1, "{rate} a second, and {came} came");
            moved += u32::from(rate > 10.0);
        }
        if moved == 4 {
            break;
        }
        before = Some(frame);
    }
    watch.kill_9();
    assert_eq!(moved, 4);
}

fn json(verbs: &Verbs) -> Value {
    let result = output(verbs.verb(&["status", "--json"]).stdout(Stdio::piped()));
    assert!(result.status.success());
    serde_json::from_slice(&result.stdout).unwrap()
}

#[test]
fn files_of_a_topic_that_was_made_anew_are_shown_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let verbs = Verbs::new(&broker.address, &dir.path().join("out"));
    flow(&verbs);
    let mut watching = Watching::start(&verbs, &[]);
    watching.shows("the groups", |screen| screen.contains("sink-group"));
    let options = ClientOptions::new(&broker.address, "test");
    let admin = Admin::connect(&options, Duration::from_secs(5)).unwrap();
    admin.delete_topics(&["processed_data"]).unwrap();
    let told = watching.shows("it is away", |screen| screen.contains("no whole answer"));
    says(&told, &["describe a topic processed_data: Unknown topic"]);
    ends_with(0, &mut verbs.verb(&["topics", "create"]));
    let status = json(&verbs);
    let mismatch = status["output"]["mismatch"].as_str().unwrap();
    says(
        mismatch,
        &["The topic processed_data was deleted and made anew"],
    );
}

#[test]
fn files_of_another_cluster_are_shown_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let start = |name: &str| Broker::start(&dir.path().join(name), "127.0.0.1:0");
    let (first, second) = (start("first"), start("second"));
    let with = |broker: &Broker, out: &Path| Verbs::new(&broker.address, out);
    let out = dir.path().join("out");
    let own = with(&first, &out);
    flow(&own);
    let status = json(&own);
    assert!(status["output"]["mismatch"].is_null());
    assert!(status["cluster"]["no_answer"].is_null());
    let other = with(&second, &out);
    let mut command = other.verb(&["status"]);
    let said = ends_with(0, command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let warnings = said.lines().filter(|line| line.starts_with("warning: "));
    assert_eq!(warnings.count(), 1, "{said}");
    says(
        &said,
        &[
            "were written from the cluster `",
            "dead_letters.csv",
            "offsets/s",
        ],
    );
    let status = json(&other);
    let mismatch = status["output"]["mismatch"].as_str().unwrap();
    assert!(said.contains(mismatch), "{mismatch}");
    // The rows are not what this cluster's sink does.
    assert!(status["groups"][1]["records_per_second"].is_null());
}

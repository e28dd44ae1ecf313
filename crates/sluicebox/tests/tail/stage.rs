//! A broker with one topic, and `topics tail` on it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{Admin, ClientOptions, OutBatch, Producer, ProducerOptions};

use crate::support::{Broker, PATIENCE, Running, output, sluicebox, text};

pub(crate) const TOPIC: &str = "events";
/// 2026-11-27T10:00:00Z
pub(crate) const BEGAN_MS: i64 = 1_795_773_600_000;

pub(crate) type Headers<'a> = &'a [(&'a str, Option<&'a [u8]>)];

pub(crate) const PLAIN: Headers<'_> = &[];

pub(crate) struct Stage {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) broker: Broker,
    pub(crate) admin: Admin,
    client: ClientOptions,
}

impl Stage {
    pub(crate) fn new(partitions: i32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
        let client = ClientOptions::new(&broker.address, "test");
        let admin = Admin::connect(&client, PATIENCE).unwrap();
        let stage = Self {
            dir,
            broker,
            admin,
            client,
        };
        stage.create(partitions);
        stage
    }

    pub(crate) fn create(&self, partitions: i32) {
        let topic = NewTopic {
            name: TOPIC.to_owned(),
            partitions,
            replication_factor: 1,
            configs: Vec::new(),
        };
        self.admin.create_topics(&[topic]).unwrap();
    }

    /// Sends what `fill` puts into the batch.
    pub(crate) fn send(&self, fill: impl FnOnce(&mut OutBatch)) {
        let options = ProducerOptions::new(vec![TOPIC.to_owned()]);
        let mut producer = Producer::connect(&self.client, options).unwrap();
        let mut batch = OutBatch::new();
        fill(&mut batch);
        let mut sent = 0;
        while sent < batch.len() {
            sent += producer.send(0, &batch, sent).unwrap();
            producer.poll(Duration::from_millis(1));
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// One a second, `v0` with the key `k0` first.
    pub(crate) fn send_numbered(&self, numbers: std::ops::Range<i64>) {
        self.send(|batch| {
            for number in numbers {
                let (key, value) = (format!("k{number}"), format!("v{number}"));
                let at = BEGAN_MS + number * 1_000;
                batch.push_at(
                    Some(key.as_bytes()),
                    Some(value.as_bytes()),
                    PLAIN,
                    Some(at),
                );
            }
        });
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = sluicebox();
        command
            .args(["topics", "tail", TOPIC])
            .args(words)
            .args(["--bootstrap-servers", &self.broker.address])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What it prints until the end of the topic.
    pub(crate) fn says(&self, words: &[&str]) -> String {
        let result = output(self.command(words).arg("--no-follow"));
        let complaints = text(&result.stderr);
        assert!(result.status.success(), "{words:?}: {complaints}");
        let said = text(&result.stdout);
        if said.is_empty() {
            let nothing = ["none fits", "does not fit", "there are no records"];
            assert!(
                nothing.iter().any(|nothing| complaints.contains(nothing)),
                "{words:?}: {complaints}"
            );
        } else if !complaints.contains(" looked at, ") {
            assert_eq!(complaints, "", "nothing else on stderr in a pipe");
        }
        said
    }

    /// The same as JSON.
    pub(crate) fn found(&self, words: &[&str]) -> Vec<Value> {
        let said = self.says(&[words, &["--json"]].concat());
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The values that are found, sorted.
    pub(crate) fn values(&self, words: &[&str]) -> Vec<String> {
        let found = self.found(words);
        let mut values: Vec<_> = found
            .iter()
            .map(|record| record["value"].as_str().unwrap_or("null").to_owned())
            .collect();
        values.sort();
        values
    }

    pub(crate) fn tail(&self, words: &[&str]) -> Tail {
        Tail::start(&mut self.command(words))
    }
}

/// A text that no compression makes much smaller: what is read ahead is counted as it is sent.
pub(crate) fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
    let letter = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 58) as usize]
    };
    (0..bytes).map(letter).collect()
}

/// One that follows.
pub(crate) struct Tail {
    pub(crate) process: Running,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Tail {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = Running::start(command);
        let stdout = lines(process.0.stdout.take().unwrap());
        let stderr = lines(process.0.stderr.take().unwrap());
        Self {
            process,
            stdout,
            stderr,
        }
    }

    pub(crate) fn line(&self) -> String {
        let line = self.stdout.recv_timeout(PATIENCE);
        line.unwrap_or_else(|error| {
            let complaints: Vec<_> = self.stderr.try_iter().collect();
            panic!("no line: {error}: {complaints:#?}")
        })
    }

    pub(crate) fn complaint(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).expect("a complaint")
    }

    /// What was still there to be read when it had ended well.
    pub(crate) fn ends(self) -> (Vec<String>, Vec<String>) {
        self.ends_with(0)
    }

    /// The same when it had ended with this exit code.
    pub(crate) fn ends_with(mut self, code: i32) -> (Vec<String>, Vec<String>) {
        let ended = self.process.wait().code();
        let said = (self.stdout.iter().collect(), self.stderr.iter().collect());
        assert_eq!(ended, Some(code), "{said:?}");
        said
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    receiver
}

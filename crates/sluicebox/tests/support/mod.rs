//! The program as its users have it: started as a process, looked at from outside.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest time a test waits for something that should happen.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub fn sluicebox() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluicebox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SLUICEBOX_")) {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

pub fn output(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command said that ended with this exit code: stdout and stderr.
pub fn ends_with(code: i32, command: &mut Command) -> String {
    let result = output(command);
    let said = text(&result.stdout) + &text(&result.stderr);
    assert_eq!(result.status.code(), Some(code), "{said}");
    said
}

/// All sentences are in the text.
pub fn says(said: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(said.contains(sentence), "`{sentence}` is not in:\n{said}");
    }
}

/// Every file below a directory with its content.
pub fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// A running process that does not outlive the test.
pub struct Running(pub Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the program starts"))
    }

    pub fn kill_9(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// What it said by the time it ended by itself.
    pub fn finished(mut self) -> Output {
        let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                if let Some(mut pipe) = pipe {
                    pipe.read_to_end(&mut bytes).unwrap();
                }
                bytes
            })
        };
        let stdout = read(self.0.stdout.take().map(|pipe| Box::new(pipe) as _));
        let stderr = read(self.0.stderr.take().map(|pipe| Box::new(pipe) as _));
        let status = self.wait();
        Output {
            status,
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
        }
    }

    pub fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the process did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// `sluicebox broker` on a free port.
pub struct Broker {
    pub process: Running,
    pub address: String,
}

impl Broker {
    pub fn start(data_dir: &Path, listen: &str) -> Self {
        let mut process = Running::start(
            sluicebox()
                .args(["broker", "--listen", listen, "-q", "--data-dir"])
                .arg(data_dir)
                .stdout(Stdio::piped()),
        );
        let mut line = String::new();
        let stdout = process.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .expect("the address")
            .to_owned();
        Self { process, address }
    }
}

/// The verbs in processes of their own, on one cluster and one output directory.
pub struct Verbs {
    bootstrap: String,
    pub out: PathBuf,
}

impl Verbs {
    pub fn new(bootstrap: &str, out: &Path) -> Self {
        let (bootstrap, out) = (bootstrap.to_owned(), out.to_owned());
        Self { bootstrap, out }
    }

    pub fn verb(&self, args: &[&str]) -> Command {
        let mut command = sluicebox();
        command
            .args(args)
            .args(["--bootstrap-servers", &self.bootstrap, "--output-dir"])
            .arg(&self.out)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub fn datagen(&self, records: u32) {
        let records = records.to_string();
        let args = [
            "datagen",
            "all",
            "--rate",
            "max",
            "--invalid-ratio",
            "0.02",
            "--records",
            &records,
        ];
        let result = output(self.verb(&args).stderr(Stdio::piped()));
        assert!(result.status.success(), "{}", text(&result.stderr));
    }

    pub fn drain(&self, verb: &str) {
        let result = output(self.verb(&[verb, "--stop-at-end"]).stderr(Stdio::piped()));
        assert!(result.status.success(), "{verb}: {}", text(&result.stderr));
    }

    /// Waits until a sink waits for another one to end.
    pub fn wait_for_standby(&self) {
        until("a sink stands by", || {
            let status = output(self.verb(&["status"]).stdout(Stdio::piped()));
            text(&status.stdout).contains("standby: ")
        });
    }

    /// Lines of the files, headers among them. The last ones may be half there while a sink writes.
    pub fn lines(&self) -> u64 {
        let files = [
            "processed_data_sensor.csv",
            "processed_data_activity.csv",
            "dead_letters.csv",
        ];
        let lines = |name| {
            std::fs::read_to_string(self.out.join(name)).map_or(0, |text| text.lines().count())
        };
        files.into_iter().map(lines).sum::<usize>() as u64
    }

    pub fn accounted(&self) -> Accounted {
        Accounted::read(&self.out)
    }
}

/// Waits until `done` says so.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// What the output directory accounts for: how often each (topic, partition, offset) is there.
#[derive(Debug, Default)]
pub struct Accounted {
    pub rows: u64,
    pub letters: u64,
    pub seen: BTreeMap<(String, i32, i64), u32>,
}

impl Accounted {
    pub fn read(dir: &Path) -> Self {
        let mut all = Self::default();
        for (file, topic) in [
            ("processed_data_sensor.csv", "sensor_data"),
            ("processed_data_activity.csv", "user_activity"),
        ] {
            all.read_rows(&dir.join(file), topic);
        }
        all.read_letters(&dir.join("dead_letters.csv"));
        all
    }

    fn read_rows(&mut self, path: &Path, topic: &str) {
        for (record, columns) in records(path) {
            let (partition, offset) = (columns["source_partition"], columns["source_offset"]);
            let key = (
                topic.to_owned(),
                record[partition].parse().unwrap(),
                record[offset].parse().unwrap(),
            );
            *self.seen.entry(key).or_default() += 1;
            self.rows += 1;
        }
    }

    fn read_letters(&mut self, path: &Path) {
        for (record, columns) in records(path) {
            let field = |name: &str| record[columns[name]].to_owned();
            let key = (
                field("source_topic"),
                field("source_partition").parse().unwrap(),
                field("source_offset").parse().unwrap(),
            );
            *self.seen.entry(key).or_default() += 1;
            self.letters += 1;
        }
    }

    /// Each source record once, and none between the first and the last of a partition missing.
    pub fn assert_exactly_once(&self) {
        for (record, times) in &self.seen {
            assert_eq!(*times, 1, "{record:?} is there {times} times");
        }
        let mut next: BTreeMap<(&str, i32), i64> = BTreeMap::new();
        for (topic, partition, offset) in self.seen.keys() {
            let expected = next.entry((topic, *partition)).or_insert(0);
            assert_eq!(
                *offset, *expected,
                "{topic}/{partition}: offset {expected} is missing"
            );
            *expected += 1;
        }
    }
}

type Columns = BTreeMap<String, usize>;

/// The records of a CSV file with the places of its columns; an absent file has none. Also checks
/// that the header stands once.
pub fn records(path: &Path) -> Vec<(csv::StringRecord, Columns)> {
    if !path.exists() {
        return Vec::new();
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_path(path)
        .unwrap();
    let header = reader.headers().unwrap().clone();
    let columns: Columns = header
        .iter()
        .enumerate()
        .map(|(place, name)| (name.to_owned(), place))
        .collect();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            assert_ne!(record, header, "the header is there twice");
            (record, columns.clone())
        })
        .collect()
}

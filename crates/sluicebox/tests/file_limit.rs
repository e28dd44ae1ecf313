//! A limit for the size of a file (`RLIMIT_FSIZE`) is a full disk: waited out, and told with what to raise.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Accounted, Broker, Running, Verbs, output, text, until};

/// Blocks of 512 bytes, as `ulimit -f` counts them.
const BLOCKS: u32 = 400;
const RECORDS: u32 = 20_000;

/// The command under the limit, which can be raised while it runs.
fn limited(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit -S -f {BLOCKS}; exec \"$@\"");
    shell.args(["-c", &script, "sh"]).arg(command.get_program());
    shell.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    shell
}

/// Waits until a line with this text is on stderr; what comes after it is thrown away.
fn says(running: &mut Running, wanted: &str) -> String {
    let stderr = running.0.stderr.take().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines() {
            let _ = sender.send(line.unwrap());
        }
    });
    let mut before = String::new();
    loop {
        let line = receiver.recv_timeout(support::PATIENCE);
        let line = line.unwrap_or_else(|error| panic!("{wanted}: {error} after\n{before}"));
        if line.contains(wanted) {
            return line;
        }
        before += &(line + "\n");
    }
}

fn raise(running: &Running) {
    let pid = running.0.id().to_string();
    let raised = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited"])
        .status();
    assert!(raised.expect("prlimit, of util-linux").success());
}

fn rows(dir: &Path) -> u64 {
    let all = Accounted::read(dir);
    all.rows + all.letters
}

#[test]
fn a_sink_waits_at_the_limit_and_goes_on_when_it_is_raised() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let verbs = Verbs::new(&broker.address, &dir.path().join("out"));
    verbs.datagen(RECORDS);
    verbs.drain("process");
    let mut sink = Running::start(&mut limited(&verbs.verb(&["sink", "--stop-at-end"])));
    let line = says(&mut sink, "the disk is full");
    assert!(
        line.contains("File too large") && line.contains("RLIMIT_FSIZE"),
        "{line}"
    );
    assert!(sink.0.try_wait().unwrap().is_none(), "it waits");
    raise(&sink);
    assert!(sink.wait().success());
    verbs.accounted().assert_exactly_once();
    assert_eq!(rows(&verbs.out), u64::from(RECORDS));
}

#[test]
fn a_broker_at_the_limit_refuses_and_goes_on_when_it_is_raised() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("broker");
    let mut command = support::sluicebox();
    command
        .args(["broker", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data);
    let mut broker = Running::start(limited(&command).stdout(Stdio::piped()));
    let mut line = String::new();
    BufReader::new(broker.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    let verbs = Verbs::new(&address, &dir.path().join("out"));
    let records = (RECORDS * 10).to_string();
    let words = ["datagen", "all", "--rate", "max", "--records", &records];
    let mut datagen = Running::start(verbs.verb(&words).stderr(Stdio::piped()));
    let line = says(&mut broker, "File too large");
    assert!(line.contains("RLIMIT_FSIZE"), "{line}");
    assert!(broker.0.try_wait().unwrap().is_none(), "it lives");
    raise(&broker);
    let mut ended = None;
    until("all are acknowledged", || {
        ended = datagen.0.try_wait().unwrap();
        ended.is_some()
    });
    assert!(ended.unwrap().success());
    let described = output(&mut {
        let mut command = verbs.verb(&["topics", "describe", "sensor_data", "--json"]);
        command.stdout(Stdio::piped());
        command
    });
    let described: serde_json::Value = serde_json::from_str(&text(&described.stdout)).unwrap();
    let partitions = described["partitions"].as_array().unwrap();
    let ends = partitions
        .iter()
        .map(|it| it["high_watermark"].as_i64().unwrap());
    assert_eq!(ends.sum::<i64>(), i64::from(RECORDS) * 10 / 2);
}

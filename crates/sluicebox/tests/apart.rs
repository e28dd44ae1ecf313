//! The verbs apart, in processes of their own, over `sluicebox broker`: killed and started again.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::path::Path;
use std::process::Stdio;

use support::{Broker, Running, Verbs, ends_with, output, text, until};

struct Set {
    broker: Broker,
    verbs: Verbs,
}

impl Set {
    fn start(dir: &Path, listen: &str) -> Self {
        let broker = Broker::start(&dir.join("broker"), listen);
        let verbs = Verbs::new(&broker.address, &dir.join("out"));
        Self { broker, verbs }
    }
}

#[test]
fn killed_processors_and_sinks_lose_nothing_and_repeat_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::start(dir.path(), "127.0.0.1:0");
    let mut made = 0;
    for round in 0..5u64 {
        let mut processors = [
            Running::start(&mut set.verbs.verb(&["process"])),
            Running::start(&mut set.verbs.verb(&["process", "--instances", "2"])),
        ];
        let mut sink = Running::start(&mut set.verbs.verb(&["sink"]));
        let before = set.verbs.lines();
        set.verbs.datagen(8_000);
        made += 8_000;
        // At the start, in the middle of it, and towards the end.
        until("the files are so far", || {
            set.verbs.lines() >= before + 1_900 * round
        });
        processors[0].kill_9();
        sink.kill_9();
    }
    set.verbs.drain("process");
    set.verbs.drain("sink");
    let all = set.verbs.accounted();
    all.assert_exactly_once();
    assert_eq!(all.rows + all.letters, made);
}

#[test]
fn a_killed_broker_comes_back_with_everything_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("broker");
    let mut set = Set::start(dir.path(), "127.0.0.1:0");
    let address = set.broker.address.clone();
    let processor = Running::start(&mut set.verbs.verb(&["process"]));
    let sink = Running::start(&mut set.verbs.verb(&["sink"]));
    let mut made = 0;
    for _ in 0..3 {
        set.verbs.datagen(5_000);
        made += 5_000;
        set.broker.process.kill_9();
        set.broker = Broker::start(&data, &address);
    }
    until("all is in the files", || set.verbs.lines() >= made + 3);
    drop((processor, sink));
    set.verbs.drain("process");
    set.verbs.drain("sink");
    let all = set.verbs.accounted();
    all.assert_exactly_once();
    assert_eq!(all.rows + all.letters, made);
}

#[test]
fn a_second_sink_stands_by_and_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::start(dir.path(), "127.0.0.1:0");
    let _processor = Running::start(&mut set.verbs.verb(&["process"]));
    let mut first = Running::start(&mut set.verbs.verb(&["sink"]));
    set.verbs.datagen(1_000);
    until("the first sink writes", || {
        dir.path().join("out/processed_data_sensor.csv").exists()
    });
    let second = Running::start(&mut set.verbs.verb(&["sink"]));
    set.verbs.wait_for_standby();
    first.kill_9();
    set.verbs.datagen(1_000);
    until("the second sink writes", || set.verbs.lines() >= 2_003);
    drop(second);
    set.verbs.accounted().assert_exactly_once();
}

#[test]
fn a_sink_whose_lock_file_was_removed_says_so_and_no_row_is_lost_or_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::start(dir.path(), "127.0.0.1:0");
    let _processor = Running::start(&mut set.verbs.verb(&["process"]));
    let start = || {
        let mut command = set.verbs.verb(&["sink", "-q"]);
        Running::start(command.stderr(std::process::Stdio::piped()))
    };
    let mut first = start();
    set.verbs.datagen(500);
    until("the first sink writes", || {
        dir.path().join("out/processed_data_sensor.csv").exists()
    });
    std::fs::remove_file(dir.path().join("out/lock.sluicebox")).unwrap();
    let second = start();
    until("the first sink notices", || {
        set.verbs.datagen(100);
        first.0.try_wait().unwrap().is_some()
    });
    let result = first.finished();
    let said = support::text(&result.stderr);
    assert_eq!(result.status.code(), Some(1), "{said}");
    support::says(
        &said,
        &[
            "lock.sluicebox was removed while this sink ran",
            "let one sink run on the directory",
        ],
    );
    assert!(!said.contains("back from a copy and"), "{said}");
    drop(second);
    set.verbs.drain("process");
    // Those that were killed are members until their sessions end.
    until("one sink has the directory for itself", || {
        let mut sink = set.verbs.verb(&["sink", "--stop-at-end"]);
        support::output(&mut sink).status.success()
    });
    set.verbs.accounted().assert_exactly_once();
}

#[test]
fn however_often_the_broker_dies_processor_and_sink_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("broker");
    let mut set = Set::start(dir.path(), "127.0.0.1:0");
    let address = set.broker.address.clone();
    let mut processor = Running::start(&mut set.verbs.verb(&["process"]));
    let mut sink = Running::start(&mut set.verbs.verb(&["sink"]));
    for round in 0..8u64 {
        set.verbs.datagen(500);
        set.broker.process.kill_9();
        // It is away for so long: nothing tells when clients have noticed.
        std::thread::sleep(std::time::Duration::from_millis(400 * (round % 3)));
        set.broker = Broker::start(&data, &address);
    }
    set.verbs.datagen(500);
    until("all is in the files", || {
        let all = set.verbs.accounted();
        all.rows + all.letters >= 9 * 500
    });
    for process in [&mut processor, &mut sink] {
        assert!(process.0.try_wait().unwrap().is_none(), "it has ended");
        process.signal("TERM");
        assert_eq!(process.wait().code(), Some(0));
    }
    set.verbs.accounted().assert_exactly_once();
}

#[test]
fn two_processors_of_a_group_can_be_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::start(dir.path(), "127.0.0.1:0");
    let _processors = [
        Running::start(&mut set.verbs.verb(&["process"])),
        Running::start(&mut set.verbs.verb(&["process"])),
    ];
    let describe = || {
        let group = ["groups", "describe", "processor-group", "--json"];
        let mut command = support::sluicebox();
        command.args(group);
        command.args(["--bootstrap-servers", &set.broker.address]);
        let output = support::output(&mut command);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap_or_default()
    };
    until("both have partitions", || {
        let members = describe()["members"].as_array().cloned();
        members.is_some_and(|members| members.len() == 2)
    });
    let group = describe();
    let name = |index: usize| group["members"][index]["client_id"].clone();
    assert_ne!(name(0), name(1), "{group}");
}

#[test]
fn datagen_of_one_stream_has_to_do_with_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::start(dir.path(), "127.0.0.1:0");
    ends_with(
        0,
        &mut set.verbs.verb(&["datagen", "sensor", "--records", "10"]),
    );
    let mut list = set.verbs.verb(&["topics", "list", "--json"]);
    let topics = text(&output(list.stdout(Stdio::piped())).stdout);
    assert!(
        topics.contains("sensor_data") && !topics.contains("user_activity"),
        "{topics}"
    );
}

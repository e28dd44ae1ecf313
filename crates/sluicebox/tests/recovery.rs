//! How long it takes until rows flow again after a fault, over a real Kafka of three brokers with
//! Kafka's own timers. Needs Java 17 and Maven: runs only when `SLUICEBOX_REAL_KAFKA=1`, and prints
//! a table.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

#[path = "recovery/flow.rs"]
mod flow;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flow::{Flow, now};
use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::real_kafka::{KafkaCluster, KafkaOptions};
use support::{Running, Verbs};

/// After a fault has ended or the instance has returned.
const RETURNED: Duration = Duration::from_secs(15);
/// Session, transaction timeout and 10 s, when an instance does not return.
const GONE: Duration = Duration::from_secs(6 + 12 + 10);
/// How long a broker is stopped for.
const PAUSED: Duration = Duration::from_secs(20);

/// A cluster, a stream of records, and the parts of the pipeline.
struct Scene {
    cluster: KafkaCluster,
    dir: tempfile::TempDir,
    verbs: Verbs,
    flow: Flow,
    table: Vec<(&'static str, Duration, Duration)>,
    _datagen: Running,
}

impl Scene {
    fn start() -> Self {
        let mut options = KafkaOptions::nodes(3);
        for (name, value) in [
            ("broker.session.timeout.ms", "9000"),
            ("broker.heartbeat.interval.ms", "2000"),
            (
                "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                "10000",
            ),
        ] {
            options = options.with(name, value);
        }
        let cluster = KafkaCluster::start(&options).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let verbs = Verbs::new(cluster.bootstrap_servers(), &out);
        let datagen = verbs.verb(&["datagen", "all", "--rate", "400", "--keys", "200"]);
        let datagen = Running::start(&mut said(datagen, &dir.path().join("datagen.log")));
        Self {
            cluster,
            flow: Flow::new(&out),
            verbs,
            dir,
            table: Vec::new(),
            _datagen: datagen,
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        match std::env::var_os("SLUICEBOX_RECOVERY_LOGS") {
            Some(dir) => Path::new(&dir).join(format!("{name}.log")),
            None => self.dir.path().join(format!("{name}.log")),
        }
    }

    fn processor(&self, name: &str) -> Running {
        let state = self.dir.path().join(name).display().to_string();
        let command = self.verbs.verb(&["process", "--state-dir", &state]);
        Running::start(&mut said(command, &self.log(name)))
    }

    fn sink(&self, name: &str) -> Running {
        Running::start(&mut said(self.verbs.verb(&["sink"]), &self.log(name)))
    }

    /// Waits until every partition has rows of events that happened after this moment.
    fn measure(&mut self, fault: &'static str, promise: Duration) {
        let began = now();
        let took = self.flow.all_after(began, Duration::from_mins(3));
        println!("{fault:<58} {:>6.1} s", took.as_secs_f64());
        self.table.push((fault, took, promise));
    }

    /// The fault of a whole cluster ends when groups have coordinators again: Java nodes that start at
    /// the same time on few cores take a while from "started" to there.
    fn wait_for_coordinators(&self) {
        support::until("the coordinators are back", || {
            let mut status = self.verbs.verb(&["status", "--wait", "2s"]);
            status.status().is_ok_and(|status| status.success())
        });
    }

    /// Lets everything run undisturbed, so that faults do not add up.
    fn rest(&mut self) {
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            self.flow.all_after(now(), Duration::from_mins(3));
        }
    }
}

fn said(mut command: std::process::Command, log: &Path) -> std::process::Command {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log);
    command.stderr(file.unwrap());
    command
}

#[test]
fn rows_flow_again_in_time_after_each_fault() {
    if !asked_for("SLUICEBOX_REAL_KAFKA", "recovery over a real Kafka cluster") {
        return;
    }
    let mut scene = Scene::start();
    let mut first = scene.processor("first");
    let mut sink = scene.sink("sink");
    scene.measure("everything is started", Duration::from_mins(1));

    first.kill_9();
    first = scene.processor("first");
    scene.measure("the only processor is killed and started again", RETURNED);
    scene.rest();

    let second = scene.processor("second");
    scene.measure("a second processor joins", RETURNED);
    scene.rest();
    first.kill_9();
    scene.measure("one of two processors is killed, and does not return", GONE);
    scene.rest();
    first = scene.processor("first");
    scene.measure("it returns later", RETURNED);
    scene.rest();

    sink.kill_9();
    sink = scene.sink("sink");
    scene.measure("the sink is killed and started again", RETURNED);
    scene.rest();
    let standby = scene.sink("standby");
    scene.verbs.wait_for_standby();
    sink.kill_9();
    scene.measure("the sink is killed, a standby takes over", RETURNED);
    scene.rest();

    for node in 0..3 {
        scene.cluster.kill_node(node).unwrap();
        scene.measure("one broker is killed, and does not return", GONE);
        scene.rest();
        scene.cluster.start_node(node).unwrap();
        scene.measure("it returns", RETURNED);
        scene.rest();
    }
    for node in 0..3 {
        scene.cluster.pause_node(node).unwrap();
        std::thread::sleep(PAUSED);
        scene.cluster.resume_node(node).unwrap();
        scene.measure("one broker hangs for 20 s", RETURNED);
        scene.rest();
    }
    scene.cluster.kill_all().unwrap();
    std::thread::sleep(Duration::from_secs(20));
    scene.cluster.start_all().unwrap();
    scene.wait_for_coordinators();
    scene.measure("all three brokers are killed; back after 20 s", RETURNED);
    scene.rest();

    drop((first, second, standby));
    let late = scene
        .table
        .iter()
        .filter(|(_, took, promise)| took > promise);
    let late: Vec<_> = late.collect();
    scene.verbs.accounted().assert_exactly_once();
    assert!(late.is_empty(), "{late:?}");
}

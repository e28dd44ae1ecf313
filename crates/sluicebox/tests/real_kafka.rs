//! The program over a real Apache Kafka of three brokers. Needs Java 17 and Maven: runs only when
//! `SLUICEBOX_REAL_KAFKA=1`.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::time::Duration;

use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::real_kafka::{KafkaCluster, KafkaOptions};
use support::{Running, Verbs};

const RECORDS_A_ROUND: u32 = 10_000;

#[test]
fn killed_processors_sinks_and_a_broker_lose_nothing_and_repeat_nothing() {
    if !asked_for(
        "SLUICEBOX_REAL_KAFKA",
        "the program over a real Kafka cluster",
    ) {
        return;
    }
    let mut cluster = KafkaCluster::start(&KafkaOptions::nodes(3)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let verbs = Verbs::new(cluster.bootstrap_servers(), dir.path());
    let mut made = 0;
    for round in 0..4u64 {
        let mut processors = [
            Running::start(&mut verbs.verb(&["process"])),
            Running::start(&mut verbs.verb(&["process", "--instances", "2"])),
        ];
        let mut sink = Running::start(&mut verbs.verb(&["sink"]));
        verbs.datagen(RECORDS_A_ROUND);
        made += u64::from(RECORDS_A_ROUND);
        std::thread::sleep(Duration::from_millis(400 * round));
        if round == 2 {
            cluster.kill_node(1).unwrap();
        }
        processors[0].kill_9();
        sink.kill_9();
        drop(processors);
        if round == 2 {
            cluster.start_node(1).unwrap();
        }
    }
    verbs.drain("process");
    verbs.drain("sink");
    let all = verbs.accounted();
    all.assert_exactly_once();
    assert_eq!(all.rows + all.letters, made);
}

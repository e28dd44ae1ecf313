//! The conformance suite over a real Apache Kafka of three nodes: what the embedded broker is
//! measured by. Needs Java 17 and Maven: runs only when `SLUICEBOX_REAL_KAFKA=1`.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sluicebox_conformance::cluster::Cluster;
use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::real_kafka::{KafkaOptions, RealCluster};
use sluicebox_conformance::stage::{Stage, Use};
use sluicebox_conformance::{every_behaviour, suite};

static STAGE: Stage = Stage::new();

fn start() -> Box<dyn Cluster> {
    Box::new(RealCluster::start(&KafkaOptions::nodes(3)))
}

macro_rules! behaviour {
    ($use:ident, $module:ident, $name:ident) => {
        #[test]
        fn $name() {
            if asked_for(
                "SLUICEBOX_REAL_KAFKA",
                "the suite over a real Kafka cluster",
            ) {
                STAGE.run(start, Use::$use, suite::$module::$name);
            }
        }
    };
}

every_behaviour!(behaviour);
behaviour!(Restarts, nodes, a_killed_node_loses_and_doubles_nothing);

/// Nothing of a cluster outlives the process that started it, not even after SIGKILL.
#[test]
fn a_cluster_goes_with_the_process_that_started_it() {
    if !asked_for(
        "SLUICEBOX_REAL_KAFKA",
        "the suite over a real Kafka cluster",
    ) {
        return;
    }
    let mut owner = Command::new(env!("CARGO_BIN_EXE_kafka-cluster"))
        .args(["--nodes", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(owner.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    TcpStream::connect(address.trim()).expect("the cluster runs");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address.trim()).is_ok() {
        assert!(
            Instant::now() < deadline,
            "the cluster still answers at {address}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

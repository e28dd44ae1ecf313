//! The client's promises, kept against a real Apache Kafka of three nodes. Needs Java 17 and Maven: runs only
//! when `SLUICEBOX_REAL_KAFKA=1`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod suite;

use sluicebox_conformance::cluster::Cluster;
use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::real_kafka::{KafkaOptions, RealCluster};
use sluicebox_conformance::stage::{Stage, Use};

static STAGE: Stage = Stage::new();

fn start() -> Box<dyn Cluster> {
    Box::new(RealCluster::start(&KafkaOptions::nodes(3)))
}

macro_rules! on_real_kafka {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                if asked_for("SLUICEBOX_REAL_KAFKA", "the client over a real Kafka cluster") {
                    STAGE.run(start, Use::Shares, |cluster| {
                        suite::$module::$name(cluster.bootstrap_servers());
                    });
                }
            }
        )*
    };
}

suite::every_promise!(on_real_kafka);
// The embedded broker has the classic protocol only.
on_real_kafka!(groups::the_consumer_protocol_works_the_same);

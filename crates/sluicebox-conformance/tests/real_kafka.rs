//! The conformance suite over a real Apache Kafka of three nodes: what the embedded broker is
//! measured by. Needs Java 17 and Maven: runs only when `SLUICEBOX_REAL_KAFKA=1`.

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

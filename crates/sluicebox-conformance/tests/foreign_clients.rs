//! Clients that are not ours, over the embedded broker and over a real Apache Kafka.
//!
//! Need kcat, a Python with `foreign/requirements.txt` (named by `SLUICEBOX_PYTHON`), Java and Maven:
//! run only when `SLUICEBOX_FOREIGN_CLIENTS=1`.

use sluicebox_conformance::cluster::Cluster;
use sluicebox_conformance::foreign::{java, kcat, python};
use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::stage::{Stage, Use};

fn run(stage: &Stage, start: fn() -> Box<dyn Cluster>, behaviour: fn(&dyn Cluster)) {
    if asked_for(
        "SLUICEBOX_FOREIGN_CLIENTS",
        "tests with kcat, kafka-python and Java",
    ) {
        stage.run(start, Use::Shares, behaviour);
    }
}

macro_rules! foreign_client_tests {
    () => {
        use super::*;

        #[test]
        fn kcat_writes_every_codec_and_reads_it_back() {
            run(&STAGE, start, kcat::writes_every_codec_and_reads_it_back);
        }

        #[test]
        fn kcat_lists_the_cluster_and_its_offsets() {
            run(&STAGE, start, kcat::lists_the_cluster_and_its_offsets);
        }

        #[test]
        fn python_produces_and_consumes_in_a_group() {
            run(&STAGE, start, python::produces_and_consumes_in_a_group);
        }

        #[test]
        fn python_runs_transactions() {
            run(&STAGE, start, python::runs_transactions);
        }

        #[test]
        fn java_produces_and_consumes_in_a_group() {
            run(&STAGE, start, java::produces_and_consumes_in_a_group);
        }

        #[test]
        fn java_copies_in_transactions_exactly_once() {
            run(&STAGE, start, java::copies_in_transactions_exactly_once);
        }
    };
}

mod embedded_broker {
    use std::path::Path;

    use sluicebox_conformance::embedded::EmbeddedCluster;

    static STAGE: Stage = Stage::new();

    fn start() -> Box<dyn Cluster> {
        Box::new(EmbeddedCluster::start(Path::new(env!(
            "CARGO_BIN_EXE_embedded-broker"
        ))))
    }

    foreign_client_tests!();
}

mod real_kafka {
    use sluicebox_conformance::real_kafka::{KafkaOptions, RealCluster};

    static STAGE: Stage = Stage::new();

    fn start() -> Box<dyn Cluster> {
        Box::new(RealCluster::start(&KafkaOptions::nodes(1)))
    }

    foreign_client_tests!();
}

//! The conformance suite over the embedded broker, in a process of its own that is killed and
//! restarted. Needs nothing but Rust.

use std::path::Path;

use sluicebox_conformance::cluster::Cluster;
use sluicebox_conformance::embedded::EmbeddedCluster;
use sluicebox_conformance::stage::{Stage, Use};
use sluicebox_conformance::{every_behaviour, suite};

static STAGE: Stage = Stage::new();

fn start() -> Box<dyn Cluster> {
    Box::new(EmbeddedCluster::start(Path::new(env!(
        "CARGO_BIN_EXE_embedded-broker"
    ))))
}

macro_rules! behaviour {
    ($use:ident, $module:ident, $name:ident) => {
        #[test]
        fn $name() {
            STAGE.run(start, Use::$use, suite::$module::$name);
        }
    };
}

every_behaviour!(behaviour);

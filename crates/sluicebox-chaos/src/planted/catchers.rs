//! Who is to catch which planted bug.

use sluicebox_faults::planted::Bug;

/// Something that fails when the bug is there, and passes when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catcher {
    /// An attack, with so many rounds.
    Attack {
        /// Its name.
        name: &'static str,
        /// Rounds at most.
        rounds: u64,
        /// `embedded` or `kafka`.
        cluster: &'static str,
    },
    /// Tests, built with the feature `faults`.
    Test {
        /// The package that they are in.
        package: &'static str,
        /// Which tests of the workspace, as `cargo test` takes it.
        arguments: &'static [&'static str],
    },
}

/// Crash, error and delay everywhere, and the ledger.
const FAILPOINTS: Catcher = Catcher::Attack {
    name: "failpoints",
    rounds: 80,
    cluster: "embedded",
};
/// Processors that sleep in the middle of a transaction while others take over.
const ZOMBIES: Catcher = Catcher::Attack {
    name: "zombies",
    rounds: 20,
    cluster: "embedded",
};
/// Two transactions of a processor, the first one held up.
const LANES: Catcher = Catcher::Attack {
    name: "lanes",
    rounds: 40,
    cluster: "embedded",
};
/// Requests that come late, over a real cluster.
const DELAYED: Catcher = Catcher::Attack {
    name: "delayed-end-txn-processes",
    rounds: 40,
    cluster: "kafka",
};
/// Power lost at every operation of the sink.
const SINK_POWER: Catcher = Catcher::Test {
    package: "sluicebox-sink",
    arguments: &["--test", "power_loss"],
};
const SINK_FAILURES: Catcher = Catcher::Test {
    package: "sluicebox-sink",
    arguments: &["--test", "crashes"],
};
const SINK_ROWS: Catcher = Catcher::Test {
    package: "sluicebox-sink",
    arguments: &["--test", "rows"],
};
const SINK_STORAGE: Catcher = Catcher::Test {
    package: "sluicebox-sink",
    arguments: &["--test", "storage"],
};
const STOPPING: Catcher = Catcher::Test {
    package: "sluicebox-pipeline",
    arguments: &["--test", "faults"],
};
const LETTERS: Catcher = Catcher::Test {
    package: "sluicebox-pipeline",
    arguments: &["--test", "pipeline", "dead_letters"],
};
/// Power lost under the broker.
const BROKER_POWER: Catcher = Catcher::Test {
    package: "sluicebox-broker",
    arguments: &["--lib", "power_tests"],
};
const BROKER_TRANSACTIONS: Catcher = Catcher::Test {
    package: "sluicebox-broker",
    arguments: &["--lib", "transactions"],
};
const CSV: Catcher = Catcher::Test {
    package: "sluicebox-event",
    arguments: &["--lib", "csv::"],
};
const BANDS: Catcher = Catcher::Test {
    package: "sluicebox-event",
    arguments: &["--lib", "--test", "built_in_streams", "band"],
};

/// The catchers of a bug, in the order in which they are tried. One is enough.
pub fn of(bug: &Bug) -> &'static [Catcher] {
    match bug.name {
        "sink-skips-the-sync-of-rows"
        | "sink-skips-the-sync-of-the-manifest"
        | "sink-skips-the-sync-of-the-directory"
        | "sink-records-rows-before-they-are-synced"
        | "sink-commits-positions-before-rows" => &[SINK_POWER],
        "sink-syncs-again-after-a-failure" => &[SINK_FAILURES],
        "sink-does-not-lock" => &[SINK_STORAGE],
        "sink-does-not-see-repeats" => &[SINK_ROWS],
        "csv-does-not-quote-carriage-returns" => &[CSV],
        "band-edge-belongs-below" => &[BANDS],
        "processor-commits-dropped-records" => &[STOPPING],
        "processor-drops-letters-of-large-records" => &[LETTERS],
        "processor-commits-without-membership" => &[ZOMBIES],
        "processor-commits-out-of-order" | "processor-sends-out-of-order" => &[LANES, FAILPOINTS],
        "keep-producer-after-failed-commit" => &[DELAYED],
        "broker-acknowledges-before-the-sync"
        | "broker-does-not-finish-decisions"
        | "broker-forgets-pending-offsets"
        | "broker-skips-the-sync-of-logs"
        | "broker-skips-the-sync-of-journals" => &[BROKER_POWER],
        "broker-accepts-old-epochs" => &[BROKER_TRANSACTIONS],
        _ => &[FAILPOINTS],
    }
}

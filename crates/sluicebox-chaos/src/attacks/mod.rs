//! The attacks: a file each, and their table.

mod bad_input;
mod brokers;
mod damage;
mod delayed_end_txn;
mod disk;
mod failpoints;
mod identity;
mod kills;
mod network;
mod pauses;
mod storm;

use crate::context::Context;
use crate::error::Result;

/// One kind of attack.
#[derive(Debug)]
pub struct Attack {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Whether it treats brokers one by one, which the embedded one does not have.
    pub needs_kafka: bool,
    /// Rounds in the short form.
    pub short_rounds: u64,
    /// Rounds in the full form.
    pub full_rounds: u64,
    /// Does it.
    pub run: fn(&mut Context) -> Result<()>,
}

/// Every attack. A new one is a file and a line here.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "kills",
        about: "kill -9 of processor, sink and embedded broker at random moments",
        needs_kafka: false,
        short_rounds: 12,
        full_rounds: 450,
        run: kills::run,
    },
    Attack {
        name: "run-kills",
        about: "kill -9 of `run` as a whole, datagen and all",
        needs_kafka: false,
        short_rounds: 4,
        full_rounds: 50,
        run: kills::run_as_a_whole,
    },
    Attack {
        name: "brokers",
        about: "brokers of a real cluster are killed and stopped, leaders and coordinators on purpose",
        needs_kafka: true,
        short_rounds: 2,
        full_rounds: 60,
        run: brokers::one,
    },
    Attack {
        name: "all-brokers",
        about: "all brokers of a real cluster at once",
        needs_kafka: true,
        short_rounds: 1,
        full_rounds: 10,
        run: brokers::all,
    },
    Attack {
        name: "pauses",
        about: "SIGSTOP of processors for 1 to 90 s while others take over",
        needs_kafka: false,
        short_rounds: 4,
        full_rounds: 50,
        run: pauses::processors,
    },
    Attack {
        name: "sink-pauses",
        about: "SIGSTOP of a sink while a second one waits on its directory",
        needs_kafka: false,
        short_rounds: 2,
        full_rounds: 20,
        run: pauses::sinks,
    },
    Attack {
        name: "identity",
        about: "other clusters, topics made anew, offsets set by hand, retention, directories copied and restored",
        needs_kafka: false,
        short_rounds: 6,
        full_rounds: identity::SCENARIOS.len() as u64,
        run: identity::run,
    },
    Attack {
        name: "storm",
        about: "processors join and leave all the time",
        needs_kafka: false,
        short_rounds: 10,
        full_rounds: 300,
        run: storm::run,
    },
    Attack {
        name: "failpoints",
        about: "crash, error and delay at every step of processor, sink and embedded broker",
        needs_kafka: false,
        short_rounds: 40,
        full_rounds: 10_000,
        run: failpoints::run,
    },
    Attack {
        name: "lanes",
        about: "of two overlapping transactions the first is held up, the second strikes or is struck",
        needs_kafka: false,
        short_rounds: 6,
        full_rounds: 100,
        run: failpoints::lanes::run,
    },
    Attack {
        name: "zombies",
        about: "processors sleep in the middle of a transaction while others take over, and wake",
        needs_kafka: false,
        short_rounds: 3,
        full_rounds: 50,
        run: failpoints::zombies::run,
    },
    Attack {
        name: "disk",
        about: "the disks of the sink and of the embedded broker fill up and get room again (needs root)",
        needs_kafka: false,
        short_rounds: 6,
        full_rounds: 100,
        run: disk::run,
    },
    Attack {
        name: "damage",
        about: "bits flipped, sectors zeroed and files cut while nothing runs: rows, manifest, broker's files",
        needs_kafka: false,
        short_rounds: 12,
        full_rounds: 200,
        run: damage::run,
    },
    Attack {
        name: "delayed-end-txn",
        about: "requests that end a transaction arrive in the middle of a later one (KAFKA-17754)",
        needs_kafka: true,
        short_rounds: 40,
        full_rounds: 500,
        run: delayed_end_txn::run,
    },
    Attack {
        name: "delayed-end-txn-processes",
        about: "the same against the whole program, with a kill -9 in every other round",
        needs_kafka: true,
        short_rounds: 5,
        full_rounds: 100,
        run: delayed_end_txn::processes,
    },
    Attack {
        name: "delayed-end-txn-control",
        about: "the same with the protection switched off, which must be seen to go wrong",
        needs_kafka: true,
        short_rounds: 12,
        full_rounds: 40,
        run: delayed_end_txn::control,
    },
    Attack {
        name: "network",
        about: "the network delays, drops, cuts frames, swallows and holds requests",
        needs_kafka: false,
        short_rounds: 6,
        full_rounds: 100,
        run: network::run,
    },
    Attack {
        name: "bad-input",
        about: "every class of bad input, mixed with good records at full rate",
        needs_kafka: false,
        short_rounds: 20,
        full_rounds: 1_000,
        run: bad_input::run,
    },
];

/// The attack of this name.
pub fn find(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().find(|attack| attack.name == name)
}

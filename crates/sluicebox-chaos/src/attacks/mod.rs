//! The attacks: a file each, and their table.

mod kills;
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
        short_rounds: 12,
        full_rounds: 450,
        run: kills::run,
    },
    Attack {
        name: "run-kills",
        about: "kill -9 of `run` as a whole, datagen and all",
        short_rounds: 4,
        full_rounds: 50,
        run: kills::run_as_a_whole,
    },
    Attack {
        name: "storm",
        about: "processors join and leave all the time",
        short_rounds: 10,
        full_rounds: 300,
        run: storm::run,
    },
];

/// The attack of this name.
pub fn find(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().find(|attack| attack.name == name)
}

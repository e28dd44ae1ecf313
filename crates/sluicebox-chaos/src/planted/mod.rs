//! Planted bugs: the suite is run against programs that are known to be wrong.
//!
//! Every bug has its catchers, which must pass without it and fail with it: attacks on
//! `sluicebox-faulty`, or tests that are built with the feature `faults`.

pub mod catchers;
mod run;
pub mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use sluicebox_faults::planted::Bug;

use crate::error::{ChaosError, Result};
pub use catchers::Catcher;

/// How a bug was caught.
#[derive(Clone, Debug)]
pub struct Caught {
    /// By what: an attack with its seed, or a test.
    pub by: String,
    /// What it saw.
    pub sign: String,
    /// Rounds of attacks, or runs of the tests, until then.
    pub rounds: u64,
    /// All of it, the ones that saw nothing included.
    pub took: Duration,
}

/// The fate of a bug.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The bug.
    pub bug: &'static Bug,
    /// `None`: it survived.
    pub caught: Option<Caught>,
}

/// Runs catchers, and remembers which of them pass without any bug.
#[derive(Debug)]
pub struct Hunt {
    /// What the attacks' choices follow from.
    pub seed: u64,
    sane: BTreeSet<String>,
}

/// An attack is made with so many seeds before the bug has survived it.
const SEEDS: u64 = 3;

impl Hunt {
    /// A hunt whose attacks follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            sane: BTreeSet::new(),
        }
    }

    /// Sets the catchers of a bug on it.
    ///
    /// # Errors
    /// A catcher fails without the bug too, or cannot be run.
    pub fn hunt(&mut self, bug: &'static Bug) -> Result<Fate> {
        let mut took = Duration::ZERO;
        let mut rounds = 0;
        for catcher in catchers::of(bug) {
            self.expect_sane(catcher)?;
            let seeds = match catcher {
                Catcher::Attack { .. } => SEEDS,
                Catcher::Test { .. } => 1,
            };
            for seed in self.seed..self.seed + seeds {
                let seen = run::run(catcher, seed, Some(bug.name))?;
                took += seen.took;
                rounds += seen.rounds;
                if let Some(sign) = seen.finding {
                    let by = seen.what;
                    let caught = Some(Caught {
                        by,
                        sign,
                        rounds,
                        took,
                    });
                    return Ok(Fate { bug, caught });
                }
            }
        }
        Ok(Fate { bug, caught: None })
    }

    fn expect_sane(&mut self, catcher: &Catcher) -> Result<()> {
        let name = format!("{catcher:?}");
        if self.sane.contains(&name) {
            return Ok(());
        }
        let seen = run::run(catcher, self.seed, None)?;
        if let Some(finding) = seen.finding {
            let what = seen.what;
            return Err(ChaosError::Finding(format!(
                "{what} fails without a planted bug, so that it proves nothing: {finding}"
            )));
        }
        self.sane.insert(name);
        Ok(())
    }
}

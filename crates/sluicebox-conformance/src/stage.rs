//! Lets many tests of one process share one cluster.

use std::sync::{OnceLock, PoisonError, RwLock};
use std::thread;

use crate::cluster::Cluster;

/// What a behaviour does to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Uses topics and groups of its own: any number at the same time.
    Shares,
    /// Takes the cluster down: alone.
    Restarts,
}

/// A cluster that the first test starts. It goes away with the process (see [`crate::guard`]).
pub struct Stage {
    cluster: OnceLock<Box<dyn Cluster>>,
    in_use: RwLock<()>,
}

impl Stage {
    /// A stage without a cluster yet, for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cluster: OnceLock::new(),
            in_use: RwLock::new(()),
        }
    }

    /// Runs `behaviour`, on a cluster that `start` makes if there is none yet. The cluster's log is
    /// printed if it panics.
    pub fn run(&self, start: fn() -> Box<dyn Cluster>, uses: Use, behaviour: fn(&dyn Cluster)) {
        let cluster = self.cluster.get_or_init(start).as_ref();
        // A failed behaviour says nothing about the next one: poison is ignored.
        match uses {
            Use::Shares => {
                let _shared = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
                run_with_logs(cluster, behaviour);
            }
            Use::Restarts => {
                let _alone = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
                run_with_logs(cluster, behaviour);
            }
        }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

fn run_with_logs(cluster: &dyn Cluster, behaviour: fn(&dyn Cluster)) {
    let _logs = LogsOnPanic(cluster);
    behaviour(cluster);
}

struct LogsOnPanic<'a>(&'a dyn Cluster);

impl Drop for LogsOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the cluster's log ends:\n{}", self.0.logs());
        }
    }
}

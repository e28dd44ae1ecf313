//! What is to be verified, and with what.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use sluicebox_event::Plans;
use sluicebox_kafka::ClientOptions;

use crate::config::OutputTopics;
use crate::limits::{VERIFY_SORT_ROWS, VERIFY_STABLE_WAIT_MS};

/// Settings of a verification.
#[derive(Clone)]
pub struct VerifyConfig {
    /// The cluster with the topics; `None`: the files alone.
    pub client: Option<ClientOptions>,
    /// The compiled stream definitions.
    pub plans: Arc<Plans>,
    /// The output topics.
    pub topics: OutputTopics,
    /// The consumer group of the processor.
    pub processor_group: String,
    /// The consumer group of the sink; it counts for partitions that the manifest does not know.
    pub sink_group: String,
    /// Where the files are.
    pub output_dir: PathBuf,
    /// How long the cluster may be silent before that is an error; `None`: for ever.
    pub wait: Option<Duration>,
    /// Where temporary files go.
    pub temp_dir: PathBuf,
    /// Rows that are sorted in memory at a time.
    pub sort_rows: usize,
    /// Longest wait for open transactions on the output topics.
    pub stable_wait: Duration,
}

impl VerifyConfig {
    /// The defaults for these files.
    pub fn new(client: Option<ClientOptions>, plans: Arc<Plans>, output_dir: PathBuf) -> Self {
        Self {
            client,
            plans,
            topics: OutputTopics::default(),
            processor_group: "processor-group".into(),
            sink_group: "sink-group".into(),
            output_dir,
            wait: None,
            temp_dir: std::env::temp_dir(),
            sort_rows: VERIFY_SORT_ROWS,
            stable_wait: Duration::from_millis(VERIFY_STABLE_WAIT_MS),
        }
    }
}

/// What a verification is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Asking the cluster where everything stands.
    Cut,
    /// Reading the files; counted in bytes.
    Files,
    /// Reading what is on its way to the sink; counted in offsets.
    InFlight,
    /// Comparing with the source topics; counted in offsets.
    Sources,
}

/// How far a verification is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// What is being done, how much of it is, and how much there is.
    pub fn now(&self) -> (Phase, u64, u64) {
        let phase = match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Cut,
            1 => Phase::Files,
            2 => Phase::InFlight,
            _ => Phase::Sources,
        };
        let (done, total) = (&self.done, &self.total);
        (
            phase,
            done.load(Ordering::Relaxed),
            total.load(Ordering::Relaxed),
        )
    }

    pub(super) fn begin(&self, phase: Phase, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn add(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }
}

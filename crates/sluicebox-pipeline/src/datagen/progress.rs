//! What a running datagen has done so far, for whoever watches.

use super::invalid::InvalidClass;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that one datagen thread raises and any thread may read.
///
/// Each is exact by itself; read together while datagen runs they may be a few records apart.
#[derive(Debug)]
pub struct Progress {
    streams: Vec<StreamCounter>,
    invalid: Vec<AtomicU64>,
    acknowledged: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug, Default)]
struct StreamCounter {
    sent: AtomicU64,
    invalid: AtomicU64,
}

impl Progress {
    /// Counters at zero for this many streams.
    pub fn new(streams: usize) -> Self {
        Self {
            streams: (0..streams).map(|_| StreamCounter::default()).collect(),
            invalid: InvalidClass::ALL
                .iter()
                .map(|_| AtomicU64::new(0))
                .collect(),
            acknowledged: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Records handed to the client, of all streams.
    pub fn sent(&self) -> u64 {
        (0..self.streams.len())
            .map(|stream| self.sent_of(stream))
            .sum()
    }

    /// Records of one stream handed to the client, invalid ones included.
    pub fn sent_of(&self, stream: usize) -> u64 {
        self.streams[stream].sent.load(Ordering::Relaxed)
    }

    /// Records of one stream that were made invalid on purpose.
    pub fn invalid_of(&self, stream: usize) -> u64 {
        self.streams[stream].invalid.load(Ordering::Relaxed)
    }

    /// Invalid records of one class.
    pub fn invalid_of_class(&self, class: InvalidClass) -> u64 {
        self.invalid[class.index()].load(Ordering::Relaxed)
    }

    /// Records that the cluster has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Records that could not be delivered.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn count_sent(&self, stream: usize, invalid: Option<InvalidClass>) {
        let counter = &self.streams[stream];
        counter.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(class) = invalid {
            counter.invalid.fetch_add(1, Ordering::Relaxed);
            self.invalid[class.index()].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn set_delivered(&self, acknowledged: u64, failed: u64) {
        self.acknowledged.store(acknowledged, Ordering::Relaxed);
        self.failed.store(failed, Ordering::Relaxed);
    }
}

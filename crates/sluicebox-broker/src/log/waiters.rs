//! Who waits for something to happen in a partition: fetches for records, producers for the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::PartitionLog;
use crate::sync::lock;

/// The waiters of one partition.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: HashMap<u64, Arc<Notify>>,
}

impl Waiters {
    pub(super) fn wake(&self) {
        for waiting in lock(&self.state).waiting.values() {
            waiting.notify_one();
        }
    }

    fn add(&self, notify: Arc<Notify>) -> u64 {
        let mut state = lock(&self.state);
        state.next += 1;
        let id = state.next;
        state.waiting.insert(id, notify);
        id
    }

    fn remove(&self, id: u64) {
        lock(&self.state).waiting.remove(&id);
    }
}

/// A wait over any number of partitions. Register first, look second, then wait: nothing that
/// happens in between is missed.
#[derive(Default)]
pub(crate) struct Waiting {
    notify: Arc<Notify>,
    registered: Vec<(Arc<PartitionLog>, u64)>,
}

impl Waiting {
    /// Wakes this wait when the ends of `log` move.
    pub(crate) fn on(&mut self, log: &Arc<PartitionLog>) {
        let id = log.waiters.add(self.notify.clone());
        self.registered.push((log.clone(), id));
    }

    /// Returns after the next move, or at once if there was one since the last call.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        for (log, id) in &self.registered {
            log.waiters.remove(*id);
        }
    }
}

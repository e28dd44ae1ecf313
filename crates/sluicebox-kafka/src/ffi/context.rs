//! What librdkafka's callbacks see of a client, and leave for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka_sys as sys;

use super::partitions::PartitionEntry;
use super::troubles::Troubles;
use crate::credentials::Credentials;

/// A rebalance as librdkafka announced it; it waits for the application's answer.
#[derive(Debug)]
pub(crate) struct Rebalance {
    pub(crate) kind: RebalanceKind,
    pub(crate) partitions: Vec<PartitionEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RebalanceKind {
    Assigned,
    Revoked,
    Lost,
}

/// What librdkafka's callbacks may touch. Outlives the client instance.
#[derive(Debug)]
pub(crate) struct Context {
    client_id: String,
    credentials: Credentials,
    troubles: Troubles,
    /// See [`super::unanswered`].
    unanswered: AtomicBool,
    /// See [`super::unplaced`].
    unplaced: AtomicU64,
    rebalances: Mutex<VecDeque<Rebalance>>,
    closing: AtomicBool,
    /// Topics that were found to be others than before.
    recreated: Mutex<Vec<String>>,
}

impl Context {
    pub(super) fn new(client_id: &str, credentials: &Credentials) -> Self {
        Self {
            client_id: client_id.to_owned(),
            credentials: credentials.clone(),
            troubles: Troubles::default(),
            unanswered: AtomicBool::new(false),
            unplaced: AtomicU64::new(0),
            rebalances: Mutex::default(),
            closing: AtomicBool::new(false),
            recreated: Mutex::default(),
        }
    }

    /// The context of a client.
    ///
    /// # Safety
    /// `rk` was made by [`Handle::new`](super::Handle::new) and its context is alive, which it is until after
    /// `rd_kafka_destroy` returned.
    pub(crate) unsafe fn of<'a>(rk: *const sys::rd_kafka_t) -> Option<&'a Context> {
        // SAFETY: see above; null while `rd_kafka_new` has not stored it yet.
        unsafe {
            sys::rd_kafka_opaque(rk)
                .cast::<Context>()
                .cast_const()
                .as_ref()
        }
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Whether a request that changes a transaction ended without an answer, ever.
    pub(crate) fn unanswered(&self) -> &AtomicBool {
        &self.unanswered
    }

    /// How many records were called acknowledged and have no offset, ever.
    pub(crate) fn unplaced(&self) -> &AtomicU64 {
        &self.unplaced
    }

    pub(super) fn note_recreated(&self, topic: &str) {
        lock(&self.recreated).push(topic.to_owned());
    }

    /// A topic that was deleted and made anew since this client knows it.
    pub(crate) fn recreated(&self) -> Option<String> {
        lock(&self.recreated).first().cloned()
    }

    pub(crate) fn next_rebalance(&self) -> Option<Rebalance> {
        lock(&self.rebalances).pop_front()
    }

    pub(super) fn announce(&self, rebalance: Rebalance) {
        lock(&self.rebalances).push_back(rebalance);
    }

    /// From now on rebalances are answered without the application.
    pub(super) fn set_closing(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(crate) fn rebalance_waits(&self) -> bool {
        !lock(&self.rebalances).is_empty()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Group commit: a few threads that make dirty files durable.
//!
//! A file that has been written to is queued once, however many appends wait for it; the sync that
//! follows serves them all. Partitions and journals share the threads.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::config::Durability;
use crate::fatal::Fatal;
use crate::limits::{RELAXED_SYNC_INTERVAL_MS, SYNC_THREADS};

/// Something with unsynced bytes.
pub(crate) trait Dirty: Send + Sync {
    /// Makes everything written before the call durable and tells those who wait for it. True:
    /// more has been written meanwhile, sync again. Never called twice at the same time for one
    /// file: an error is told to one of the callers only.
    fn sync(&self) -> io::Result<bool>;
    /// Called instead, when the broker has failed: nobody may wait for ever.
    fn give_up(&self);
    /// For messages.
    fn describe(&self) -> String;
}

/// Locks, whether or not another thread has panicked while it held the lock: every state kept
/// behind a lock here is changed in one step at the end of an operation.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Queue {
    dirty: VecDeque<Arc<dyn Dirty>>,
    stopping: bool,
}

struct Inner {
    queue: Mutex<Queue>,
    changed: Condvar,
    fatal: Arc<Fatal>,
    durability: Durability,
}

/// The handle through which files ask to be synced.
#[derive(Clone)]
pub(crate) struct Syncer(Arc<Inner>);

impl Syncer {
    /// Starts the threads; join them after [`Syncer::stop`].
    pub(crate) fn start(
        durability: Durability,
        fatal: Arc<Fatal>,
    ) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let inner = Arc::new(Inner {
            queue: Mutex::default(),
            changed: Condvar::new(),
            fatal,
            durability,
        });
        let threads = (0..SYNC_THREADS)
            .map(|index| {
                let inner = inner.clone();
                thread::Builder::new()
                    .name(format!("broker-sync-{index}"))
                    .spawn(move || inner.run())
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok((Self(inner), threads))
    }

    /// Without threads: tests sync one file after the other with [`Syncer::sync_next`], so that what
    /// is durable when does not depend on chance.
    #[cfg(test)]
    pub(crate) fn by_hand(fatal: Arc<Fatal>) -> Self {
        Self(Arc::new(Inner {
            queue: Mutex::default(),
            changed: Condvar::new(),
            fatal,
            durability: Durability::Synced,
        }))
    }

    /// Syncs the file that has waited longest; false: none waits.
    #[cfg(test)]
    pub(crate) fn sync_next(&self) -> bool {
        let next = lock(&self.0.queue).dirty.pop_front();
        let is_some = next.is_some();
        if let Some(dirty) = next {
            self.0.sync(dirty);
        }
        is_some
    }

    /// Queues a file. The caller makes sure that it is queued once until a sync of it has answered
    /// false.
    pub(crate) fn request(&self, dirty: Arc<dyn Dirty>) {
        lock(&self.0.queue).dirty.push_back(dirty);
        self.0.changed.notify_one();
    }

    pub(crate) fn durability(&self) -> Durability {
        self.0.durability
    }

    pub(crate) fn fatal(&self) -> &Fatal {
        &self.0.fatal
    }

    /// Lets the threads end once the queue is empty.
    pub(crate) fn stop(&self) {
        lock(&self.0.queue).stopping = true;
        self.0.changed.notify_all();
    }
}

impl Inner {
    fn run(&self) {
        while let Some(dirty) = self.next() {
            self.sync(dirty);
        }
    }

    fn sync(&self, dirty: Arc<dyn Dirty>) {
        if self.fatal.reason().is_some() {
            dirty.give_up();
            return;
        }
        match dirty.sync() {
            Ok(false) => {}
            // Written to while it was synced: nobody else queues it again.
            Ok(true) => {
                lock(&self.queue).dirty.push_back(dirty);
                self.changed.notify_one();
            }
            Err(error) => {
                self.fatal
                    .raise(format!("cannot sync {}: {error}", dirty.describe()));
                dirty.give_up();
            }
        }
    }

    fn next(&self) -> Option<Arc<dyn Dirty>> {
        if self.durability == Durability::Relaxed && !lock(&self.queue).stopping {
            thread::sleep(Duration::from_millis(RELAXED_SYNC_INTERVAL_MS));
        }
        let mut queue = lock(&self.queue);
        loop {
            if let Some(dirty) = queue.dirty.pop_front() {
                return Some(dirty);
            }
            if queue.stopping {
                return None;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

//! Threads that come and go: searches, the reader of dead letters, the replay of many.

use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::WebError;

/// How often it is looked whether a thread has ended.
const STEP: Duration = Duration::from_millis(10);

/// The threads that run now. How many these may be is decided by who starts them.
#[derive(Default)]
pub(crate) struct Workers(Mutex<Vec<JoinHandle<()>>>);

impl Workers {
    /// Does work on a thread of its own, which is to end by itself once the server ends.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), WebError> {
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work);
        let thread = spawned
            .map_err(|error| WebError::Internal(format!("a thread cannot be started: {error}")))?;
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }

    /// Waits for the end of all, `wait` at most: a process that exits under a client's threads would
    /// take the ground from under them, and a replay gives its transaction up first.
    pub(crate) fn join(&self, wait: Duration) {
        let deadline = Instant::now() + wait;
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(STEP);
        }
        threads.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_ends_is_waited_for_and_what_does_not_is_left() {
        let (workers, ended) = (Workers::default(), Arc::new(AtomicBool::new(false)));
        let for_thread = Arc::clone(&ended);
        let work = move || {
            std::thread::sleep(Duration::from_millis(100));
            for_thread.store(true, Ordering::Relaxed);
        };
        workers.start("short", work).unwrap();
        workers.join(Duration::from_secs(10));
        assert!(ended.load(Ordering::Relaxed));

        let (for_ever, held) = std::sync::mpsc::channel::<()>();
        let waits = move || {
            let _ = held.recv();
        };
        workers.start("long", waits).unwrap();
        workers.join(Duration::from_millis(50));
        drop(for_ever);
    }
}

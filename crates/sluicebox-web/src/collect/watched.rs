//! The newest snapshot, and how to say that somebody looks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use sluicebox_kafka::{Admin, ClientOptions, KafkaError};
use tokio::sync::watch;

use super::history::{History, Point};
use crate::flow::Flow;
use crate::limits;

/// Where snapshots are looked at.
pub(crate) struct Watched {
    latest: watch::Receiver<Arc<Flow>>,
    history: Arc<Mutex<History>>,
    began: Instant,
    /// When somebody last looked, milliseconds after `began`; 0: nobody has.
    asked_ms: AtomicU64,
    thread: OnceLock<Thread>,
    admin: Mutex<Option<Arc<Admin>>>,
}

/// Where snapshots are published.
pub(crate) struct Publish {
    latest: watch::Sender<Arc<Flow>>,
    history: Arc<Mutex<History>>,
}

impl Publish {
    pub(super) fn publish(&self, flow: Flow) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.add(&flow);
        drop(history);
        self.latest.send_replace(Arc::new(flow));
    }
}

impl Watched {
    pub(crate) fn new() -> (Publish, Self) {
        let (sender, receiver) = watch::channel(Arc::default());
        let history = Arc::default();
        let publish = Publish {
            latest: sender,
            history: Arc::clone(&history),
        };
        let watched = Self {
            latest: receiver,
            history,
            began: Instant::now(),
            asked_ms: AtomicU64::new(0),
            thread: OnceLock::new(),
            admin: Mutex::new(None),
        };
        (publish, watched)
    }

    /// The newest snapshot. From now on they are taken often, for a while.
    pub(crate) fn look(&self) -> Arc<Flow> {
        self.somebody_looks();
        Arc::clone(&self.latest.borrow())
    }

    /// Waits for a snapshot that is not older than [`limits::COLLECT_INTERVAL`]s two, and not for long:
    /// a page opened after an idle time would show the past.
    pub(crate) async fn fresh(&self) -> Arc<Flow> {
        self.somebody_looks();
        let mut latest = self.latest.clone();
        let oldest = jiff::Timestamp::now().as_millisecond()
            - 2 * limits::COLLECT_INTERVAL.as_millis() as i64;
        let fresh = latest.wait_for(|flow| flow.at_ms >= oldest);
        let _ = tokio::time::timeout(limits::COLLECT_INTERVAL / 2, fresh).await;
        Arc::clone(&self.latest.borrow())
    }

    /// The snapshots from now on, the newest one first.
    pub(crate) fn snapshots(&self) -> watch::Receiver<Arc<Flow>> {
        let mut snapshots = self.latest.clone();
        snapshots.mark_changed();
        snapshots
    }

    /// The newest snapshot without asking for more of them: for probes and scrapes.
    pub(crate) fn peek(&self) -> Arc<Flow> {
        Arc::clone(&self.latest.borrow())
    }

    /// The past, oldest first.
    pub(crate) fn history(&self) -> Vec<Point> {
        self.history
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .points()
    }

    fn somebody_looks(&self) {
        let was_watched = self.is_watched();
        let now = self.began.elapsed().as_millis() as u64;
        self.asked_ms.store(now.max(1), Ordering::Relaxed);
        if !was_watched {
            self.wake();
        }
    }

    /// Ends the pause of the thread.
    pub(crate) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// The calling thread takes the snapshots.
    pub(super) fn is_run_here(&self) {
        // Set once: there is one collector.
        let _ = self.thread.set(std::thread::current());
    }

    fn is_watched(&self) -> bool {
        let asked = self.asked_ms.load(Ordering::Relaxed);
        let until = Duration::from_millis(asked) + limits::COLLECT_WATCHED;
        asked > 0 && self.began.elapsed() < until
    }

    /// Waits until it is time for the next snapshot.
    pub(super) fn pause(&self, is_over: impl Fn() -> bool) {
        let began = Instant::now();
        loop {
            let wait = if self.is_watched() {
                limits::COLLECT_INTERVAL
            } else {
                limits::COLLECT_IDLE_INTERVAL
            };
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() || is_over() {
                return;
            }
            std::thread::park_timeout(left);
        }
    }

    /// The client that asks the cluster, connected when it is first needed, and anew when it is spent.
    pub(crate) fn admin(&self, options: &ClientOptions) -> Result<Arc<Admin>, KafkaError> {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(admin) = admin.as_ref().filter(|admin| !admin.is_spent()) {
            return Ok(Arc::clone(admin));
        }
        *admin = None;
        let connected = Admin::connect(options, limits::CONNECT_WAIT)?;
        let connected = Arc::new(connected.with_timeout(limits::ASK_WAIT));
        *admin = Some(Arc::clone(&connected));
        Ok(connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_visitor_ends_the_pause_however_early() {
        let (_publish, watched) = Watched::new();
        watched.is_run_here();
        let looked = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                watched.look();
            });
            watched.pause(|| watched.is_watched());
        });
        assert!(looked.elapsed() < limits::COLLECT_IDLE_INTERVAL / 2);
    }
}

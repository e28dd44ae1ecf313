//! Telling tasks to end: one shared signal, four levels that only go up.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How urgently a task shall end. Later ones overrule earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Go on.
    Run,
    /// Handle everything up to the last stable offsets as they are when the task sees this, then
    /// return.
    ToEnd,
    /// Take in nothing more: finish the batch at hand, commit it, return.
    Drain,
    /// Return without committing what is at hand. The next start does it again.
    Now,
}

impl StopLevel {
    fn from_u8(level: u8) -> Self {
        match level {
            0 => Self::Run,
            1 => Self::ToEnd,
            2 => Self::Drain,
            _ => Self::Now,
        }
    }
}

/// A signal shared by the tasks that end together. Clones share the level.
#[derive(Debug, Clone, Default)]
pub struct StopSignal {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    level: AtomicU8,
    lock: Mutex<()>,
    raised: Condvar,
}

impl StopSignal {
    /// A signal at [`StopLevel::Run`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the level; a lower one than the present changes nothing.
    pub fn raise(&self, level: StopLevel) {
        let _guard = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.inner.level.fetch_max(level as u8, Ordering::SeqCst);
        self.inner.raised.notify_all();
    }

    /// The present level.
    pub fn level(&self) -> StopLevel {
        StopLevel::from_u8(self.inner.level.load(Ordering::SeqCst))
    }

    /// Whether nothing new is to be started: [`StopLevel::Drain`] or more.
    pub fn is_ending(&self) -> bool {
        self.level() >= StopLevel::Drain
    }

    /// Sleeps for `wait`, or until the level reaches [`StopLevel::Drain`]; returns the level.
    pub fn sleep(&self, wait: Duration) -> StopLevel {
        let guard = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .inner
            .raised
            .wait_timeout_while(guard, wait, |()| !self.is_ending());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.level()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn the_level_never_goes_down() {
        let stop = StopSignal::new();
        assert_eq!(stop.level(), StopLevel::Run);
        stop.raise(StopLevel::Drain);
        stop.raise(StopLevel::ToEnd);
        assert_eq!(stop.level(), StopLevel::Drain);
        stop.raise(StopLevel::Now);
        assert_eq!(stop.clone().level(), StopLevel::Now);
    }

    #[test]
    fn a_sleeper_is_woken_by_a_drain() {
        let stop = StopSignal::new();
        let sleeper = std::thread::spawn({
            let stop = stop.clone();
            move || {
                let began = Instant::now();
                (stop.sleep(Duration::from_secs(30)), began.elapsed())
            }
        });
        std::thread::sleep(Duration::from_millis(20));
        stop.raise(StopLevel::Drain);
        let (level, slept) = sleeper.join().unwrap();
        assert_eq!(level, StopLevel::Drain);
        assert!(slept < Duration::from_secs(10));
    }

    #[test]
    fn a_sleep_ends_by_itself() {
        assert_eq!(
            StopSignal::new().sleep(Duration::from_millis(1)),
            StopLevel::Run
        );
    }
}

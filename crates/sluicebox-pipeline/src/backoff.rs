//! Trying again: pauses that grow, and complaints that do not flood the log.

use std::time::{Duration, Instant};

use crate::limits::{BACKOFF_MAX_MS, BACKOFF_MIN_MS, COMPLAIN_EVERY_MS};

/// The pauses between tries of one thing.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    tries: u32,
    began: Instant,
    complained: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        let next = Duration::from_millis(BACKOFF_MIN_MS);
        Self {
            next,
            tries: 0,
            began: Instant::now(),
            complained: None,
        }
    }

    /// The pause before the next try.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.tries += 1;
        self.next = (self.next * 2).min(Duration::from_millis(BACKOFF_MAX_MS));
        pause
    }

    /// Failures so far.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Since the first try.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether it is time to say something: at the first failure, then now and then.
    pub(crate) fn complains(&mut self) -> bool {
        let every = Duration::from_millis(COMPLAIN_EVERY_MS);
        let due = self.complained.is_none_or(|last| last.elapsed() >= every);
        if due {
            self.complained = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_complaints_are_rare() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..10)
            .map(|_| backoff.pause().as_millis() as u64)
            .collect();
        assert_eq!(&pauses[..3], [100, 200, 400]);
        assert_eq!(pauses[9], BACKOFF_MAX_MS);
        assert_eq!(backoff.tries(), 10);
        assert!(backoff.complains());
        assert!(!backoff.complains());
    }
}

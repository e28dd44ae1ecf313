//! Trying again: pauses that grow, and complaints that do not flood the log.

use std::time::{Duration, Instant};

use uuid::Uuid;

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

    /// The pause before the next try: a random part of it, half at least, so that the many clients
    /// that lost one broker do not all come back to it at once.
    pub(crate) fn pause(&mut self) -> Duration {
        let longest = self.next;
        self.tries += 1;
        self.next = (self.next * 2).min(Duration::from_millis(BACKOFF_MAX_MS));
        // The low bits of a random UUID are all random.
        let random = Uuid::new_v4().as_u128() as u16;
        longest / 2 + longest / 2 * u32::from(random) / u32::from(u16::MAX)
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
        let longest = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000];
        for longest in longest {
            let pause = backoff.pause().as_millis() as u64;
            assert!((longest / 2..=longest).contains(&pause), "{pause}");
        }
        assert_eq!(backoff.tries(), 10);
        assert!(backoff.complains());
        assert!(!backoff.complains());
    }

    #[test]
    fn clients_that_fail_together_do_not_try_again_together() {
        let pause = |_| {
            let mut backoff = Backoff::new();
            (0..6).map(|_| backoff.pause()).sum::<Duration>()
        };
        let ends: std::collections::BTreeSet<_> = (0..50).map(pause).collect();
        let (first, last) = (*ends.first().unwrap(), *ends.last().unwrap());
        assert!(
            last > first + Duration::from_millis(500),
            "{first:?} {last:?}"
        );
    }
}

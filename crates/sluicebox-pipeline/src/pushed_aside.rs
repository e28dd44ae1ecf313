//! How often somebody else took an id over that is ours.

use std::time::{Duration, Instant};

use crate::limits::{FENCED_MAX, FENCED_WINDOW_MS};

/// Counts the times that an id was taken away. Once is no proof of a second owner: a pause longer
/// than a timeout looks the same.
#[derive(Debug, Default)]
pub(crate) struct PushedAside {
    recent: Vec<Instant>,
}

impl PushedAside {
    /// Counts one, and tells whether they are too many to be an accident.
    pub(crate) fn too_often(&mut self, now: Instant) -> bool {
        let window = Duration::from_millis(FENCED_WINDOW_MS);
        self.recent
            .retain(|fenced| now.duration_since(*fenced) < window);
        self.recent.push(now);
        self.recent.len() > FENCED_MAX as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_fenced_now_and_then_is_survived_and_being_fenced_again_and_again_is_not() {
        let (mut fencings, began) = (PushedAside::default(), Instant::now());
        let after = |ms| began + Duration::from_millis(ms);
        for time in 0..FENCED_MAX {
            assert!(!fencings.too_often(after(u64::from(time))));
        }
        assert!(
            !fencings.too_often(after(FENCED_WINDOW_MS + 10)),
            "the first ones are long ago"
        );
        for time in 1..FENCED_MAX {
            assert!(!fencings.too_often(after(FENCED_WINDOW_MS + 10 + u64::from(time))));
        }
        assert!(fencings.too_often(after(FENCED_WINDOW_MS + 100)));
    }
}

//! Whether somebody else uses an id that is ours.
//!
//! An id is taken away for many reasons that pass: a transaction that outlived its timeout because
//! a broker was away or this process was stopped, a request of a producer that was given up and
//! reached the broker late, a member that the coordinator forgot while it moved. All of them come
//! with trouble: a connection or a request is lost, or this process did not run. A second owner of
//! the id takes it away in peace, and again each time that it is taken back.

use std::time::{Duration, Instant};

use sluicebox_kafka::KafkaError;

use crate::limits::{FENCED_MAX, FENCED_WINDOW_MS, TRANSACTION_TIMEOUT_MS, TROUBLE_LASTS_MS};

/// Counts the times that an id was taken away in peace. Once is no proof of a second owner.
#[derive(Debug, Default)]
pub(crate) struct PushedAside {
    recent: Vec<Instant>,
    trouble: Option<Instant>,
    turn: Option<Instant>,
}

impl PushedAside {
    /// Notes that the task runs. A task that was stopped for long (or waited for brokers that do not
    /// answer) finds its transactions ended by the broker, and its id taken away by that.
    pub(crate) fn runs(&mut self, now: Instant) {
        let long = Duration::from_millis(u64::from(TRANSACTION_TIMEOUT_MS) / 2);
        let last = self.turn.replace(now);
        if last.is_some_and(|last| now.duration_since(last) >= long) {
            self.trouble = Some(now);
        }
    }

    /// Notes when a client of the task last lost a connection or a request.
    pub(crate) fn lost(&mut self, at: Option<Instant>) {
        self.trouble = self.trouble.max(at);
    }

    /// Notes an error, whether it is about the id or not.
    pub(crate) fn failed(&mut self, error: &KafkaError, now: Instant) {
        if error.is_cluster_trouble() {
            self.trouble = Some(now);
        }
    }

    /// Counts one, and tells whether they are too many to be an accident.
    pub(crate) fn too_often(&mut self, now: Instant) -> bool {
        let within =
            |at: Instant, ms| now.saturating_duration_since(at) < Duration::from_millis(ms);
        if self.trouble.is_some_and(|at| within(at, TROUBLE_LASTS_MS)) {
            return false;
        }
        self.recent
            .retain(|fenced| within(*fenced, FENCED_WINDOW_MS));
        self.recent.push(now);
        self.recent.len() > FENCED_MAX as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(began: Instant, ms: u64) -> Instant {
        began + Duration::from_millis(ms)
    }

    #[test]
    fn being_fenced_now_and_then_is_survived_and_being_fenced_again_and_again_is_not() {
        let (mut fencings, began) = (PushedAside::default(), Instant::now());
        for time in 0..FENCED_MAX {
            assert!(!fencings.too_often(after(began, u64::from(time))));
        }
        assert!(
            !fencings.too_often(after(began, FENCED_WINDOW_MS + 10)),
            "the first ones are long ago"
        );
        for time in 1..FENCED_MAX {
            assert!(!fencings.too_often(after(began, FENCED_WINDOW_MS + 10 + u64::from(time))));
        }
        assert!(fencings.too_often(after(began, FENCED_WINDOW_MS + 100)));
    }

    #[test]
    fn however_often_brokers_are_lost_it_is_never_taken_for_a_second_owner() {
        let (mut fencings, began) = (PushedAside::default(), Instant::now());
        for second in 0..600 {
            let now = after(began, second * 1_000);
            fencings.runs(now);
            if second % 30 == 0 {
                fencings.lost(Some(now));
            }
            assert!(!fencings.too_often(now), "in second {second}");
        }
    }

    #[test]
    fn an_error_of_the_cluster_is_trouble_and_fencing_itself_is_none() {
        use sluicebox_kafka::{ErrorClass, ErrorCode};
        let error = |code| KafkaError {
            operation: "commit a transaction",
            code,
            topic: None,
            partition: None,
            message: String::new(),
            class: ErrorClass::RebuildProducer,
        };
        for (code, is_trouble) in [
            (ErrorCode::NOT_COORDINATOR, true),
            (ErrorCode::PRODUCER_FENCED, false),
        ] {
            let (mut fencings, began) = (PushedAside::default(), Instant::now());
            let mut ends = false;
            for time in 0..=FENCED_MAX {
                let now = after(began, u64::from(time) * 100);
                fencings.failed(&error(code), now);
                ends |= fencings.too_often(now);
            }
            assert_eq!(ends, !is_trouble, "{code}");
        }
    }

    #[test]
    fn a_task_that_was_stopped_again_and_again_is_not_taken_for_fenced() {
        let (mut fencings, began) = (PushedAside::default(), Instant::now());
        for time in 0..20 {
            // Stopped for 9 s, and fenced at its first turn.
            let now = after(began, time * 10_000 + 9_000);
            fencings.runs(now);
            if time > 0 {
                assert!(!fencings.too_often(now));
            }
            fencings.runs(after(began, (time + 1) * 10_000));
        }
    }
}

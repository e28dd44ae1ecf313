//! What went wrong lately, per broker: for connect errors and for log lines that do not repeat.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::limits::{LOG_REPEAT_INTERVAL, TROUBLES_MAX};

/// The troubles of one client. Locked only when librdkafka logs something.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<String, Trouble>>);

#[derive(Debug)]
struct Trouble {
    reason: String,
    logged_at: Instant,
    unlogged: u64,
}

impl Troubles {
    /// Notes that `subject` failed for `reason`. Says how many times it happened unlogged since
    /// the last line, if a line is due now.
    pub(crate) fn note(&self, subject: &str, reason: &str, now: Instant) -> Option<u64> {
        let mut troubles = self.lock();
        if let Some(trouble) = troubles.get_mut(subject) {
            let same = trouble.reason == reason;
            reason.clone_into(&mut trouble.reason);
            if same && now.duration_since(trouble.logged_at) < LOG_REPEAT_INTERVAL {
                trouble.unlogged += 1;
                return None;
            }
            trouble.logged_at = now;
            return Some(std::mem::take(&mut trouble.unlogged));
        }
        if troubles.len() < TROUBLES_MAX {
            let trouble = Trouble {
                reason: reason.to_owned(),
                logged_at: now,
                unlogged: 0,
            };
            troubles.insert(subject.to_owned(), trouble);
        }
        Some(0)
    }

    /// What was tried and why each attempt failed, for an error message.
    pub(crate) fn summary(&self) -> String {
        let lines: Vec<String> = self
            .lock()
            .iter()
            .map(|(subject, trouble)| format!("{subject}: {}", trouble.reason))
            .collect();
        lines.join("; ")
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Splits a librdkafka log line, such as `[thrd:h:9092/bootstrap]: h:9092/bootstrap: Connect to
/// ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)`, into the address
/// and the reason, without thread name and timings, so that repeats can be told.
pub(crate) fn split_line(line: &str) -> (&str, &str) {
    let line = line
        .strip_prefix("[thrd:")
        .and_then(|l| l.split_once("]: "))
        .map_or(line, |l| l.1);
    let Some((subject, reason)) = line.split_once(": ") else {
        return ("client", line);
    };
    if subject.contains(' ') {
        return ("client", line);
    }
    let subject = subject.split_once("://").map_or(subject, |(_, rest)| rest);
    let subject = subject
        .split_once('/')
        .map_or(subject, |(address, _)| address);
    let reason = reason
        .split_once(" (after ")
        .map_or(reason, |(reason, _)| reason);
    (subject, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_log_line_is_split_into_address_and_reason() {
        let line = "[thrd:localhost:1/bootstrap]: localhost:1/bootstrap: Connect to \
                    ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)";
        assert_eq!(
            split_line(line),
            (
                "localhost:1",
                "Connect to ipv4#127.0.0.1:1 failed: Connection refused"
            )
        );
        assert_eq!(
            split_line("no structure here"),
            ("client", "no structure here")
        );
        assert_eq!(
            split_line("[thrd:main]: Group \"g\" heartbeat error: x"),
            ("client", "Group \"g\" heartbeat error: x")
        );
    }

    #[test]
    fn a_repeated_trouble_is_logged_once_per_interval_with_its_count() {
        let troubles = Troubles::default();
        let start = Instant::now();
        assert_eq!(troubles.note("b", "refused", start), Some(0));
        assert_eq!(troubles.note("b", "refused", start), None);
        assert_eq!(troubles.note("b", "refused", start), None);
        let later = start + LOG_REPEAT_INTERVAL + Duration::from_secs(1);
        assert_eq!(troubles.note("b", "refused", later), Some(2));
        assert_eq!(
            troubles.note("b", "timed out", later),
            Some(0),
            "a new reason is news"
        );
        assert_eq!(troubles.summary(), "b: timed out");
    }
}

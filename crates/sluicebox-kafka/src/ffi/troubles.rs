//! What went wrong lately, per broker: for connect errors and for log lines that do not repeat.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::limits::{LOG_REPEAT_INTERVAL, TROUBLES_MAX};

/// The subject of lines that are not about one broker.
const CLIENT: &str = "client";

/// The troubles of one client. Locked only when librdkafka logs something.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When a connection or a request was last lost.
    lost_at: Option<Instant>,
    /// The last reason of each subject.
    reasons: BTreeMap<String, String>,
    /// Lines by subject and shape of the reason: librdkafka tells `0/1` and `1/1 brokers are down`
    /// in turns, many times a second, while a cluster is away.
    lines: BTreeMap<(String, String), Line>,
}

#[derive(Debug)]
struct Line {
    logged_at: Instant,
    unlogged: u64,
}

impl Troubles {
    /// Notes that `subject` failed for `reason`. Says how many times it happened unlogged since
    /// the last line, if a line is due now.
    pub(crate) fn note(&self, subject: &str, reason: &str, now: Instant) -> Option<u64> {
        let mut known = self.lock();
        if known.reasons.contains_key(subject) || known.reasons.len() < TROUBLES_MAX {
            known.reasons.insert(subject.to_owned(), reason.to_owned());
        }
        let key = (subject.to_owned(), shape(reason));
        if let Some(line) = known.lines.get_mut(&key) {
            if now.duration_since(line.logged_at) < LOG_REPEAT_INTERVAL {
                line.unlogged += 1;
                return None;
            }
            line.logged_at = now;
            return Some(std::mem::take(&mut line.unlogged));
        }
        if known.lines.len() < TROUBLES_MAX {
            let (logged_at, unlogged) = (now, 0);
            known.lines.insert(
                key,
                Line {
                    logged_at,
                    unlogged,
                },
            );
        }
        Some(0)
    }

    /// Notes that a connection or a request was lost.
    pub(crate) fn note_loss(&self, now: Instant) {
        self.lock().lost_at = Some(now);
    }

    /// When a connection or a request was last lost.
    pub(crate) fn lost_at(&self) -> Option<Instant> {
        self.lock().lost_at
    }

    /// What was tried and why each attempt failed, for an error message. What is said about the
    /// client as a whole only follows from that.
    pub(crate) fn summary(&self) -> String {
        let known = self.lock();
        let brokers = known.reasons.keys().any(|subject| subject != CLIENT);
        let lines: Vec<String> = (known.reasons.iter())
            .filter(|(subject, _)| !brokers || *subject != CLIENT)
            .map(|(subject, reason)| format!("{subject}: {reason}"))
            .collect();
        lines.join("; ")
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reason without its numbers.
fn shape(reason: &str) -> String {
    let mut shape = String::with_capacity(reason.len());
    for letter in reason.chars() {
        match letter.is_ascii_digit() {
            true if shape.ends_with('#') => {}
            true => shape.push('#'),
            false => shape.push(letter),
        }
    }
    shape
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
        return (CLIENT, line);
    };
    if subject.contains(' ') {
        return (CLIENT, line);
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

    #[test]
    fn lines_that_differ_in_their_numbers_alone_are_repeats() {
        let (troubles, now) = (Troubles::default(), Instant::now());
        assert_eq!(troubles.note(CLIENT, "0/1 brokers are down", now), Some(0));
        for _ in 0..3 {
            assert_eq!(troubles.note(CLIENT, "1/1 brokers are down", now), None);
            assert_eq!(troubles.note(CLIENT, "0/1 brokers are down", now), None);
        }
        troubles.note("b", "refused", now);
        assert_eq!(troubles.summary(), "b: refused");
    }
}

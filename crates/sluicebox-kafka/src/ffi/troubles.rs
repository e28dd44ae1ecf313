//! What went wrong lately, per broker: for connect errors and for log lines that do not repeat.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::refusals::refusal;
use crate::error_code::ErrorCode;
use crate::limits::{LOG_REPEAT_INTERVAL, REFUSAL_IS_NEW, TROUBLES_MAX};

/// The subject of lines that are not about one broker.
const CLIENT: &str = "client";

/// The troubles of one client. Locked only when librdkafka logs something.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When a connection or a request was last lost.
    lost_at: Option<Instant>,
    /// When a broker last refused us, or we it.
    refused: Option<(ErrorCode, Instant)>,
    /// What is wrong with the certificate that each broker showed last.
    certificates: BTreeMap<String, String>,
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
        if let Some(code) = refusal(reason) {
            known.refused = Some((code, now));
        }
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

    /// Notes what is wrong with the certificate of a broker.
    pub(crate) fn note_certificate(&self, subject: &str, wrong: String) {
        let mut known = self.lock();
        if known.certificates.contains_key(subject) || known.certificates.len() < TROUBLES_MAX {
            known.certificates.insert(subject.to_owned(), wrong);
        }
    }

    /// The reason of a failed TLS handshake with what is known of the broker's certificate in place
    /// of OpenSSL's words, which are the same for every certificate.
    pub(crate) fn explained(&self, subject: &str, reason: &str) -> Option<String> {
        let is_about_it = reason.contains("certificate verify failed");
        let wrong = is_about_it.then(|| self.lock().certificates.remove(subject))?;
        Some(format!("SSL handshake failed: {}", wrong?))
    }

    /// Why brokers refuse us now, or we them; `None` where they do not.
    pub(crate) fn refusal(&self, now: Instant) -> Option<ErrorCode> {
        let (code, at) = self.lock().refused?;
        (now.saturating_duration_since(at) < REFUSAL_IS_NEW).then_some(code)
    }

    /// A broker has answered: what was refused before is over.
    pub(crate) fn forget_refusal(&self) {
        self.lock().refused = None;
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
        let mut by_reason: Vec<(Vec<&str>, &str)> = Vec::new();
        for (subject, reason) in &known.reasons {
            if brokers && subject == CLIENT {
                continue;
            }
            match by_reason.iter_mut().find(|(_, known)| known == reason) {
                Some((subjects, _)) => subjects.push(subject),
                None => by_reason.push((vec![subject], reason)),
            }
        }
        let lines = by_reason.iter();
        let lines = lines.map(|(subjects, reason)| format!("{}: {reason}", subjects.join(", ")));
        lines.collect::<Vec<_>>().join("; ")
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
    fn a_refusal_is_known_until_it_is_old_or_a_broker_answers() {
        let (troubles, now) = (Troubles::default(), Instant::now());
        troubles.note("b", "Connection refused", now);
        assert_eq!(troubles.refusal(now), None);
        troubles.note("b", "SASL authentication error: no", now);
        assert_eq!(troubles.refusal(now), Some(ErrorCode::AUTHENTICATION));
        assert_eq!(troubles.refusal(now + REFUSAL_IS_NEW), None);
        troubles.forget_refusal();
        assert_eq!(troubles.refusal(now), None);
    }

    #[test]
    fn a_failed_handshake_says_what_is_wrong_with_the_certificate() {
        let troubles = Troubles::default();
        let line = "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed";
        assert_eq!(troubles.explained("b", line), None);
        troubles.note_certificate("b", "it has expired".to_owned());
        assert_eq!(troubles.explained("b", "Connection refused"), None);
        assert_eq!(
            troubles.explained("b", line).as_deref(),
            Some("SSL handshake failed: it has expired")
        );
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
        troubles.note("c", "refused", now);
        troubles.note("d", "timed out", now);
        assert_eq!(troubles.summary(), "b, c: refused; d: timed out");
    }
}

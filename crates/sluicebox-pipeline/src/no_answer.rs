//! That the cluster does not answer, since when and why, in one short sentence.

use jiff::Timestamp;
use sluicebox_kafka::{ErrorClass, ErrorCode, KafkaError};

use crate::limits::NO_ANSWER_REASON_CHARS;

/// Why there is nothing new from the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// When the first question failed, RFC 3339.
    pub since: String,
    /// Why the last one did.
    pub reason: String,
    /// How the sentence begins, before the address.
    what: &'static str,
}

impl NoAnswer {
    /// After a question, asked at `asked`, that failed; `before`: after the one before it, if that had
    /// failed too.
    pub fn new(error: &KafkaError, asked: Timestamp, before: Option<Self>) -> Self {
        let since = || asked.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let reason = reason(&error.message, error.code);
        let (what, reason) = match error.class {
            ErrorClass::Refused => ("refused by", reason),
            _ if error.is_cluster_trouble() => ("no answer from", reason),
            // It answers, but cannot answer this: a topic was deleted, perhaps.
            _ => {
                let topic = error.topic.as_ref();
                let topic = topic.map_or(String::new(), |topic| format!(" {topic}"));
                let reason = format!("cannot {}{topic}: {reason}", error.operation);
                ("no whole answer from", reason)
            }
        };
        Self {
            since: before.map_or_else(since, |before| before.since),
            reason,
            what,
        }
    }

    /// The sentence, without a capital letter and a full stop.
    pub fn sentence(&self, bootstrap: &str) -> String {
        let (what, since, reason) = (self.what, &self.since, &self.reason);
        format!("{what} {bootstrap} since {since}: {reason}")
    }
}

/// The last and most precise part of what the client library says, where that is short.
fn reason(message: &str, code: ErrorCode) -> String {
    let last = message.rsplit(": ").next().unwrap_or(message);
    let last = match last.contains('(') {
        true => last,
        false => last.trim_end_matches(')'),
    };
    let last = last.trim_end_matches([';', ' ', '.']);
    if last == "Broker transport failure" {
        return "the connection was lost".to_owned();
    }
    if last.is_empty() || last.chars().count() > NO_ANSWER_REASON_CHARS {
        return code.description().to_owned();
    }
    last.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_the_client_library_says_its_last_words_are_the_reason() {
        for (message, expected) in [
            (
                "no answer from h:1 within 3.0 s (h:1: Connect to ipv4#10.0.0.1:1 failed: Connection refused)",
                "Connection refused",
            ),
            (
                "no login at h:1 (h:1: SASL authentication error: Authentication failed.)",
                "Authentication failed",
            ),
            ("Local: Broker transport failure", "the connection was lost"),
            ("no answer within 3s; ", "no answer within 3s"),
            ("", ErrorCode::TIMED_OUT.description()),
            (&"x".repeat(400), ErrorCode::TIMED_OUT.description()),
        ] {
            assert_eq!(reason(message, ErrorCode::TIMED_OUT), expected);
        }
    }

    #[test]
    fn a_sentence_says_who_since_when_and_why() {
        let no_answer = NoAnswer {
            since: "2026-11-27T10:00:00Z".to_owned(),
            reason: "Connection refused".to_owned(),
            what: "no answer from",
        };
        assert_eq!(
            no_answer.sentence("h:1"),
            "no answer from h:1 since 2026-11-27T10:00:00Z: Connection refused"
        );
    }
}

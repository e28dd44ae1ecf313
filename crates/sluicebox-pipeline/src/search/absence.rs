//! Whether the topic of a search is still there.
//!
//! A topic that was deleted gives nothing for ever, and the client only waits for it to come back. So
//! whoever gets nothing asks now and then. One answer is not enough: a broker that has just started, or has
//! not heard of a new topic yet, does not know it for a moment. An answer that does not come says nothing:
//! a lost broker is waited for.

use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, ErrorCode, KafkaError};

use crate::limits::{SEARCH_GONE_MS, SEARCH_GONE_POLL_MS, SEARCH_GONE_WAIT_MS};

/// What is known of the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// It is there, or nobody says that it is not.
    Here,
    /// It was deleted and made anew.
    Another,
    /// It was deleted.
    Gone,
}

/// Since when the topic gives nothing, and what was answered.
#[derive(Debug)]
pub(super) struct Absence {
    asked: Instant,
    unknown_since: Option<Instant>,
    /// The id of the topic, once it was told.
    id: Option<String>,
}

impl Absence {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            asked: now,
            unknown_since: None,
            id: None,
        }
    }

    /// The topic gives records.
    pub(super) fn end(&mut self, now: Instant) {
        self.asked = now;
        self.unknown_since = None;
    }

    /// Nothing came: asks where it is time for that.
    pub(super) fn look(&mut self, reader: &Consumer) -> Topic {
        if self.asked.elapsed() < Duration::from_millis(SEARCH_GONE_POLL_MS) {
            return Topic::Here;
        }
        let wait = Duration::from_millis(SEARCH_GONE_WAIT_MS);
        let answer = reader.topic_identity(0, wait);
        self.asked = Instant::now();
        self.take(answer, self.asked)
    }

    fn take(&mut self, answer: Result<String, KafkaError>, now: Instant) -> Topic {
        match answer {
            Ok(id) => {
                self.unknown_since = None;
                // Old brokers tell none.
                if id.is_empty() {
                    return Topic::Here;
                }
                match *self.id.get_or_insert_with(|| id.clone()) == id {
                    true => Topic::Here,
                    false => Topic::Another,
                }
            }
            Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
                let since = *self.unknown_since.get_or_insert(now);
                match now.duration_since(since) >= Duration::from_millis(SEARCH_GONE_MS) {
                    true => Topic::Gone,
                    false => Topic::Here,
                }
            }
            Err(_) => {
                self.unknown_since = None;
                Topic::Here
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sluicebox_kafka::ErrorClass;

    use super::*;

    fn error(code: ErrorCode) -> Result<String, KafkaError> {
        Err(KafkaError {
            operation: "describe a topic",
            code,
            topic: None,
            partition: None,
            message: String::new(),
            class: ErrorClass::Retry,
        })
    }

    /// What is known after these answers, one a second.
    fn after(answers: Vec<Result<String, KafkaError>>) -> Topic {
        let began = Instant::now();
        let mut absence = Absence::new(began);
        let mut known = Topic::Here;
        for (second, answer) in answers.into_iter().enumerate() {
            assert_eq!(known, Topic::Here, "before second {second}");
            known = absence.take(answer, began + Duration::from_secs(second as u64));
        }
        known
    }

    #[test]
    fn a_topic_is_gone_when_nobody_knows_it_for_a_while() {
        let unknown = || error(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let known = |id: &str| Ok(id.to_owned());
        let lost = || error(ErrorCode::TIMED_OUT);
        let for_seconds = |seconds| (0..=seconds).map(|_| unknown()).collect::<Vec<_>>();
        assert_eq!(after(for_seconds(5)), Topic::Gone);
        assert_eq!(after(for_seconds(4)), Topic::Here);
        for between in [known("a"), known(""), lost()] {
            let mut answers = for_seconds(4);
            answers.push(between);
            answers.extend(for_seconds(4));
            assert_eq!(after(answers), Topic::Here);
        }
        assert_eq!(after((0..60).map(|_| lost()).collect()), Topic::Here);
        let anew = vec![known("a"), unknown(), unknown(), known("b")];
        assert_eq!(after(anew), Topic::Another);
        assert_eq!(after(vec![known("a"), known("a"), known("")]), Topic::Here);
    }
}

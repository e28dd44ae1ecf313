//! Whether no dead letter was replayed twice: a replayed record names its letter.

use std::collections::HashMap;

use sluicebox_kafka::RecordRef;

use super::entry::hash;
use super::finding::Place;
use super::join::{Here, Join};
use super::kind::Kind;
use crate::dlq::HEADER_REPLAY_OF;
use crate::limits::VERIFY_REPLAYS_MAX;

/// A source record: topic, partition, offset.
type At = (u16, i32, i64);

/// The replays so far. Replays are the exception, so they are remembered, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Replays {
    /// By the hash of what names the letter.
    seen: HashMap<u64, At>,
    /// Replays beyond the limit.
    unchecked: u64,
    /// All replays.
    pub(super) count: u64,
}

impl Replays {
    /// Where the letter was replayed before, if it was.
    fn note(&mut self, letter: &[u8], at: At) -> Option<At> {
        self.count += 1;
        let letter = hash(letter);
        if let Some(before) = self.seen.get(&letter) {
            return Some(*before);
        }
        if self.seen.len() < VERIFY_REPLAYS_MAX {
            self.seen.insert(letter, at);
        } else {
            self.unchecked += 1;
        }
        None
    }
}

impl Join<'_> {
    /// Takes a source record in, if it is a replay.
    pub(super) fn note_replay(&mut self, here: Here, record: &RecordRef<'_>) {
        let of = record
            .headers()
            .filter(|(name, _)| *name == HEADER_REPLAY_OF);
        // A replay's own header comes last.
        let Some(letter) = of.filter_map(|(_, value)| value).last() else {
            return;
        };
        let at = (here.topic, here.partition, record.offset());
        if let Some((topic, partition, offset)) = self.replays.note(letter, at) {
            let place = Place {
                topic: Some(self.topics.name(here.topic).to_owned()),
                partition: Some(here.partition),
                offset: Some(record.offset()),
                ..Place::default()
            };
            let (letter, topic) = (String::from_utf8_lossy(letter), self.topics.name(topic));
            let detail =
                format!("of {letter}, as is {topic} partition {partition} offset {offset}");
            self.findings.add(Kind::ReplayedTwice, place, detail);
        }
    }

    /// Says what was beyond the limit.
    pub(super) fn finish_replays(&mut self) {
        if self.replays.unchecked > 0 {
            let detail = format!("the first {VERIFY_REPLAYS_MAX} were checked");
            let (kind, count) = (Kind::ReplaysUnchecked, self.replays.unchecked);
            self.findings
                .add_many(kind, Place::default(), count, detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_may_come_once() {
        let mut replays = Replays::default();
        assert_eq!(replays.note(b"dead_letters/0/1", (0, 0, 7)), None);
        assert_eq!(replays.note(b"dead_letters/0/2", (0, 0, 8)), None);
        assert_eq!(
            replays.note(b"dead_letters/0/1", (1, 2, 9)),
            Some((0, 0, 7))
        );
        assert_eq!((replays.count, replays.unchecked), (3, 0));
    }
}

//! Which letters were replayed: one marker each, in a compacted topic.
//!
//! A marker is written in the same transaction as the record that it stands for. Its key is the letter,
//! as `TOPIC/PARTITION/OFFSET`; its value says when and where to.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sluicebox_kafka::{ClientOptions, ErrorCode, RecordRef};

use super::letter::LetterId;
use super::read;
use crate::error::PipelineError;
use crate::retry::Patience;

/// What a marker says of its letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When, epoch milliseconds.
    pub replayed_at_ms: i64,
    /// The topic that it was replayed into.
    pub source_topic: String,
    /// Whether with another key or value than it had.
    pub is_edited: bool,
}

/// The markers of one topic of dead letters.
pub type Markers = BTreeMap<LetterId, Marker>;

/// The key of a letter's marker, and the value of the header of its replay.
pub(super) fn key(letters_topic: &str, id: LetterId) -> String {
    format!("{letters_topic}/{}/{}", id.partition, id.offset)
}

fn id_of(letters_topic: &str, key: &[u8]) -> Option<LetterId> {
    let text = std::str::from_utf8(key).ok()?;
    let rest = text.strip_prefix(letters_topic)?.strip_prefix('/')?;
    rest.replacen('/', ":", 1).parse().ok()
}

/// Markers that were read, and how far: reading again takes in what is new.
#[derive(Debug, Clone, Default)]
pub struct KnownMarkers {
    markers: Markers,
    /// Where reading goes on, by partition.
    read_to: BTreeMap<i32, i64>,
}

impl KnownMarkers {
    /// The markers so far.
    pub fn get(&self) -> &Markers {
        &self.markers
    }

    /// Takes in markers that were committed just now: reading meets them once more.
    pub(super) fn add(&mut self, mut made: Markers) {
        self.markers.append(&mut made);
    }

    /// Whether all up to these high watermarks is read.
    pub fn is_at(&self, ends: impl IntoIterator<Item = (i32, i64)>) -> bool {
        let read_to = |partition| self.read_to.get(&partition).copied().unwrap_or(0);
        ends.into_iter()
            .all(|(partition, end)| read_to(partition) == end)
    }

    /// Takes in the markers that are committed now; waits for transactions that are open there.
    /// `Ok(false)`: told to stop. A topic that does not exist has none.
    ///
    /// # Errors
    /// The topic cannot be read.
    pub fn update(
        &mut self,
        client: &ClientOptions,
        topic: &str,
        letters_topic: &str,
        patience: &Patience,
    ) -> Result<bool, PipelineError> {
        let request = || match read::whole(client, topic) {
            Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(Vec::new()),
            other => other,
        };
        let Some(mut spans) = patience.retry(|_| {}, request)? else {
            return Ok(false);
        };
        let ends: BTreeMap<i32, i64> = spans.iter().map(|span| (span.0, span.2)).collect();
        let is_shorter = |(partition, at): (&i32, &i64)| ends.get(partition).is_none_or(|e| e < at);
        if self.read_to.iter().any(is_shorter) {
            // The topic was made anew.
            *self = Self::default();
        }
        for (partition, from, _) in &mut spans {
            *from = (*from).max(self.read_to.get(partition).copied().unwrap_or(0));
        }
        spans.retain(|(_, from, end)| from < end);
        let markers = &mut self.markers;
        let is_read = read::read_topic(client, topic, &spans, patience, |record| {
            take(markers, letters_topic, record);
            ControlFlow::Continue(())
        })?;
        if is_read {
            self.read_to = ends;
        }
        Ok(is_read)
    }
}

fn take(markers: &mut Markers, letters_topic: &str, record: RecordRef<'_>) {
    let id = id_of(letters_topic, record.key().unwrap_or_default());
    match (id, record.value()) {
        (Some(id), Some(value)) => {
            // One that cannot be read counts too: better once too few than once too often.
            let unreadable = || Marker {
                replayed_at_ms: record.timestamp_ms(),
                source_topic: String::new(),
                is_edited: false,
            };
            let marker = serde_json::from_slice(value).unwrap_or_else(|_| unreadable());
            markers.insert(id, marker);
        }
        (Some(id), None) => {
            markers.remove(&id);
        }
        (None, _) => {}
    }
}

/// The markers that are committed now. `None`: told to stop. None where the topic does not exist.
///
/// # Errors
/// As [`KnownMarkers::update`].
pub fn read_markers(
    client: &ClientOptions,
    topic: &str,
    letters_topic: &str,
    patience: &Patience,
) -> Result<Option<Markers>, PipelineError> {
    let mut known = KnownMarkers::default();
    let is_read = known.update(client, topic, letters_topic, patience)?;
    Ok(is_read.then_some(known.markers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_letter_of_one_topic() {
        let id = LetterId {
            partition: 2,
            offset: 1405,
        };
        let key = key("dead_letters", id);
        assert_eq!(key, "dead_letters/2/1405");
        assert_eq!(id_of("dead_letters", key.as_bytes()), Some(id));
        assert_eq!(id_of("dead", key.as_bytes()), None);
        assert_eq!(id_of("dead_letters", b"dead_letters/2"), None);
    }
}

//! Which letters were replayed: one marker each, in a compacted topic.
//!
//! A marker is written in the same transaction as the record that it stands for. Its key is the letter,
//! as `TOPIC/PARTITION/OFFSET`; its value says when and where to.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sluicebox_kafka::{ClientOptions, ErrorCode};

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

/// Reads the markers that are committed now; waits for transactions that are open there. `None`: told
/// to stop. None where the topic does not exist.
///
/// # Errors
/// The topic cannot be read.
pub fn read_markers(
    client: &ClientOptions,
    topic: &str,
    letters_topic: &str,
    patience: &Patience,
) -> Result<Option<Markers>, PipelineError> {
    let mut markers = Markers::new();
    let spans = patience.retry(
        |_| {},
        || match read::whole(client, topic) {
            Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(Vec::new()),
            other => other,
        },
    )?;
    let Some(spans) = spans else { return Ok(None) };
    let is_read = read::read_topic(client, topic, &spans, patience, |record| {
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
        ControlFlow::Continue(())
    })?;
    Ok(is_read.then_some(markers))
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

//! What would become of a letter if it were replayed now.

use sluicebox_event::{Plans, Reject, Scratch, SourceRecord};

use super::letter::StoredLetter;
use crate::clock::now_ms;

/// Why the letter's stream would reject it now, with this value in place of its own. `None`: it would
/// be accepted, or no stream reads its source topic.
pub fn would_reject(plans: &Plans, letter: &StoredLetter, value: Option<&[u8]>) -> Option<Reject> {
    let stream = plans.stream_of_topic(&letter.source_topic)?;
    let record = SourceRecord {
        topic: &letter.source_topic,
        partition: letter.source_partition.unwrap_or_default(),
        offset: letter.source_offset.unwrap_or_default(),
        timestamp_ms: letter.source_timestamp_ms.unwrap_or(-1),
        key: letter.key.as_deref(),
        value: value.or(letter.value.as_deref()),
    };
    let mut out = Vec::new();
    let processed = plans.process(stream, &mut Scratch::default(), &record, now_ms(), &mut out);
    processed.err()
}

//! One record through its plan, and whether the outcome fits the output topic.
//!
//! `verify` does the same again, to say what a row should be.

use sluicebox_event::{Plans, Processed, Reason, Reject, Scratch, SourceRecord, StreamId};

/// Appends the value of the processed record to `out`, or says why it is a dead letter. Key and
/// value together have at most `record_bytes_max` bytes. What stands in `out` after an error counts
/// for nothing.
pub(crate) fn process(
    plans: &Plans,
    stream: StreamId,
    scratch: &mut Scratch,
    source: &SourceRecord<'_>,
    now_ms: i64,
    record_bytes_max: usize,
    out: &mut Vec<u8>,
) -> Result<Processed, Reject> {
    let start = out.len();
    let processed = plans.process(stream, scratch, source, now_ms, out)?;
    let bytes = source.key.map_or(0, <[u8]>::len) + out.len() - start;
    if bytes > record_bytes_max {
        return Err(too_large(bytes, record_bytes_max));
    }
    Ok(processed)
}

fn too_large(bytes: usize, limit: usize) -> Reject {
    let message = format!(
        "the processed record has {bytes} bytes with its key, the topic takes {limit}; shorten \
         the event, or raise the topic's max.message.bytes and the client's limit"
    );
    Reject {
        reason: Reason::TooLarge,
        message,
        field: None,
    }
}

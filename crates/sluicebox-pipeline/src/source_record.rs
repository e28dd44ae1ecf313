//! A record that was read, as the plans take it.

use sluicebox_event::SourceRecord;
use sluicebox_kafka::RecordRef;

/// The record of a topic of this name.
pub(crate) fn source_record<'a>(topic: &'a str, record: &RecordRef<'a>) -> SourceRecord<'a> {
    SourceRecord {
        topic,
        partition: record.partition(),
        offset: record.offset(),
        timestamp_ms: record.timestamp_ms(),
        key: record.key(),
        value: record.value(),
    }
}

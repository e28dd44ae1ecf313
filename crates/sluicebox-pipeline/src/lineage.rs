//! Which source record an output record stands for.

use sluicebox_event::dead_letter::{
    HEADER_OFFSET, HEADER_PARTITION, HEADER_SOURCE_TIMESTAMP, HEADER_TOPIC,
};
use sluicebox_event::{Plans, Scratch, StreamId};
use sluicebox_kafka::RecordRef;
use sluicebox_sink::limits::PARTITIONS_MAX_COUNT;

/// A source record, as one of the outputs names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lineage {
    /// The stream whose source topic it is in.
    pub(crate) stream: StreamId,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
}

impl Lineage {
    fn possible(self) -> Option<Self> {
        is_possible(self.partition, self.offset).then_some(self)
    }
}

/// Whether a topic can have such a record; there is an offset after it, too. A record in an output
/// that claims another one is foreign, and ends nobody's work.
pub(crate) fn is_possible(partition: i32, offset: i64) -> bool {
    (0..PARTITIONS_MAX_COUNT).contains(&partition) && (0..i64::MAX).contains(&offset)
}

/// Reads lineages; what it needs for that is reused.
#[derive(Default)]
pub(crate) struct LineageReader {
    scratch: Scratch,
    row: Vec<u8>,
}

impl LineageReader {
    /// Of a processed record. `None`: it says nothing that can be read; the sink keeps it as a
    /// letter.
    pub(crate) fn of_processed(
        &mut self,
        plans: &Plans,
        record: &RecordRef<'_>,
    ) -> Option<Lineage> {
        self.of_value(plans, record.value())
    }

    /// Of the value of a processed record.
    pub(crate) fn of_value(&mut self, plans: &Plans, value: Option<&[u8]>) -> Option<Lineage> {
        self.row.clear();
        let made = plans
            .csv_row(&mut self.scratch, value, &mut self.row)
            .ok()?;
        Lineage::possible(Lineage {
            stream: made.source_stream?,
            partition: made.source_partition,
            offset: made.source_offset,
            timestamp_ms: made.source_timestamp_ms,
        })
    }

    /// Of a dead letter.
    pub(crate) fn of_letter(plans: &Plans, record: &RecordRef<'_>) -> Option<Lineage> {
        let (mut topic, mut partition, mut offset, mut timestamp) = (None, None, None, None);
        for (name, value) in record.headers() {
            let text = value.and_then(|value| std::str::from_utf8(value).ok());
            match name {
                HEADER_TOPIC => topic = text,
                HEADER_PARTITION => partition = text.and_then(|text| text.parse().ok()),
                HEADER_OFFSET => offset = text.and_then(|text| text.parse().ok()),
                HEADER_SOURCE_TIMESTAMP => timestamp = text.and_then(|text| text.parse().ok()),
                _ => {}
            }
        }
        Lineage::possible(Lineage {
            stream: plans.stream_of_topic(topic?)?,
            partition: partition?,
            offset: offset?,
            timestamp_ms: timestamp?,
        })
    }
}

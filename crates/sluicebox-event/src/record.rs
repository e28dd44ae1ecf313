//! What goes into a plan and what comes out of it.

/// A record as it lies in a topic. Borrowed: nothing is copied to look at it.
#[derive(Clone, Copy, Debug)]
pub struct SourceRecord<'a> {
    /// Topic it was read from.
    pub topic: &'a str,
    /// Partition it was read from.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// Its own timestamp in milliseconds since 1970; -1 when it has none.
    pub timestamp_ms: i64,
    /// Its key; `None` is a null key, which is not an empty one.
    pub key: Option<&'a [u8]>,
    /// Its value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

/// Index of a stream in [`crate::Plans::streams`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u16);

impl StreamId {
    /// The id as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A record was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processed {
    /// Members of the record that the stream does not know and left out.
    pub ignored_fields: u32,
    /// The time the event says it happened, in milliseconds since 1970: the stream's event time
    /// field, else the source record's timestamp.
    pub event_time_ms: i64,
}

/// A row was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The stream, and so the file, it belongs to.
    pub stream: StreamId,
    /// Index of the source topic's stream, when the topic is one of ours. Usually equal to
    /// `stream`; different after a topic was renamed in the definitions.
    pub source_stream: Option<StreamId>,
    /// Partition of the source topic the event came from.
    pub source_partition: i32,
    /// Offset of the source record.
    pub source_offset: i64,
    /// Timestamp of the source record in milliseconds since 1970; -1 when it had none.
    pub source_timestamp_ms: i64,
    /// When it was processed, in milliseconds since 1970.
    pub processed_at_ms: i64,
}

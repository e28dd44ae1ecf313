//! A record on its way into a file: where it comes from, and what may become of it.

/// An input partition: (index of the input topic, partition).
pub type InputKey = (u16, i32);

/// A source partition as seen through one input partition: (index of the input topic, its
/// partition, index of the source topic, its partition).
pub type SourceKey = (u16, i32, u16, i32);

/// Where a record was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputRef {
    /// Index into `Opening::inputs`.
    pub topic: u16,
    /// Partition of that topic.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
}

/// Which source record a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRef {
    /// Index into `Opening::sources`.
    pub source: u16,
    /// Partition of that topic.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Its row belongs into the file.
    Appended,
    /// Its row is in the files already (only with `skip_repeats`); the position moved on.
    SkippedRepeat,
}

/// A record whose row is in the files already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The record.
    pub input: InputRef,
    /// What repeats: the source record, or the input record itself when `None`.
    pub source: Option<SourceRef>,
    /// The highest offset accepted so far from the same place (of the source partition through
    /// this input partition, or of the input partition).
    pub highest: i64,
}

/// A record that was not taken. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The record would double a row.
    #[error(
        "{input_topic} [{}] offset {} repeats {} that is in the files already (highest: {}); \
         offsets were reset or the processor's output was replayed: go on without doubling rows \
         with --skip-repeats",
        repeat.input.partition,
        repeat.input.offset,
        describe_repeat(repeat, source_topic.as_ref()),
        repeat.highest
    )]
    Repeat {
        /// What repeats what.
        repeat: Repeat,
        /// Name of the input topic.
        input_topic: String,
        /// Name of the source topic, when a source offset repeats.
        source_topic: Option<String>,
    },
    /// Too many rows wait: commit, then append this one again.
    #[error("{buffered_bytes} bytes of rows wait for a commit; commit before appending more")]
    BufferFull {
        /// How many bytes wait.
        buffered_bytes: usize,
    },
    /// A partition or an offset that cannot be.
    #[error("{what} is {value}, which is not within 0..={max}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: i64,
        /// The highest that is possible.
        max: i64,
    },
}

fn describe_repeat(repeat: &Repeat, source_topic: Option<&String>) -> String {
    match (repeat.source, source_topic) {
        (Some(source), Some(topic)) => {
            format!("{topic} [{}] offset {}", source.partition, source.offset)
        }
        _ => "a record".to_owned(),
    }
}

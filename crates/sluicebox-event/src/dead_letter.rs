//! Dead letters: what a rejected record looks like in Kafka, and as a row of `dead_letters.csv`.
//!
//! The headers follow Kafka Connect's dead letter queue (KIP-298), so that existing tools read them.

mod headers;
mod letter;
mod row;

pub use headers::*;
pub use letter::{Letter, LetterHeaders};
pub use row::{LetterSource, letter_row, sink_letter_row};

pub(crate) use row::{write_letter_row, write_sink_letter_row};

/// File that every dead letter ends in, with those of the sink itself.
pub const DEAD_LETTERS_FILE: &str = "dead_letters.csv";

/// First line of [`DEAD_LETTERS_FILE`], without the line break.
pub const DEAD_LETTERS_HEADER: &str = "source_topic,source_partition,source_offset,failed_at,stage,reason,message,key,key_encoding,value,value_encoding";

/// Where a record failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In the processor: the record is from a source topic.
    Process,
    /// In the sink: the record is from an output topic.
    Sink,
}

impl Stage {
    /// The stable code: `process` or `sink`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Sink => "sink",
        }
    }
}

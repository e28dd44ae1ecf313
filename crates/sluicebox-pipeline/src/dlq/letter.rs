//! A dead letter as it is stored.

use std::fmt;
use std::str::FromStr;

use sluicebox_event::dead_letter::{
    HEADER_CUT_HEADERS_COUNT, HEADER_CUT_KEY_LENGTH, HEADER_CUT_VALUE_LENGTH, HEADER_MESSAGE,
    HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON, HEADER_SOURCE_TIMESTAMP, HEADER_STAGE,
    HEADER_TOPIC,
};
use sluicebox_kafka::RecordRef;

/// Where a letter is in the topic of dead letters. Written as `PARTITION:OFFSET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId {
    /// The partition, from 0.
    pub partition: i32,
    /// The offset, from 0.
    pub offset: i64,
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl FromStr for LetterId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':');
        let id = parts.and_then(|(partition, offset)| {
            let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
            let id = Self { partition, offset };
            (id.partition >= 0 && id.offset >= 0).then_some(id)
        });
        id.ok_or_else(|| {
            format!("`{text}` is no dead letter: write PARTITION:OFFSET, such as 2:1405")
        })
    }
}

/// A header as it came: its name, and a value that may be null.
pub type Header = (String, Option<Vec<u8>>);

/// A dead letter of the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLetter {
    /// Where it is.
    pub id: LetterId,
    /// When it was written, epoch milliseconds.
    pub failed_at_ms: i64,
    /// Topic of the source record; empty where the letter does not say.
    pub source_topic: String,
    /// Partition of the source record.
    pub source_partition: Option<i32>,
    /// Offset of the source record.
    pub source_offset: Option<i64>,
    /// The source record's own timestamp, epoch milliseconds.
    pub source_timestamp_ms: Option<i64>,
    /// Where it failed.
    pub stage: String,
    /// The reason's code.
    pub reason: String,
    /// The reason for people.
    pub message: String,
    /// The key as it came; its first part where the letter was cut.
    pub key: Option<Vec<u8>>,
    /// The value as it came; its first part where the letter was cut.
    pub value: Option<Vec<u8>>,
    /// The source record's headers.
    pub headers: Vec<Header>,
    /// Whether parts of the source record are missing, because it was too large or had too many headers.
    pub is_cut: bool,
    /// How many headers the source record had, where some of them are all that is missing.
    pub headers_of: Option<u64>,
}

/// What a letter that is cut has of its source record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptParts {
    /// The beginning of the value, or of the key.
    Beginning,
    /// Key, value and some of the headers.
    SomeHeaders {
        /// As many are kept.
        kept: u64,
        /// As many there were.
        of: u64,
    },
}

impl fmt::Display for KeptParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beginning => f.write_str("the first part of a record that was too large"),
            Self::SomeHeaders { kept, of } => {
                write!(f, "the first {kept} of its record's {of} headers")
            }
        }
    }
}

impl StoredLetter {
    /// Reads a record of the topic. What it does not say stays empty.
    pub fn read(record: &RecordRef<'_>) -> Self {
        let mut letter = Self {
            id: LetterId {
                partition: record.partition(),
                offset: record.offset(),
            },
            failed_at_ms: record.timestamp_ms(),
            source_topic: String::new(),
            source_partition: None,
            source_offset: None,
            source_timestamp_ms: None,
            stage: String::new(),
            reason: String::new(),
            message: String::new(),
            key: record.key().map(<[u8]>::to_vec),
            value: record.value().map(<[u8]>::to_vec),
            headers: Vec::new(),
            is_cut: false,
            headers_of: None,
        };
        let mut has_beginning = false;
        for (name, value) in record.headers() {
            has_beginning |= matches!(name, HEADER_CUT_VALUE_LENGTH | HEADER_CUT_KEY_LENGTH);
            letter.take(name, value);
        }
        letter.headers_of = letter.headers_of.filter(|_| !has_beginning);
        letter
    }

    /// What there is of the source record, where parts of it are missing.
    pub fn kept(&self) -> KeptParts {
        let kept = self.headers.len() as u64;
        self.headers_of
            .map_or(KeptParts::Beginning, |of| KeptParts::SomeHeaders {
                kept,
                of,
            })
    }

    /// Ours come last, so that they win over original ones of the same name.
    fn take(&mut self, name: &str, value: Option<&[u8]>) {
        let text = String::from_utf8_lossy(value.unwrap_or_default());
        match name {
            HEADER_TOPIC => self.source_topic = text.into_owned(),
            HEADER_PARTITION => self.source_partition = text.parse().ok(),
            HEADER_OFFSET => self.source_offset = text.parse().ok(),
            HEADER_SOURCE_TIMESTAMP => self.source_timestamp_ms = text.parse().ok(),
            HEADER_STAGE => self.stage = text.into_owned(),
            HEADER_REASON => self.reason = text.into_owned(),
            HEADER_MESSAGE => self.message = text.into_owned(),
            HEADER_CUT_VALUE_LENGTH | HEADER_CUT_KEY_LENGTH => self.is_cut = true,
            HEADER_CUT_HEADERS_COUNT => {
                self.is_cut = true;
                self.headers_of = text.parse().ok();
            }
            _ if name.starts_with("sluicebox.cut.") => {}
            _ => {
                let value = value.map(<[u8]>::to_vec);
                self.headers.push((name.to_owned(), value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = LetterId {
            partition: 2,
            offset: 1405,
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "2", "2:", ":1", "-1:4", "2:-4", "2:4:5", "a:b"] {
            assert!(bad.parse::<LetterId>().is_err(), "{bad}");
        }
    }
}

//! The outcome of a verification.

use std::collections::BTreeMap;

use super::files::DataFile;
use super::finding::{Finding, Place};
use super::kind::{Kind, Verdict};

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Whether the topics were read, or the files alone.
    pub with_topics: bool,
    /// The cluster that was read.
    pub cluster_id: Option<String>,
    /// By stream of the configuration, in its order.
    pub streams: Vec<StreamReport>,
    /// The files that were read, sealed ones first.
    pub files: Vec<FileReport>,
    /// The first findings of each kind, contradictions first.
    pub findings: Vec<Finding>,
    /// How many records, rows or files there are of each kind of finding.
    pub counts: BTreeMap<Kind, u64>,
    /// Source records that are replays of dead letters.
    pub replays: u64,
    /// Letters that the sink wrote about records of the output topics.
    pub sink_letters: u64,
}

/// What was found of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamReport {
    /// Name of the stream.
    pub name: String,
    /// Its source topic.
    pub topic: String,
    /// Records that a committed reader gets from the topic now.
    pub source_records: u64,
    /// Rows of its file whose record is theirs alone, right or changed.
    pub rows: u64,
    /// Its letters, likewise.
    pub letters: u64,
    /// Records whose output the sink has not read yet.
    pub in_flight: u64,
    /// Records that the processor has not handled yet.
    pub waiting: u64,
    /// Records that should be in the files and are not.
    pub missing: u64,
    /// Rows beyond the first one of a record.
    pub doubled: u64,
    /// Rows that are not what the definitions give, or stand in a wrong file.
    pub changed: u64,
    /// Rows without a record.
    pub invented: u64,
    /// Rows that stand before an earlier row of their key.
    pub out_of_order: u64,
    /// Rows, and absences of rows, that nothing can prove.
    pub unprovable: u64,
}

/// What was found of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Its name in the output directory.
    pub name: String,
    /// Whether it was sealed by `--rotate`.
    pub is_sealed: bool,
    /// Rows in its committed part.
    pub rows: u64,
    /// Rows that the manifest says it has.
    pub recorded_rows: Option<u64>,
    /// Length of its committed part, in bytes, as the manifest says.
    pub recorded_bytes: Option<u64>,
    /// CRC-32C of what was read.
    pub crc: u32,
    /// Bytes behind the committed part when it was read: a sink was writing, or a finding says what they are.
    pub uncommitted_bytes: u64,
    /// Places that are no rows.
    pub unreadable: u64,
}

impl FileReport {
    pub(super) fn of(file: &DataFile) -> Self {
        Self {
            name: file.name.clone(),
            is_sealed: file.is_sealed,
            recorded_rows: file.recorded.as_ref().map(|state| state.rows),
            recorded_bytes: file.recorded.as_ref().map(|state| state.length),
            ..Self::default()
        }
    }
}

impl Report {
    /// How many findings there are of a verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|(kind, _)| kind.verdict() == verdict)
            .map(|(_, count)| count)
            .sum()
    }

    /// The worst verdict; `None`: all that could be there is proven.
    pub fn verdict(&self) -> Option<Verdict> {
        self.counts.keys().map(|kind| kind.verdict()).min()
    }
}

impl Place {
    /// A place that is a whole file.
    pub(super) fn file(name: &str) -> Self {
        Self {
            file: Some(name.to_owned()),
            ..Self::default()
        }
    }
}

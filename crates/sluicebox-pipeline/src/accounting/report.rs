//! What is asked and what is found.

use std::io;
use std::path::PathBuf;

/// Offsets of one source partition that must be accounted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOffsets {
    /// The source topic.
    pub topic: String,
    /// The source partition.
    pub partition: i32,
    /// Disjoint, ascending ranges of offsets; the end is not included.
    pub ranges: Vec<std::ops::Range<i64>>,
}

/// Whose offsets the rows of a file carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowsOf {
    /// A data file: all rows come from this source topic.
    Topic(String),
    /// The dead-letter file: each row names its source topic.
    Letters,
}

/// A file to read. One that does not exist counts as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whose offsets it carries.
    pub rows_of: RowsOf,
    /// Length in bytes that it had when the run began (0 when it did not exist): reading starts
    /// here, at a row's beginning.
    pub from_bytes: u64,
}

/// An offset without a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The source topic.
    pub topic: String,
    /// The source partition.
    pub partition: i32,
    /// The source offset.
    pub offset: i64,
}

/// A row whose source offset had a row already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubled {
    /// The source topic.
    pub topic: String,
    /// The source partition.
    pub partition: i32,
    /// The source offset.
    pub offset: i64,
    /// The file of the later row.
    pub file: PathBuf,
    /// Its line in the file, from 1.
    pub line: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Offsets that had to be accounted for.
    pub expected: u64,
    /// Expected offsets found as rows in data files.
    pub rows: u64,
    /// Expected offsets found as dead letters.
    pub letters: u64,
    /// Rows and letters of offsets that were not asked about (made by somebody else).
    pub others: u64,
    /// Records that were acknowledged without an offset, when a lost answer was repeated: as many of
    /// [`others`](Self::others) are theirs. `verify` tells which.
    pub unplaced: u64,
    /// Expected offsets without a row.
    pub missing: u64,
    /// Rows beyond the first of an expected offset.
    pub doubled: u64,
    /// The first few missing ones.
    pub missing_examples: Vec<Missing>,
    /// The first few doubled ones.
    pub doubled_examples: Vec<Doubled>,
}

impl Account {
    /// Whether every expected offset is there exactly once, and room for those without one.
    pub fn is_whole(&self) -> bool {
        self.missing == 0 && self.doubled == 0 && self.unplaced <= self.others
    }
}

/// The account could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccountingError {
    /// A file could not be read.
    #[error("cannot read {path} to account for its rows: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file does not have the columns that carry the source offset.
    #[error(
        "{path} has no column `{column}`: it was not written by this program, or its stream definition leaves the column out"
    )]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A row cannot be read.
    #[error(
        "{path}, line {line}: source partition or offset is not a number; the file was changed by another program"
    )]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

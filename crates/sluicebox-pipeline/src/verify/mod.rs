//! Proving that the files are what the topics say: every source record is exactly one row or one
//! letter, with the values that the definitions give, in order, and nothing else is there.
//!
//! ```text
//! cut -> scan of the files ----> entries --(sorted by source)--> join with the source topics
//!        tail of the outputs --> entries --'                      |
//!                                                     findings, a tally per stream
//! ```
//!
//! The files are read once, and so are the source topics. What is remembered of a row is 40 bytes,
//! sorted in memory up to a limit and in a temporary file beyond it.

mod absences;
mod absent;
mod accepted;
mod alone;
mod asking;
mod by_sink;
mod check;
mod checksummed;
mod columns;
mod config;
mod cut;
mod entry;
mod error;
mod expect;
mod files;
mod finding;
mod join;
mod kind;
mod leftovers;
mod lines;
mod logs;
mod manifest;
mod order;
mod replays;
mod report;
mod row_counts;
mod rows_again;
mod scan;
mod sizes;
mod sorter;
mod tail;
mod topics;
mod unmatched;
mod verification;

pub use config::{Phase, Progress, VerifyConfig};
pub use error::VerifyError;
pub use finding::{Finding, Place};
pub use kind::{Kind, Verdict};
pub use report::{FileReport, Report, StreamReport};
pub use verification::verify;

//! The independent account: what was produced, what was acknowledged, what the files hold.

pub mod event;
mod files;
mod load;

use std::collections::BTreeMap;

pub use event::{Event, Stream};
pub use files::{FilesRead, read_files};
pub use load::Load;
use sluicebox_kafka::OffsetRanges;

/// What the producers know.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Numbers below this one were handed to a producer.
    pub attempted: u64,
    /// Records whose outcome no producer knows: they may be there once, or not at all.
    pub unknown: u64,
    /// Acknowledged records whose offsets the brokers did not say; they count as unknown too.
    pub unplaced: u64,
    /// Acknowledged offsets.
    pub acknowledged: BTreeMap<(Stream, i32), OffsetRanges>,
}

impl Ledger {
    /// How many records were acknowledged.
    pub fn acknowledged_count(&self) -> u64 {
        self.acknowledged.values().map(OffsetRanges::count).sum()
    }

    /// What is wrong with the files: nothing, when they keep every promise that was made.
    pub fn disagreements(&self, files: &FilesRead) -> Vec<String> {
        let mut wrong = files.wrong.clone();
        let mut missing = 0;
        for (&(stream, partition), offsets) in &self.acknowledged {
            let seen = files.seen.get(&(stream, partition));
            for range in offsets.ranges() {
                for offset in range.start..range.end {
                    if seen.is_none_or(|seen| seen.binary_search(&offset).is_err()) {
                        let topic = stream.topic();
                        missing += 1;
                        wrong.push(format!(
                            "{topic}-{partition}@{offset} was acknowledged and is in no file"
                        ));
                    }
                }
            }
        }
        let beyond = files.numbers.iter().filter(|n| **n >= self.attempted);
        wrong.extend(beyond.map(|number| format!("number {number} was never produced")));
        let most = self.acknowledged_count() + self.unknown;
        if files.rows + files.letters > most {
            wrong.push(format!(
                "{} rows and letters, but at most {most} records",
                files.rows + files.letters
            ));
        }
        let least = self.acknowledged_count() + self.unplaced;
        if files.rows + files.letters + missing < least {
            wrong.push(format!(
                "{} rows and letters, but at least {least} acknowledged records",
                files.rows + files.letters
            ));
        }
        wrong
    }
}

#[cfg(test)]
mod tests;

//! Whoever takes what a search finds.

use std::ops::ControlFlow;

use sluicebox_kafka::RecordRef;

/// How far a search is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records looked at.
    pub scanned: u64,
    /// Records that fit.
    pub matched: u64,
    /// Offsets before the end that was there at the start.
    pub remaining: u64,
    /// Why it ended; `None` while it goes on, and where whoever took the records had enough.
    pub ended: Option<Ended>,
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is at the end that the topic had at the start.
    End,
    /// It has found as many records as were asked for.
    Limit,
    /// Its time is over.
    Time,
    /// The topic was deleted and made anew.
    Recreated,
    /// It was told to end.
    Stopped,
}

impl Ended {
    /// The word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Limit => "limit",
            Self::Time => "time",
            Self::Recreated => "recreated",
            Self::Stopped => "stopped",
        }
    }
}

/// Takes what a search finds, and is waited for. `Break` ends the search.
pub trait Watch {
    /// A record that fits.
    fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()>;

    /// How far the search is: a few times a second, and at the end.
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()>;

    /// What had come is looked through; more may take a while.
    fn pause(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A position was outside the log, so that the search goes on elsewhere: `from` an offset that was
    /// removed (retention), or that is not there any more, `to` the next one that is.
    fn moved(&mut self, partition: i32, from: i64, to: i64) {
        let _ = (partition, from, to);
    }
}

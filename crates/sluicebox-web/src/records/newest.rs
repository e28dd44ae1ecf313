//! The latest records of all partitions together, oldest first.
//!
//! An equal share of each partition would show old records of a partition that rests in place of new ones of
//! one that does not. So enough of each is looked at, and the newest of all are kept.

use std::ops::ControlFlow;

use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{self, Ended, Progress, Watch};

use super::query::Asked;
use crate::limits::LATEST_KEPT_MAX_BYTES;

/// Takes what a search finds. What is made of a record can be kept, where its place is not known yet.
pub(crate) trait Taker {
    /// What is made of a record.
    type Made;

    /// Makes it.
    fn make(&self, record: RecordRef<'_>) -> Self::Made;

    /// How much room it takes, about.
    fn bytes(made: &Self::Made) -> usize;

    /// Takes it. `Break` ends the search.
    fn take(&mut self, made: Self::Made) -> ControlFlow<()>;

    /// How far the search is.
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()>;
}

/// Hands records on as they come.
pub(super) struct AsTheyCome<'a, T> {
    taker: &'a mut T,
    asked: &'a Asked,
    handed: u64,
    is_full: bool,
}

impl<'a, T: Taker> AsTheyCome<'a, T> {
    pub(super) fn new(taker: &'a mut T, asked: &'a Asked) -> Self {
        Self {
            taker,
            asked,
            handed: 0,
            is_full: false,
        }
    }
}

impl<T: Taker> Watch for AsTheyCome<'_, T> {
    fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()> {
        if !self.asked.fits(record) {
            return ControlFlow::Continue(());
        }
        let made = self.taker.make(record);
        self.taker.take(made)?;
        self.handed += 1;
        // The search counts those as well that are not meant.
        let limit = self.asked.search.limit;
        self.is_full = limit.is_some_and(|limit| self.handed >= limit);
        match self.is_full {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        let full = self.is_full.then_some(Ended::Limit);
        self.taker.progress(&Progress {
            matched: self.handed,
            ended: progress.ended.or(full),
            ..*progress
        })
    }
}

/// Keeps the newest of the records that come, and hands them on at the end.
pub(super) struct Newest<'a, T: Taker> {
    taker: &'a mut T,
    asked: &'a Asked,
    kept: search::Newest<T::Made>,
    handed: u64,
}

impl<'a, T: Taker> Newest<'a, T> {
    pub(super) fn new(taker: &'a mut T, asked: &'a Asked, keep: usize) -> Self {
        Self {
            taker,
            asked,
            kept: search::Newest::new(keep, LATEST_KEPT_MAX_BYTES),
            handed: 0,
        }
    }

    /// Whether there were more, which together were too large to be put in order.
    pub(super) fn is_cut(&self) -> bool {
        self.kept.is_cut()
    }

    /// Hands on what is kept.
    pub(super) fn hand_on(&mut self) -> ControlFlow<()> {
        for made in self.kept.drain() {
            self.handed += 1;
            self.taker.take(made)?;
        }
        ControlFlow::Continue(())
    }
}

impl<T: Taker> Watch for Newest<'_, T> {
    fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()> {
        let at = (record.timestamp_ms(), record.partition(), record.offset());
        if !self.kept.is_too_old(at) && self.asked.fits(record) {
            let made = self.taker.make(record);
            let bytes = T::bytes(&made);
            self.kept.push(at, made, bytes);
        }
        ControlFlow::Continue(())
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if progress.ended.is_some() {
            self.hand_on()?;
        }
        // What was looked at and left out again is not found.
        let matched = self.handed + self.kept.len() as u64;
        let progress = Progress {
            matched,
            ..*progress
        };
        self.taker.progress(&progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Query;

    /// Takes numbers of bytes.
    #[derive(Default)]
    struct Sizes(Vec<usize>);

    impl Taker for Sizes {
        type Made = usize;

        fn make(&self, record: RecordRef<'_>) -> usize {
            record.value().map_or(0, <[u8]>::len)
        }

        fn bytes(made: &usize) -> usize {
            *made
        }

        fn take(&mut self, made: usize) -> ControlFlow<()> {
            self.0.push(made);
            ControlFlow::Continue(())
        }

        fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    fn newest(keep: usize, rows: &[(i64, i32, i64, usize)]) -> (Vec<usize>, bool) {
        let mut taken = Sizes::default();
        let asked = Query::default().search("t").unwrap();
        let mut newest = Newest::new(&mut taken, &asked, keep);
        for &(time, partition, offset, bytes) in rows {
            let at = (time, partition, offset);
            if !newest.kept.is_too_old(at) {
                newest.kept.push(at, bytes, bytes);
            }
        }
        let _ = newest.hand_on();
        let is_cut = newest.is_cut();
        (taken.0, is_cut)
    }

    #[test]
    fn the_newest_of_all_partitions_come_oldest_first() {
        let rows = [
            (5, 0, 0, 1),
            (9, 0, 1, 2),
            (7, 1, 0, 3),
            (7, 2, 0, 4),
            (1, 3, 0, 5),
        ];
        assert_eq!(newest(3, &rows), (vec![3, 4, 2], false));
        assert_eq!(newest(10, &rows).0, [5, 1, 3, 4, 2]);
    }

    #[test]
    fn many_bytes_leave_fewer_records_and_are_told() {
        let half = LATEST_KEPT_MAX_BYTES / 2;
        let rows = [(1, 0, 0, half), (2, 0, 1, half), (3, 0, 2, 9)];
        assert_eq!(newest(10, &rows), (vec![half, 9], true));
        assert_eq!(newest(1, &[(1, 0, 0, 3 * half)]), (vec![3 * half], false));
    }
}

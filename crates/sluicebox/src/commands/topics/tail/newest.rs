//! The last records of all partitions, oldest first.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{self, Filter, Progress, Watch};

use super::line::Style;
use super::out::{Block, said_moved};
use crate::limits::TAIL_LAST_BYTES;

/// Keeps the newest of the records that come.
pub(super) struct Newest<'a> {
    topic: &'a str,
    style: Style,
    filter: &'a Filter,
    keep: usize,
    /// The line of each, if it fits.
    rows: search::Newest<Option<Vec<u8>>>,
    /// Records that came, by partition.
    came: BTreeMap<i32, usize>,
    block: Block,
}

impl<'a> Newest<'a> {
    pub(super) fn new(topic: &'a str, style: Style, filter: &'a Filter, keep: usize) -> Self {
        Self {
            topic,
            style,
            filter,
            keep,
            rows: search::Newest::new(keep, TAIL_LAST_BYTES),
            came: BTreeMap::new(),
            block: Block::new(),
        }
    }

    /// Whether so many records came from a partition that older ones of it cannot be among the newest.
    pub(super) fn is_enough_of(&self, partition: i32) -> bool {
        self.came.get(&partition).copied().unwrap_or(0) >= self.keep
    }

    /// What there is to be said where not all of the newest are kept.
    pub(super) fn cut(&self) -> Option<String> {
        let came = self.came.values().sum::<usize>();
        self.rows.is_cut().then(|| {
            format!(
                "only the last {} of these {} records are shown: together they are too large to be put in order; --from earliest shows all",
                self.rows.len(),
                came.min(self.keep)
            )
        })
    }

    /// The lines of those that fit, oldest first, at most so many.
    pub(super) fn lines(mut self, limit: Option<u64>) -> Vec<Vec<u8>> {
        let fitting = self.rows.drain().flatten();
        let limit = limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        fitting.take(limit).collect()
    }

    fn take(&mut self, at: search::Place, line: Option<Vec<u8>>) {
        let bytes = line.as_ref().map_or(0, Vec::len);
        self.rows.push(at, line, bytes);
    }
}

impl Watch for Newest<'_> {
    fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()> {
        let (partition, offset) = (record.partition(), record.offset());
        *self.came.entry(partition).or_default() += 1;
        let at = (record.timestamp_ms(), partition, offset);
        if !self.rows.is_too_old(at) {
            let line = self.filter.matches(record).then(|| {
                let mut line = Vec::new();
                self.style.write(self.topic, record, &mut line);
                line
            });
            self.take(at, line);
        }
        ControlFlow::Continue(())
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.block.show(progress);
        ControlFlow::Continue(())
    }

    fn moved(&mut self, partition: i32, from: i64, to: i64) {
        said_moved(self.topic, partition, from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(keep: usize, rows: &[(i64, i32, i64, usize)]) -> (Vec<usize>, bool) {
        let filter = Filter::default();
        let mut newest = Newest::new("t", Style::Json, &filter, keep);
        for (time, partition, offset, bytes) in rows {
            let line = (*bytes > 0).then(|| vec![b'x'; *bytes]);
            newest.take((*time, *partition, *offset), line);
        }
        let is_cut = newest.rows.is_cut();
        (newest.lines(None).iter().map(Vec::len).collect(), is_cut)
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
        assert_eq!(lines(3, &rows), (vec![3, 4, 2], false));
        assert_eq!(lines(10, &rows).0, [5, 1, 3, 4, 2]);
        let unfit = [(1, 0, 0, 7), (2, 0, 1, 0), (3, 0, 2, 0)];
        assert!(
            lines(2, &unfit).0.is_empty(),
            "those that do not fit count too"
        );
    }

    #[test]
    fn many_bytes_leave_fewer_records_and_are_told() {
        let filter = Filter::default();
        let mut newest = Newest::new("t", Style::Json, &filter, 10);
        for offset in 0..3 {
            newest.came.insert(offset, 1);
            newest.take((1, offset, 0), Some(vec![b'x'; TAIL_LAST_BYTES / 2]));
        }
        let said = newest.cut().unwrap();
        assert!(said.contains("the last 2 of these 3 records"), "{said}");
        let half = TAIL_LAST_BYTES / 2;
        let rows = [(1, 0, 0, half), (2, 0, 1, half), (3, 0, 2, 9)];
        assert_eq!(lines(10, &rows), (vec![half, 9], true));
        assert_eq!(lines(1, &[(1, 0, 0, 3 * half)]), (vec![3 * half], false));
    }
}

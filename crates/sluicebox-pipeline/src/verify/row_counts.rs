//! How many rows and letters each stream has.

use super::entry::Entry;
use super::files::{DataFile, RowsOf};
use super::report::StreamReport;
use super::topics::{TopicKind, Topics};

/// Counts into a report.
pub(super) struct RowCounts<'a> {
    pub(super) streams: &'a mut [StreamReport],
    pub(super) sink_letters: &'a mut u64,
}

impl RowCounts<'_> {
    /// Counts a row or letter of its stream.
    pub(super) fn row(&mut self, entry: &Entry, topics: &Topics, files: &[DataFile]) {
        let is_letter = files[usize::from(entry.file)].rows_of == RowsOf::Letters;
        match self.streams.get_mut(usize::from(entry.topic)) {
            Some(stream) if is_letter => stream.letters += 1,
            Some(stream) => stream.rows += 1,
            None if topics.kind(entry.topic) == TopicKind::Output => *self.sink_letters += 1,
            // Of a stream that is not in the configuration: a finding speaks for it.
            None => {}
        }
    }
}

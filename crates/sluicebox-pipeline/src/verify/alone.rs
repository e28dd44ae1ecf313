//! The files alone: what they say about themselves.

use std::collections::HashMap;

use sluicebox_sink::ManifestState;

use super::entry::{BY_SINK, Entry};
use super::error::VerifyError;
use super::files::DataFile;
use super::finding::{Findings, Place};
use super::kind::Kind;
use super::row_counts::RowCounts;
use super::sorter::Sorted;
use super::topics::{TopicKind, Topics};

/// Looks for doubled rows and for holes, without any topic.
pub(super) struct Alone<'a> {
    pub(super) topics: &'a Topics,
    pub(super) files: &'a [DataFile],
    pub(super) findings: &'a mut Findings,
    pub(super) counts: RowCounts<'a>,
    /// Highest offset of a row by topic and partition.
    pub(super) highest: &'a HashMap<(u16, i32), i64>,
    pub(super) temp: &'a std::path::Path,
}

impl Alone<'_> {
    /// Goes through all rows in the order of their records.
    pub(super) fn check(
        &mut self,
        mut entries: Sorted<Entry>,
        manifest: Option<&ManifestState>,
    ) -> Result<(), VerifyError> {
        let failed = VerifyError::temporary(self.temp);
        let mut last: Option<Entry> = None;
        let mut rows = 0;
        while let Some(entry) = entries.next().map_err(&failed)? {
            if entry.file == BY_SINK {
                // Its record is no hole, and its row is the sink's letter.
                if last.is_none_or(|last| last.key() != entry.key()) {
                    last = Some(entry);
                }
                continue;
            }
            rows += 1;
            match last {
                Some(last) if last.key() == entry.key() => {
                    self.doubled(&entry, &last);
                    continue;
                }
                Some(last) if (last.topic, last.partition) == (entry.topic, entry.partition) => {
                    self.hole(&last, entry.offset);
                }
                _ => {}
            }
            self.counts.row(&entry, self.topics, self.files);
            last = Some(entry);
        }
        if let Some(state) = manifest {
            self.compare_highest(state);
        }
        // Also where there is no row: nobody knows whether there should be some.
        let detail = "values were not compared";
        self.findings
            .add_many(Kind::NoTopics, Place::default(), rows.max(1), detail);
        Ok(())
    }

    fn doubled(&mut self, entry: &Entry, first: &Entry) {
        if let Some(stream) = self.counts.streams.get_mut(usize::from(entry.topic)) {
            stream.doubled += 1;
        }
        let place = Place {
            file: Some(self.files[usize::from(entry.file)].name.clone()),
            position: Some(entry.position),
            ..self.place(entry.topic, entry.partition, entry.offset)
        };
        let file = &self.files[usize::from(first.file)].name;
        let detail = format!("the first one is in {file}, at byte {}", first.position);
        self.findings.add(Kind::RowDoubled, place, detail);
    }

    fn hole(&mut self, last: &Entry, next: i64) {
        let missing = next - last.offset - 1;
        // Letters of the sink name what it could not read, and nothing between.
        if missing <= 0 || self.topics.kind(last.topic) == TopicKind::Output {
            return;
        }
        let place = Place {
            last_offset: (missing > 1).then_some(next - 1),
            ..self.place(last.topic, last.partition, last.offset + 1)
        };
        self.findings
            .add_many(Kind::OffsetGap, place, missing as u64, "");
        if let Some(stream) = self.counts.streams.get_mut(usize::from(last.topic)) {
            stream.unprovable += missing as u64;
        }
    }

    fn place(&self, topic: u16, partition: i32, offset: i64) -> Place {
        Place {
            topic: Some(self.topics.name(topic).to_owned()),
            partition: Some(partition),
            offset: Some(offset),
            ..Place::default()
        }
    }

    /// The manifest knows the highest source offset of each partition: no row can be above it, and the
    /// row that has it must be there.
    fn compare_highest(&mut self, state: &ManifestState) {
        let mut recorded: HashMap<(u16, i32), i64> = HashMap::new();
        for at in state.source_positions() {
            let name = &state.sources[usize::from(at.source)];
            let topic = self.topics.names().iter().position(|known| known == name);
            let Some(topic) = topic else { continue };
            let highest = recorded
                .entry((topic as u16, at.source_partition))
                .or_insert(at.offset);
            *highest = at.offset.max(*highest);
        }
        for ((topic, partition), recorded) in recorded {
            let found = self.highest.get(&(topic, partition)).copied();
            let kind = match found {
                Some(found) if found == recorded => continue,
                Some(found) if found > recorded => Kind::RowInvented,
                _ => Kind::RowMissing,
            };
            let detail = match found {
                Some(found) => format!(
                    "the manifest knows offset {recorded} as the highest, the files have {found}"
                ),
                None => format!("the manifest knows offset {recorded}, and the files have none"),
            };
            let place = self.place(topic, partition, found.unwrap_or(0).max(recorded));
            self.findings.add(kind, place, detail);
            if let Some(stream) = self.counts.streams.get_mut(usize::from(topic)) {
                match kind {
                    Kind::RowInvented => stream.invented += 1,
                    _ => stream.missing += 1,
                }
            }
        }
    }
}

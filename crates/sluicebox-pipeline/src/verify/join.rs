//! Rows and records side by side: both come in the order of topic, partition and offset.

use std::collections::HashSet;

use sluicebox_event::{Plans, StreamId};
use sluicebox_kafka::RecordRef;

use super::absences::Absences;
use super::config::Progress;
use super::cut::{Cut, SourceLog};
use super::entry::{BY_SINK, Entry, IN_FLIGHT, Keyed, hash};
use super::error::VerifyError;
use super::expect::Expect;
use super::files::DataFile;
use super::finding::Findings;
use super::logs::{LogReader, Visitor};
use super::replays::Replays;
use super::row_counts::RowCounts;
use super::sorter::{Sorted, Sorter};
use super::topics::{TopicKind, Topics};
use crate::source_record::source_record;

/// Everything that is known while rows and records are compared.
pub(super) struct Join<'a> {
    pub(super) plans: &'a Plans,
    pub(super) topics: &'a Topics,
    pub(super) files: &'a [DataFile],
    pub(super) cut: &'a Cut,
    pub(super) entries: Sorted<Entry>,
    pub(super) findings: &'a mut Findings,
    pub(super) counts: RowCounts<'a>,
    pub(super) expect: Expect<'a>,
    /// All rows were written with the present definitions.
    pub(super) is_plan_certain: bool,
    /// What is in flight begins where the files end: there is a manifest, and its topics are these.
    pub(super) is_tail_certain: bool,
    /// Topic, partition and file family whose rows do not stand in the order of their offsets.
    pub(super) disordered: HashSet<(u16, i32, u16)>,
    pub(super) keyed: Sorter<Keyed>,
    pub(super) absences: Absences,
    pub(super) replays: Replays,
    pub(super) row_max_bytes: usize,
    pub(super) progress: &'a Progress,
    pub(super) temp: &'a std::path::Path,
    /// The partition that is being read.
    pub(super) here: Option<Here>,
}

/// A partition that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) topic: u16,
    pub(super) partition: i32,
    /// Records before this offset are gone.
    pub(super) known_from: i64,
    pub(super) end: i64,
    /// Records below this offset must be in the files, or in flight.
    pub(super) required: i64,
}

impl Join<'_> {
    /// Compares all source topics with all rows.
    pub(super) fn sources(
        &mut self,
        reader: &mut LogReader,
        required: impl Fn(u16, &SourceLog) -> i64,
    ) -> Result<(), VerifyError> {
        for (index, source) in self.cut.sources.iter().enumerate() {
            let topic = index as u16;
            for log in source.partitions.iter().filter(|_| source.gone.is_none()) {
                let partition = log.partition;
                self.recordless_before((topic, partition, i64::MIN))?;
                self.here = Some(Here {
                    topic,
                    partition,
                    known_from: log.earliest,
                    end: log.end,
                    required: required(topic, log).min(log.end),
                });
                reader.read(topic, partition, (log.earliest, log.end), self)?;
                self.recordless_before((topic, partition, i64::MAX))?;
                if let Some(here) = self.here.take() {
                    self.decide_given_up(here);
                }
            }
        }
        self.recordless_before((self.topics.sources() as u16, 0, i64::MIN))
    }

    /// Compares the letters of the sink with the records that it could not read.
    pub(super) fn sink_letters(&mut self, reader: &mut LogReader) -> Result<(), VerifyError> {
        while let Some(next) = self.entries.peek() {
            let (topic, partition, offset) = next.key();
            if self.topics.kind(topic) != TopicKind::Output {
                break;
            }
            let output = usize::from(topic) - self.topics.sources();
            let log = &self.cut.outputs[output];
            let tail = log.tails.iter().find(|tail| tail.partition == partition);
            let Some(tail) = tail.filter(|_| log.gone.is_none()) else {
                self.recordless_before((topic, partition, i64::MAX))?;
                continue;
            };
            self.here = Some(Here {
                topic,
                partition,
                known_from: tail.earliest,
                end: tail.end,
                required: i64::MIN,
            });
            let range = (offset.max(tail.earliest), tail.end);
            reader.read(output as u16, partition, range, self)?;
            self.recordless_before((topic, partition, i64::MAX))?;
            self.here = None;
        }
        self.recordless_before((u16::MAX, i32::MAX, i64::MAX))
    }

    /// Rows before this place have no record.
    fn recordless_before(&mut self, end: (u16, i32, i64)) -> Result<(), VerifyError> {
        while let Some(next) = self.entries.peek().filter(|next| next.key() < end) {
            let key = next.key();
            let (mut first, mut in_flight) = (None, None);
            while let Some(entry) = self.next_of(key)? {
                if entry.file == BY_SINK {
                    continue;
                }
                if entry.file == IN_FLIGHT {
                    self.in_flight(&entry, first.as_ref(), &mut in_flight);
                    continue;
                }
                match first {
                    None => self.recordless(&entry),
                    Some(first) => self.doubled(&entry, &first),
                }
                first = first.or(Some(entry));
            }
        }
        Ok(())
    }

    /// The next entry, if it is of this record.
    fn next_of(&mut self, key: (u16, i32, i64)) -> Result<Option<Entry>, VerifyError> {
        if self.entries.peek().is_none_or(|next| next.key() != key) {
            return Ok(None);
        }
        self.entries
            .next()
            .map_err(VerifyError::temporary(self.temp))
    }

    fn note_order(&mut self, entry: &Entry, record: &RecordRef<'_>) -> Result<(), VerifyError> {
        let family = self.files[usize::from(entry.file)].family;
        if !self
            .disordered
            .contains(&(entry.topic, entry.partition, family))
        {
            return Ok(());
        }
        let keyed = Keyed {
            topic: entry.topic,
            partition: entry.partition,
            family,
            // Records without a key take one way as well (ADR 20).
            key_hash: record.key().map_or(0, hash),
            offset: entry.offset,
            file: entry.file,
            position: entry.position,
        };
        let failed = VerifyError::temporary(self.temp);
        self.keyed.push(keyed).map_err(failed)
    }
}

impl Visitor for Join<'_> {
    fn begins_at(&mut self, offset: i64) -> Result<(), VerifyError> {
        let Some(here) = &mut self.here else {
            return Ok(());
        };
        here.known_from = offset;
        let end = (here.topic, here.partition, offset);
        self.recordless_before(end)
    }

    fn record(&mut self, record: &RecordRef<'_>) -> Result<bool, VerifyError> {
        let Some(here) = self.here else {
            return Ok(false);
        };
        self.progress.add(1);
        let (topic, partition, offset) = (here.topic, here.partition, record.offset());
        let key = (topic, partition, offset);
        self.recordless_before(key)?;
        let (mut first, mut in_flight, mut by_sink) = (None, None, false);
        while let Some(entry) = self.next_of(key)? {
            if entry.file == BY_SINK {
                by_sink = true;
                continue;
            }
            if entry.file == IN_FLIGHT {
                self.in_flight(&entry, first.as_ref(), &mut in_flight);
                continue;
            }
            match first {
                None => {
                    self.counts.row(&entry, self.topics, self.files);
                    self.note_order(&entry, record)?;
                    first = Some(entry);
                }
                Some(first) => self.doubled(&entry, &first),
            }
            let source = source_record(self.topics.name(topic), record);
            match self.topics.kind(topic) {
                TopicKind::Source => self.check(&entry, StreamId(topic), &source, record)?,
                _ => self.check_sink_letter(&entry, &source, record)?,
            }
        }
        if self.topics.kind(topic) != TopicKind::Source {
            let next = self.entries.peek().map(Entry::key);
            return Ok(next.is_some_and(|next| (next.0, next.1) == (topic, partition)));
        }
        self.counts.streams[usize::from(topic)].source_records += 1;
        self.note_replay(here, record);
        match (first, in_flight) {
            (Some(row), _) => self.is_there(&row, record),
            (None, Some(_)) => {
                self.counts.streams[usize::from(topic)].in_flight += 1;
                self.is_on_its_way(record);
            }
            // What the letter says is compared with the output topic.
            (None, None) if by_sink => {
                self.counts.streams[usize::from(topic)].letters += 1;
                self.is_on_its_way(record);
            }
            (None, None) => self.absent(here, record),
        }
        Ok(true)
    }
}

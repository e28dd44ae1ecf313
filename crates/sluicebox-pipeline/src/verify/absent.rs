//! Records that no file has a row of.

use sluicebox_event::StreamId;
use sluicebox_kafka::RecordRef;

use super::accepted::{LETTERS, PROCESSED};
use super::entry::Entry;
use super::expect::depends_on_time;
use super::files::RowsOf;
use super::finding::Place;
use super::join::{Here, Join};
use super::kind::Kind;
use crate::clock::now_ms;
use crate::source_record::source_record;

impl Join<'_> {
    /// A record that no file has a row of.
    pub(super) fn absent(&mut self, here: Here, record: &RecordRef<'_>) {
        let offset = record.offset();
        let topic = usize::from(here.topic);
        let Some(stream) = self.counts.streams.get_mut(topic) else {
            return;
        };
        if offset >= here.required {
            stream.waiting += 1;
            return;
        }
        let archived = self
            .absences
            .archived
            .get_mut(topic)
            .filter(|left| **left > 0);
        let kind = if self.cut.is_output_gone {
            Kind::OutputGone
        } else if self.cut.is_open {
            Kind::TransactionOpen
        } else if let Some(left) = archived {
            // The finding of the file speaks for its rows.
            *left -= 1;
            stream.unprovable += 1;
            return;
        } else if self.may_be_given_up(here, record) {
            // Decided when all of the partition is read.
            return;
        } else {
            Kind::RowMissing
        };
        let Some(stream) = self.counts.streams.get_mut(topic) else {
            return;
        };
        match kind {
            Kind::RowMissing => stream.missing += 1,
            _ => stream.unprovable += 1,
        }
        let place = Place {
            topic: Some(self.topics.name(here.topic).to_owned()),
            partition: Some(here.partition),
            offset: Some(offset),
            ..Place::default()
        };
        self.findings.add(kind, place, "");
    }

    /// A record that has a row: nothing of what was given up is beside it.
    pub(super) fn is_there(&mut self, row: &Entry, record: &RecordRef<'_>) {
        let output = match self.files[usize::from(row.file)].rows_of {
            RowsOf::Letters => LETTERS,
            _ => PROCESSED,
        };
        self.absences.accepted.present(output, record.key());
    }

    /// A record that has an output, of whichever kind.
    pub(super) fn is_on_its_way(&mut self, record: &RecordRef<'_>) {
        for output in [PROCESSED, LETTERS] {
            self.absences.accepted.present(output, record.key());
        }
    }

    /// Notes an absent record whose output can have been given up. Of which kind it was can depend on
    /// when it was processed, and on the definitions of then.
    fn may_be_given_up(&mut self, here: Here, record: &RecordRef<'_>) -> bool {
        if self.absences.accepted.is_empty() {
            return false;
        }
        let source = source_record(self.topics.name(here.topic), record);
        let (stream, now) = (StreamId(here.topic), now_ms());
        let mut kinds = [false; 2];
        for at in [now, record.timestamp_ms().max(0)] {
            let reject = self.expect.of(stream, &source, record, at, at).reject;
            let is_uncertain = reject.as_ref().is_some_and(|it| depends_on_time(it.reason));
            kinds[LETTERS] |= reject.is_some() || !self.is_plan_certain;
            kinds[PROCESSED] |= reject.is_none() || is_uncertain || !self.is_plan_certain;
        }
        // A key that was too large for its letter was cut there, and took another way.
        let letter_key = self.expect.letter_key(record.key());
        let accepted = &mut self.absences.accepted;
        let offset = record.offset();
        (kinds[PROCESSED] && accepted.note(PROCESSED, record.key(), offset))
            || (kinds[LETTERS] && accepted.note(LETTERS, letter_key, offset))
    }

    /// Decides about the absent records of a source partition that can have been given up.
    pub(super) fn decide_given_up(&mut self, here: Here) {
        let decided = self.absences.accepted.decide();
        let Some(stream) = self.counts.streams.get_mut(usize::from(here.topic)) else {
            return;
        };
        let kinds = [
            (Kind::AcceptedLoss, decided.given_up, &mut stream.unprovable),
            (Kind::RowMissing, decided.missing, &mut stream.missing),
        ];
        for (kind, ranges, counted) in kinds {
            for range in ranges {
                let (first, last) = (range.first, range.last);
                *counted += range.records;
                let place = Place {
                    topic: Some(self.topics.name(here.topic).to_owned()),
                    partition: Some(here.partition),
                    offset: Some(first),
                    last_offset: (last > first).then_some(last),
                    ..Place::default()
                };
                self.findings.add_many(kind, place, range.records, "");
            }
        }
    }
}

//! Rows without a record, records without a row, and second rows.

use super::entry::Entry;
use super::finding::Place;
use super::join::Join;
use super::kind::Kind;
use super::topics::TopicKind;

impl Join<'_> {
    /// A row whose record was not read.
    pub(super) fn recordless(&mut self, entry: &Entry) {
        self.counts.row(entry, self.topics, self.files);
        let name = self.topics.name(entry.topic);
        let here = self
            .here
            .filter(|here| (here.topic, here.partition) == (entry.topic, entry.partition));
        let topic = usize::from(entry.topic);
        let sources = self.cut.sources.iter().map(|source| &source.gone);
        let outputs = self.cut.outputs.iter().map(|output| &output.gone);
        let gone = sources.chain(outputs).nth(topic).cloned().flatten();
        let (kind, detail) = match (gone, here) {
            (Some(why), _) => (Kind::SourceGone, why),
            (None, Some(here)) if entry.offset < here.known_from => {
                let detail = format!("the topic now begins at offset {}", here.known_from);
                (Kind::SourceExpired, detail)
            }
            (None, Some(here)) if entry.offset >= here.end => {
                let detail = format!("the topic ends at offset {}", here.end);
                (Kind::RowInvented, detail)
            }
            (None, Some(_)) => (Kind::RowInvented, "no record has this offset".to_owned()),
            (None, None) if self.topics.kind(entry.topic) == TopicKind::Former => {
                let detail = format!("no stream of the configuration reads {name}");
                (Kind::StreamUnknown, detail)
            }
            (None, None) => {
                let detail = format!("{name} has no such partition");
                (Kind::RowInvented, detail)
            }
        };
        if let Some(stream) = self.counts.streams.get_mut(usize::from(entry.topic)) {
            match kind {
                Kind::RowInvented => stream.invented += 1,
                _ => stream.unprovable += 1,
            }
        }
        self.found(kind, entry, detail);
    }

    /// A later row of a record.
    pub(super) fn doubled(&mut self, entry: &Entry, first: &Entry) {
        if let Some(stream) = self.counts.streams.get_mut(usize::from(entry.topic)) {
            stream.doubled += 1;
        }
        let file = &self.files[usize::from(first.file)].name;
        let detail = format!("the first one is in {file}, at byte {}", first.position);
        self.found(Kind::RowDoubled, entry, detail);
    }

    /// An output that the sink has not read: the only thing that stands for its record? Files end, and
    /// what is in flight begins, at the manifest's positions, so nothing is seen from both sides.
    pub(super) fn in_flight(
        &mut self,
        entry: &Entry,
        row: Option<&Entry>,
        before: &mut Option<Entry>,
    ) {
        let before = before.replace(*entry);
        let also = match (row, before) {
            (Some(row), _) => {
                let file = &self.files[usize::from(row.file)].name;
                format!("it has a row in {file}, at byte {}", row.position)
            }
            (None, Some(before)) => format!("so is {}", self.output_of(&before)),
            (None, None) => return,
        };
        if !self.is_tail_certain {
            return;
        }
        if let Some(stream) = self.counts.streams.get_mut(usize::from(entry.topic)) {
            stream.doubled += 1;
        }
        let place = Place {
            topic: Some(self.topics.name(entry.topic).to_owned()),
            partition: Some(entry.partition),
            offset: Some(entry.offset),
            ..Place::default()
        };
        let detail = format!("{} is an output of it, and {also}", self.output_of(entry));
        self.findings.add(Kind::OutputDoubled, place, detail);
    }

    fn output_of(&self, entry: &Entry) -> String {
        let (output, partition, offset) = entry.output();
        let topic = self.topics.name(self.topics.sources() as u16 + output);
        format!("{topic} partition {partition} offset {offset}")
    }

    /// Adds a finding of a row.
    pub(super) fn found(&mut self, kind: Kind, entry: &Entry, detail: impl Into<String>) {
        let place = Place {
            file: Some(self.files[usize::from(entry.file)].name.clone()),
            line: None,
            position: Some(entry.position),
            topic: Some(self.topics.name(entry.topic).to_owned()),
            partition: Some(entry.partition),
            offset: Some(entry.offset),
            last_offset: None,
        };
        self.findings.add(kind, place, detail);
    }

    /// Outputs that were removed before the sink read them, where no absent record speaks for them.
    pub(super) fn unread_gone(&mut self) {
        if self.findings.has(Kind::OutputGone) {
            return;
        }
        for (index, output) in self.cut.outputs.iter().enumerate() {
            let gone = output.tails.iter().filter(|tail| tail.next < tail.earliest);
            for tail in gone {
                let (from, to) = (tail.next, tail.earliest - 1);
                let topic = self.topics.name((self.topics.sources() + index) as u16);
                let place = Place {
                    topic: Some(topic.to_owned()),
                    partition: Some(tail.partition),
                    offset: Some(from),
                    last_offset: (to > from).then_some(to),
                    ..Place::default()
                };
                let detail = "these were removed (retention) before the sink read them; no record that is left lacks its row";
                let count = from.abs_diff(tail.earliest);
                self.findings
                    .add_many(Kind::OutputGone, place, count, detail);
            }
        }
    }
}

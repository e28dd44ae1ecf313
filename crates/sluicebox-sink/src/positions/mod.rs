//! Where each input stands, and which source offsets its rows already cover.
//!
//! Indexed by topic and partition, so that a record costs two array reads and two writes.

mod record;

use std::collections::BTreeMap;

pub use record::{Accept, AppendError, InputKey, InputRef, Repeat, SourceKey, SourceRef};

use sluicebox_faults::planted;

use crate::limits::PARTITIONS_MAX_COUNT;

/// No offset yet.
const NONE: i64 = -1;

#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: i64,
    dirty: bool,
}

const EMPTY: Mark = Mark {
    offset: NONE,
    dirty: false,
};

/// One input partition.
#[derive(Clone, Debug)]
struct Input {
    next: Mark,
    /// By source topic, by source partition.
    highest: Vec<Vec<Mark>>,
}

/// The offsets that the rows accepted so far stand for, committed or not.
#[derive(Debug)]
pub struct Positions {
    /// By input topic, by partition.
    inputs: Vec<Vec<Input>>,
    source_count: usize,
    changed_inputs: Vec<InputKey>,
    changed_sources: Vec<SourceKey>,
}

impl Positions {
    /// No positions yet, for so many input and source topics.
    pub fn new(input_count: usize, source_count: usize) -> Self {
        Self {
            inputs: vec![Vec::new(); input_count],
            source_count,
            changed_inputs: Vec::new(),
            changed_sources: Vec::new(),
        }
    }

    /// The positions of a manifest. All indexes and partitions must be within limits.
    #[must_use]
    pub fn restore(
        mut self,
        next: &BTreeMap<InputKey, i64>,
        highest: &BTreeMap<SourceKey, i64>,
    ) -> Self {
        for (&(topic, partition), &offset) in next {
            self.input(topic, partition).next = Mark {
                offset,
                dirty: false,
            };
        }
        for (&(topic, partition, source, source_partition), &offset) in highest {
            *self.mark(topic, partition, source, source_partition) = Mark {
                offset,
                dirty: false,
            };
        }
        self
    }

    /// The next offset to read from an input partition; `None` when it was never read.
    pub fn next_offset(&self, topic: u16, partition: i32) -> Option<i64> {
        let partitions = self.inputs.get(usize::from(topic))?;
        let input = partitions.get(usize::try_from(partition).ok()?)?;
        (input.next.offset != NONE).then_some(input.next.offset)
    }

    /// Checks whether a record is new. Nothing changes, but room is made for its partition.
    pub(crate) fn check(
        &mut self,
        input: InputRef,
        source: Option<SourceRef>,
    ) -> Result<Option<Repeat>, AppendError> {
        check_range("an input partition", input.partition, input.offset)?;
        let next = self.input(input.topic, input.partition).next.offset;
        if input.offset < next {
            return Ok(Some(Repeat {
                input,
                source: None,
                highest: next - 1,
            }));
        }
        let Some(source) = source else {
            return Ok(None);
        };
        check_range("a source partition", source.partition, source.offset)?;
        let highest = self
            .mark(
                input.topic,
                input.partition,
                source.source,
                source.partition,
            )
            .offset;
        let repeats = source.offset <= highest && !planted!("sink-does-not-see-repeats");
        Ok(repeats.then_some(Repeat {
            input,
            source: Some(source),
            highest,
        }))
    }

    /// Notes a record that [`check`](Self::check) found to be new.
    pub(crate) fn note(&mut self, input: InputRef, source: Option<SourceRef>) {
        self.advance(input.topic, input.partition, input.offset + 1);
        let Some(source) = source else { return };
        let mark = self.mark(
            input.topic,
            input.partition,
            source.source,
            source.partition,
        );
        debug_assert!(
            source.offset > mark.offset || planted!("sink-does-not-see-repeats"),
            "a repeat was noted"
        );
        mark.offset = source.offset;
        if !mark.dirty {
            mark.dirty = true;
            let key = (
                input.topic,
                input.partition,
                source.source,
                source.partition,
            );
            self.changed_sources.push(key);
        }
    }

    /// Moves an input partition on; a lower offset than the present one changes nothing.
    pub(crate) fn advance(&mut self, topic: u16, partition: i32, next_offset: i64) {
        if next_offset > self.input(topic, partition).next.offset {
            self.set(topic, partition, next_offset);
        }
    }

    /// Moves an input partition to an offset, forward or back.
    pub(crate) fn set(&mut self, topic: u16, partition: i32, next_offset: i64) {
        let mark = &mut self.input(topic, partition).next;
        mark.offset = next_offset;
        if !mark.dirty {
            mark.dirty = true;
            self.changed_inputs.push((topic, partition));
        }
    }

    /// Whether anything moved since the last commit.
    pub(crate) fn changed(&self) -> bool {
        !self.changed_inputs.is_empty() || !self.changed_sources.is_empty()
    }

    /// The input positions that moved since the last commit, in no order.
    pub(crate) fn changed_inputs(&self) -> impl Iterator<Item = (InputKey, i64)> {
        self.changed_inputs.iter().map(|&(topic, partition)| {
            let input = &self.inputs[usize::from(topic)][partition as usize];
            ((topic, partition), input.next.offset)
        })
    }

    /// The source offsets that moved since the last commit, in no order.
    pub(crate) fn changed_sources(&self) -> impl Iterator<Item = (SourceKey, i64)> {
        self.changed_sources.iter().map(|&key| {
            let (topic, partition, source, source_partition) = key;
            let input = &self.inputs[usize::from(topic)][partition as usize];
            (
                key,
                input.highest[usize::from(source)][source_partition as usize].offset,
            )
        })
    }

    /// All is committed.
    pub(crate) fn clear_changed(&mut self) {
        // By index, so that the lists keep their room: a commit allocates nothing.
        for at in 0..self.changed_inputs.len() {
            let (topic, partition) = self.changed_inputs[at];
            self.input(topic, partition).next.dirty = false;
        }
        for at in 0..self.changed_sources.len() {
            let (topic, partition, source, source_partition) = self.changed_sources[at];
            self.mark(topic, partition, source, source_partition).dirty = false;
        }
        self.changed_inputs.clear();
        self.changed_sources.clear();
    }

    fn input(&mut self, topic: u16, partition: i32) -> &mut Input {
        let partitions = &mut self.inputs[usize::from(topic)];
        let index = partition as usize;
        if index >= partitions.len() {
            let empty = Input {
                next: EMPTY,
                highest: vec![Vec::new(); self.source_count],
            };
            partitions.resize(index + 1, empty);
        }
        &mut partitions[index]
    }

    fn mark(&mut self, topic: u16, partition: i32, source: u16, sp: i32) -> &mut Mark {
        let marks = &mut self.input(topic, partition).highest[usize::from(source)];
        let index = sp as usize;
        if index >= marks.len() {
            marks.resize(index + 1, EMPTY);
        }
        &mut marks[index]
    }
}

fn check_range(what: &'static str, partition: i32, offset: i64) -> Result<(), AppendError> {
    let max = i64::from(PARTITIONS_MAX_COUNT - 1);
    let value = i64::from(partition);
    if !(0..=max).contains(&value) {
        return Err(AppendError::OutOfRange { what, value, max });
    }
    // The next offset must fit as well.
    let max = i64::MAX - 1;
    if !(0..=max).contains(&offset) {
        return Err(AppendError::OutOfRange {
            what: "an offset",
            value: offset,
            max,
        });
    }
    Ok(())
}

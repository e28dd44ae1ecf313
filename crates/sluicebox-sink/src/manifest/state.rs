//! What a manifest says, and how a commit changes it.

use std::collections::BTreeMap;

use crate::limits::GAPS_MAX_COUNT;
use crate::positions::{InputKey, SourceKey};

/// The layout with one file per stream.
pub const LAYOUT_SINGLE: &str = "single";

/// A topic and the id the cluster gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicIdentity {
    /// The topic.
    pub name: String,
    /// Its id; empty when the cluster gives none, and then not compared.
    pub id: String,
}

/// The committed part of a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// File name in the output directory.
    pub name: String,
    /// The columns (CSV: the first line without `\n`).
    pub header: String,
    /// Committed length in bytes, header included. What is behind it does not count.
    pub length: u64,
    /// Rows within that length, without the header.
    pub rows: u64,
    /// CRC-32C of the bytes up to that length.
    pub crc: u32,
}

/// A data file that is complete and no longer written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFile {
    /// The name it was written under.
    pub original: String,
    /// The file, under its name now.
    pub file: FileState,
}

/// Input offsets that were lost and given up (`--accept-loss`).
///
/// `from < to`: `from..to` was gone before it was read. `from > to`: the log had become shorter
/// than what was read of it, and reading went back to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Index into `ManifestState::inputs`.
    pub topic: u16,
    /// Partition of that topic.
    pub partition: i32,
    /// The offset that would have been read next.
    pub from: i64,
    /// The offset that was read next instead.
    pub to: i64,
}

/// The highest source offset among the rows that came through one input partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceHighest {
    /// Index into `ManifestState::inputs`.
    pub topic: u16,
    /// Partition of that topic.
    pub partition: i32,
    /// Index into `ManifestState::sources`.
    pub source: u16,
    /// Partition of the source topic.
    pub source_partition: i32,
    /// The highest source offset.
    pub offset: i64,
}

/// Everything a manifest says: the state after the last whole record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestState {
    /// Number of the last record; every record has the next one.
    pub sequence: u64,
    /// Which layout wrote the directory: [`LAYOUT_SINGLE`].
    pub layout: String,
    /// The Kafka cluster whose offsets these are.
    pub cluster_id: String,
    /// The topics and their ids, so that a recreated topic is told apart.
    pub topics: Vec<TopicIdentity>,
    /// Grows by one whenever the plan changes; the first is 1.
    pub epoch: u32,
    /// SHA-256 over the definitions that wrote the rows of this epoch.
    pub plan_hash: [u8; 32],
    /// The files that are written.
    pub files: Vec<FileState>,
    /// Files that were sealed, oldest first.
    pub sealed: Vec<SealedFile>,
    /// Names of the input topics; positions refer to them by index.
    pub inputs: Vec<String>,
    /// Names of the source topics; positions refer to them by index.
    pub sources: Vec<String>,
    /// (input topic, partition) -> the next offset to read.
    pub next_offsets: BTreeMap<InputKey, i64>,
    /// (input topic, partition, source topic, source partition) -> highest source offset.
    pub highest: BTreeMap<SourceKey, i64>,
    /// Input offsets that were given up.
    pub gaps: Vec<Gap>,
    /// Records whose row was in the files already and that were left out (`--skip-repeats`).
    pub skipped_repeats: u64,
}

/// What a commit changes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileDelta {
    pub(crate) file: u32,
    pub(crate) length: u64,
    pub(crate) rows: u64,
    pub(crate) crc: u32,
}

/// What a commit changes. New values, not differences: a record can be checked by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) files: Vec<FileDelta>,
    pub(crate) next_offsets: Vec<(InputKey, i64)>,
    pub(crate) highest: Vec<(SourceKey, i64)>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) skipped_repeats: u64,
}

impl Delta {
    pub(crate) fn clear(&mut self) {
        self.files.clear();
        self.next_offsets.clear();
        self.highest.clear();
        self.gaps.clear();
        self.skipped_repeats = 0;
    }
}

impl ManifestState {
    /// Applies a commit. The same code runs when it is written and when it is read back.
    ///
    /// # Errors
    /// What cannot be, when the delta does not fit this state; the state may then be half changed.
    pub(crate) fn apply(&mut self, sequence: u64, delta: &Delta) -> Result<(), &'static str> {
        if Some(sequence) != self.sequence.checked_add(1) {
            return Err("a record is missing before this one");
        }
        self.sequence = sequence;
        for change in &delta.files {
            let file = self
                .files
                .get_mut(change.file as usize)
                .ok_or("it speaks of a file that no checkpoint names")?;
            if change.length < file.length || change.rows < file.rows {
                return Err("a committed file becomes shorter");
            }
            file.length = change.length;
            file.rows = change.rows;
            file.crc = change.crc;
        }
        self.apply_positions(delta)?;
        let skipped = self.skipped_repeats.checked_add(delta.skipped_repeats);
        self.skipped_repeats = skipped.ok_or("more repeats were left out than can be")?;
        Ok(())
    }

    fn apply_positions(&mut self, delta: &Delta) -> Result<(), &'static str> {
        const UNKNOWN: &str = "it speaks of a topic that no checkpoint names";
        let (inputs, sources) = (self.inputs.len(), self.sources.len());
        if self.gaps.len() + delta.gaps.len() > GAPS_MAX_COUNT {
            return Err("it has more gaps than can be");
        }
        // Gaps first: only they may move a position back.
        for gap in &delta.gaps {
            if usize::from(gap.topic) >= inputs {
                return Err(UNKNOWN);
            }
            self.next_offsets.insert((gap.topic, gap.partition), gap.to);
            self.gaps.push(*gap);
        }
        for &(key, offset) in &delta.next_offsets {
            if usize::from(key.0) >= inputs {
                return Err(UNKNOWN);
            }
            raise(&mut self.next_offsets, key, offset)?;
        }
        for &(key, offset) in &delta.highest {
            if usize::from(key.0) >= inputs || usize::from(key.2) >= sources {
                return Err(UNKNOWN);
            }
            raise(&mut self.highest, key, offset)?;
        }
        Ok(())
    }

    /// The positions by name, for people and for `status`: (topic, partition, next offset).
    pub fn positions(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.next_offsets
            .iter()
            .map(|(&(topic, partition), &offset)| {
                (self.inputs[usize::from(topic)].as_str(), partition, offset)
            })
    }

    /// The next offset to read from an input partition; `None` when it was never read.
    pub fn next_offset(&self, topic: &str, partition: i32) -> Option<i64> {
        let mut positions = self.positions();
        let found = positions.find(|(name, at, _)| (*name, *at) == (topic, partition));
        found.map(|(_, _, next)| next)
    }

    /// The highest source offsets of the rows, for `verify`.
    pub fn source_positions(&self) -> impl Iterator<Item = SourceHighest> {
        self.highest
            .iter()
            .map(
                |(&(topic, partition, source, source_partition), &offset)| SourceHighest {
                    topic,
                    partition,
                    source,
                    source_partition,
                    offset,
                },
            )
    }

    /// The committed part of a file that is written, by name.
    pub fn file(&self, name: &str) -> Option<&FileState> {
        self.files.iter().find(|file| file.name == name)
    }
}

fn raise<K: Ord>(map: &mut BTreeMap<K, i64>, key: K, offset: i64) -> Result<(), &'static str> {
    let old = map.insert(key, offset);
    if old.is_some_and(|old| old > offset) {
        return Err("an offset goes back");
    }
    Ok(())
}

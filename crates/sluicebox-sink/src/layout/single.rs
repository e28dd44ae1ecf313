//! One file per stream, in one directory, written by one process at a time.

use sluicebox_faults::io_point;

use super::Opening;
use super::open::OpenOptions;
use super::recover::{Recovered, Recovery, recover};
use crate::error::{OpenError, Refusal, refuse_io};
use crate::format::Format;
use crate::limits::{BUFFERED_MAX_BYTES, PARTITIONS_MAX_COUNT};
use crate::manifest::{Delta, Gap, ManifestLog, ManifestState};
use crate::names::LOCK;
use crate::positions::{Accept, AppendError, InputRef, Positions, Repeat, SourceRef};
use crate::storage::{Attempt, Storage};

/// The layout `single`, open and recovered, ready for rows.
///
/// Rows are appended to memory, and all of them become durable together with their offsets in
/// [`commit`](Self::commit). Dropping the layout drops what was not committed and gives the lock
/// back.
#[derive(Debug)]
pub struct SingleLayout<S: Storage> {
    pub(super) storage: S,
    /// In the order of `Opening::files`, which is the order of the first entries in
    /// `ManifestState::files`.
    pub(super) files: Vec<DataFile<S::File>>,
    pub(super) state: ManifestState,
    pub(super) log: ManifestLog<S::File>,
    pub(super) positions: Positions,
    pub(super) buffered_bytes: usize,
    /// Gaps and repeats since the last commit; the rest of it is filled in by `commit`.
    pub(super) delta: Delta,
    /// The first fatal failure. Nothing is written after it.
    pub(super) poisoned: Option<String>,
    options: OpenOptions,
    recovery: Recovery,
    // The last field, so that the files are closed before another process gets the lock.
    lock: S::Lock,
}

/// A data file and the rows that wait for it.
#[derive(Debug)]
pub(super) struct DataFile<F> {
    pub(super) path: String,
    pub(super) format: Format,
    pub(super) file: F,
    pub(super) rows: Vec<u8>,
    pub(super) row_count: u64,
}

/// What a commit made durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Number of its manifest record; the former one when there was nothing to commit.
    pub sequence: u64,
    /// Rows, over all files.
    pub rows: u64,
    /// Bytes of rows, over all files.
    pub bytes: u64,
}

impl<S: Storage> SingleLayout<S> {
    /// Tries to become the one that writes this directory; never waits. A standby asks again
    /// until it is.
    ///
    /// # Errors
    /// [`Refusal::NotWritable`] when the lock file cannot be made.
    pub fn lock(storage: &S) -> Result<Attempt<S::Lock>, OpenError> {
        let attempt = io_point!("sink.lock").and_then(|()| storage.try_lock(LOCK));
        attempt.map_err(|source| {
            Refusal::NotWritable {
                directory: storage.describe(""),
                source,
            }
            .into()
        })
    }

    /// The lock file, where another one stands in the place of ours: somebody removed it, so that another
    /// sink could take the directory.
    pub fn lost_lock(&self) -> Option<String> {
        let is_lost = self.storage.is_replaced(LOCK, &self.lock);
        is_lost.then(|| self.storage.describe(LOCK))
    }

    /// Recovers the directory and opens it. What was refused is left as it was.
    ///
    /// # Errors
    /// Every [`Refusal`]; each says what to do.
    pub fn open(storage: S, lock: S::Lock, opening: Opening) -> Result<Self, OpenError> {
        Self::open_if(storage, lock, opening, |_| Ok(()))
    }

    /// As [`open`](Self::open), unless `agrees` refuses: it is asked when every check of the directory
    /// went well, before the first change, with what the manifest says (nothing, for a new directory).
    ///
    /// # Errors
    /// Every [`Refusal`], and those of `agrees`.
    pub fn open_if<E: From<OpenError>>(
        storage: S,
        lock: S::Lock,
        opening: Opening,
        agrees: impl FnOnce(&ManifestState) -> Result<(), E>,
    ) -> Result<Self, E> {
        let Recovered { state, log, report } = recover(&storage, &opening, agrees)?;
        let mut files = Vec::with_capacity(opening.files.len());
        for (spec, recorded) in opening.files.iter().zip(&state.files) {
            assert_eq!(
                spec.name, recorded.name,
                "files come in the order of the opening"
            );
            let path = storage.describe(&spec.name);
            let file = storage
                .open(&spec.name)
                .map_err(refuse_io("open", path.clone()))?;
            files.push(DataFile {
                path,
                format: spec.format,
                file,
                rows: Vec::new(),
                row_count: 0,
            });
        }
        let positions = Positions::new(state.inputs.len(), state.sources.len())
            .restore(&state.next_offsets, &state.highest);
        Ok(Self {
            storage,
            files,
            state,
            log,
            positions,
            buffered_bytes: 0,
            delta: Delta::default(),
            poisoned: None,
            options: opening.options,
            recovery: report,
            lock,
        })
    }

    /// What opening found and did.
    pub fn recovered(&self) -> &Recovery {
        &self.recovery
    }

    /// What is committed: lengths, rows, positions.
    pub fn state(&self) -> &ManifestState {
        &self.state
    }

    /// The next offset to read from an input partition, counting what is appended and not yet
    /// committed; `None` when this directory has never seen it.
    pub fn next_offset(&self, topic: u16, partition: i32) -> Option<i64> {
        self.positions.next_offset(topic, partition)
    }

    /// Bytes of rows that wait for a commit.
    pub fn buffered_bytes(&self) -> usize {
        self.buffered_bytes
    }

    /// Appends the row of a record to a file (an index into `Opening::files`), and moves the
    /// record's input partition on. `row` is one whole row, line end included.
    ///
    /// `source` is what the row stands for; offsets of one source partition that come through
    /// one input partition grow, so one that does not is a row that is there already.
    ///
    /// # Errors
    /// [`AppendError`]; nothing has changed then.
    ///
    /// # Panics
    /// When an index is not one of the opening, or the row does not end as one.
    pub fn append(
        &mut self,
        input: InputRef,
        source: Option<SourceRef>,
        file: usize,
        row: &[u8],
    ) -> Result<Accept, AppendError> {
        let target = &mut self.files[file];
        assert!(target.format.is_whole_row(row), "a row ends as a row does");
        if let Some(repeat) = self.positions.check(input, source)? {
            return self.repeated(repeat);
        }
        // One row alone is always taken, however large it is.
        if self.buffered_bytes > 0 && self.buffered_bytes + row.len() > BUFFERED_MAX_BYTES {
            return Err(AppendError::BufferFull {
                buffered_bytes: self.buffered_bytes,
            });
        }
        self.positions.note(input, source);
        target.rows.extend_from_slice(row);
        target.row_count += 1;
        self.buffered_bytes += row.len();
        Ok(Accept::Appended)
    }

    fn repeated(&mut self, repeat: Repeat) -> Result<Accept, AppendError> {
        let name = |names: &[String], index: u16| names[usize::from(index)].clone();
        if !self.options.skip_repeats {
            let input_topic = name(&self.state.inputs, repeat.input.topic);
            let source_topic = repeat.source.map(|s| name(&self.state.sources, s.source));
            return Err(AppendError::Repeat {
                repeat,
                input_topic,
                source_topic,
            });
        }
        let InputRef {
            topic,
            partition,
            offset,
        } = repeat.input;
        self.positions.advance(topic, partition, offset + 1);
        self.delta.skipped_repeats += 1;
        Ok(Accept::SkippedRepeat)
    }

    /// Moves an input partition on, past transaction markers and aborted records. An offset
    /// before the present position changes nothing.
    ///
    /// # Panics
    /// When the partition or the offset cannot be: what is recorded must be readable again.
    pub fn advance(&mut self, topic: u16, partition: i32, next_offset: i64) {
        assert_possible(partition, next_offset);
        self.positions.advance(topic, partition, next_offset);
    }

    /// Goes on at `next_offset` although that is not the position, because the topic does not
    /// have the position any more, and keeps a note of it in the manifest (`--accept-loss`).
    /// Forward when retention took records that were not read yet; back when the log is shorter
    /// than what was read of it.
    ///
    /// # Panics
    /// When the partition or the offset cannot be.
    pub fn record_gap(&mut self, topic: u16, partition: i32, next_offset: i64) {
        assert_possible(partition, next_offset);
        let from = self.positions.next_offset(topic, partition).unwrap_or(0);
        if next_offset != from {
            self.delta.gaps.push(Gap {
                topic,
                partition,
                from,
                to: next_offset,
            });
            self.positions.set(topic, partition, next_offset);
        }
    }
}

fn assert_possible(partition: i32, next_offset: i64) {
    assert!(
        (0..PARTITIONS_MAX_COUNT).contains(&partition),
        "partition {partition} cannot be"
    );
    assert!(next_offset >= 0, "offset {next_offset} cannot be");
}

//! The state of a partition's log, and its sync.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sluicebox_faults::{io_point, planted, point};

use super::batch::BatchHeader;
use super::control::Marker;
use super::error::AppendError;
use super::format;
use super::producers::Producers;
use super::refused::RefusedBatches;
use super::segment::Segment;
use super::snapshot::Snapshot;
use super::transactions::Transactions;
use super::waiters::{Waiters, Waiting};
use crate::clock::Clock;
use crate::config::Durability;
use crate::storage::{Storage, StorageFile, replace};
use crate::sync::{Dirty, Syncer, lock};

/// The settings of a topic that its logs heed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogSettings {
    pub(crate) segment_bytes: u64,
    pub(crate) segment_ms: u64,
    /// -1: for ever.
    pub(crate) retention_ms: i64,
    /// -1: no limit.
    pub(crate) retention_bytes: i64,
    /// Stamp batches with the time of their append.
    pub(crate) log_append_time: bool,
}

/// What a log's batches say about producers and transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) producers: Producers,
    pub(super) transactions: Transactions,
}

impl Facts {
    /// Takes note of a client's batch at its place in the log.
    pub(super) fn batch(&mut self, header: &BatchHeader, now_ms: i64) {
        let id = header.producer_id;
        let was_open = self
            .producers
            .by_id
            .get(&id)
            .is_some_and(|known| known.transaction_start.is_some());
        self.producers.record(header, now_ms);
        if header.is_transactional() && !was_open {
            self.transactions.begin(header.base_offset, id);
        }
    }

    /// Takes note of a marker.
    pub(super) fn marker(
        &mut self,
        header: &BatchHeader,
        marker: Marker,
        coordinator_epoch: i32,
        now_ms: i64,
    ) {
        let (id, epoch) = (header.producer_id, header.producer_epoch);
        let started = self
            .producers
            .record_marker(id, epoch, coordinator_epoch, now_ms);
        if let Some(first) = started {
            let aborted = marker == Marker::Abort;
            self.transactions
                .end(first, id, header.base_offset, aborted);
        }
    }
}

/// The offsets a reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// First offset that can be read.
    pub(crate) log_start: i64,
    /// End of what is durable.
    pub(crate) high_watermark: i64,
    /// End of what is decided: where a `read_committed` reader stops.
    pub(crate) last_stable: i64,
    /// End of what has been appended.
    pub(crate) log_end: i64,
}

/// A small file that waits for the sync of what it speaks of.
pub(super) struct PendingFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of one bit"
)]
pub(super) struct State {
    /// Never empty; the last one is active.
    pub(super) segments: VecDeque<Segment>,
    pub(super) facts: Facts,
    pub(super) settings: LogSettings,
    pub(super) log_start: i64,
    pub(super) next_offset: i64,
    /// Records before it are on the disk for certain.
    pub(super) synced_offset: i64,
    pub(super) high_watermark: i64,
    /// Files with bytes that are not synced.
    pub(super) unsynced: Vec<Arc<dyn StorageFile>>,
    /// Whether the directory has entries that are not synced.
    pub(super) dir_unsynced: bool,
    pub(super) pending: Vec<PendingFile>,
    pub(super) queued: bool,
    pub(super) failed: bool,
    pub(super) deleted: bool,
    /// Batches that found no room, and are to come again.
    pub(super) refused: RefusedBatches,
    /// Where recent reads ended: (offset, segment, position).
    pub(super) recent_ends: VecDeque<(i64, i64, u64)>,
}

/// The log of one partition.
pub(crate) struct PartitionLog {
    /// `topic-partition`, for messages.
    pub(crate) name: String,
    pub(super) dir: PathBuf,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) syncer: Syncer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) state: Mutex<State>,
    pub(super) waiters: Waiters,
}

impl State {
    pub(super) fn active(&mut self) -> &mut Segment {
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    pub(super) fn ends(&self) -> Ends {
        let unstable = if planted!("broker-shows-open-transactions") {
            None
        } else {
            self.facts.transactions.first_unstable()
        };
        Ends {
            log_start: self.log_start,
            high_watermark: self.high_watermark,
            last_stable: unstable.unwrap_or(i64::MAX).min(self.high_watermark),
            log_end: self.next_offset,
        }
    }

    /// Moves the high watermark; answers whether it moved.
    pub(super) fn raise_high_watermark(&mut self, to: i64) -> bool {
        let moved = to > self.high_watermark;
        if moved {
            self.high_watermark = to;
            self.facts.transactions.made_durable(to);
        }
        moved
    }
}

impl PartitionLog {
    /// The offsets now.
    pub(crate) fn ends(&self) -> Ends {
        lock(&self.state).ends()
    }

    /// The producers known here, as `DescribeProducers` shows them:
    /// (id, epoch, last sequence, last timestamp, coordinator epoch, start of the transaction).
    pub(crate) fn producers(&self) -> Vec<(i64, i16, i32, i64, i32, i64)> {
        let state = lock(&self.state);
        let producers = state.facts.producers.by_id.iter();
        producers
            .map(|(id, known)| {
                let last = known.batches.back();
                (
                    *id,
                    known.epoch,
                    last.map_or(-1, |batch| batch.last_sequence),
                    last.map_or(-1, |batch| batch.timestamp),
                    known.coordinator_epoch,
                    known.transaction_start.unwrap_or(-1),
                )
            })
            .collect()
    }

    /// Bytes of all segments.
    pub(crate) fn size_bytes(&self) -> u64 {
        lock(&self.state)
            .segments
            .iter()
            .map(|segment| segment.length)
            .sum()
    }

    /// Heeds new settings from now on.
    pub(crate) fn configure(&self, settings: LogSettings) {
        lock(&self.state).settings = settings;
    }

    /// Waits until the records before `offset` are durable and can be read.
    ///
    /// # Errors
    /// The broker has failed, or the topic was deleted.
    pub(crate) async fn durable(self: &Arc<Self>, offset: i64) -> Result<(), AppendError> {
        let mut waiting = Waiting::default();
        waiting.on(self);
        loop {
            {
                let state = lock(&self.state);
                if state.high_watermark >= offset {
                    return Ok(());
                }
                if state.failed || state.deleted {
                    return Err(AppendError::Failed);
                }
            }
            tokio::select! {
                () = waiting.woken() => {}
                () = self.syncer.fatal().wait() => return Err(AppendError::Failed),
            }
        }
    }

    /// The topic is gone: nothing is appended any more, all who wait are told.
    pub(crate) fn delete(&self) {
        lock(&self.state).deleted = true;
        self.waiters.wake();
    }

    /// Syncs, and writes down where a start may go on without a scan.
    pub(crate) fn close(&self) -> io::Result<()> {
        if lock(&self.state).deleted || self.syncer.fatal().reason().is_some() {
            return Ok(());
        }
        self.sync()?;
        let (snapshot, index, path) = {
            let mut state = lock(&self.state);
            let next_offset = state.next_offset;
            let active = state.active();
            let (base, length) = (active.base_offset, active.length);
            let index = active.index.encode(length, next_offset);
            (
                Snapshot::of(&state.facts, next_offset, base, length),
                index,
                base,
            )
        };
        let storage = self.storage.as_ref();
        replace(storage, &format::index_path(&self.dir, path), &index)?;
        replace(
            storage,
            &format::snapshot_path(&self.dir),
            &snapshot.encode(),
        )
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn relaxed(&self) -> bool {
        self.syncer.durability() == Durability::Relaxed
    }
}

impl Dirty for PartitionLog {
    fn sync(&self) -> io::Result<bool> {
        let (files, dir_unsynced, pending, next_offset) = {
            let mut state = lock(&self.state);
            if state.deleted {
                return Ok(false);
            }
            let files = std::mem::take(&mut state.unsynced);
            let dir_unsynced = std::mem::take(&mut state.dir_unsynced);
            (
                files,
                dir_unsynced,
                std::mem::take(&mut state.pending),
                state.next_offset,
            )
        };
        io_point!("broker.log.sync")?;
        for file in files {
            if !planted!("broker-skips-the-sync-of-logs") {
                file.sync_data()?;
            }
        }
        point!("broker.log.synced");
        if dir_unsynced {
            self.storage.sync_dir(&self.dir)?;
        }
        let moved = {
            let mut state = lock(&self.state);
            state.synced_offset = state.synced_offset.max(next_offset);
            state.raise_high_watermark(next_offset)
        };
        if moved {
            self.waiters.wake();
        }
        for file in pending {
            // Only a help for the next start: what cannot be written is rebuilt then.
            if let Err(error) = replace(self.storage.as_ref(), &file.path, &file.bytes) {
                tracing::warn!(path = %file.path.display(), %error, "cannot write");
            }
        }
        let mut state = lock(&self.state);
        state.queued = state.next_offset > state.synced_offset;
        Ok(state.queued)
    }

    fn give_up(&self) {
        lock(&self.state).failed = true;
        self.waiters.wake();
    }

    fn describe(&self) -> String {
        format!("the log of {}", self.name)
    }
}

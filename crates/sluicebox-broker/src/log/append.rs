//! Appending batches and markers.

use std::io::IoSlice;
use std::sync::Arc;

use sluicebox_faults::{planted, point, torn_point};

use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::control::{self, Marker};
use super::error::AppendError;
use super::format::{self, FRAME_HEADER_BYTES};
use super::partition::{PartitionLog, PendingFile, State};
use super::producers::Verdict;
use super::segment::Segment;
use super::snapshot::Snapshot;
use crate::sync::lock;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    pub(crate) base_offset: i64,
    /// The offset after it: what [`PartitionLog::durable`] waits for.
    pub(crate) next_offset: i64,
    /// Time of the append when the topic stamps its batches, else -1.
    pub(crate) log_append_time_ms: i64,
    pub(crate) log_start: i64,
}

/// Whose batch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A producer's: the rules of idempotence apply.
    Client,
    /// The transaction coordinator's marker.
    Coordinator {
        marker: Marker,
        coordinator_epoch: i32,
    },
}

impl PartitionLog {
    /// Appends a client's batch that [`batch::check_produced`] has passed. A repeated batch is not
    /// appended again: the answer says where it is. Not durable yet, see
    /// [`PartitionLog::durable`].
    ///
    /// `permit` is asked under the lock of the log, after which a marker cannot come in between:
    /// what it allows is in the log before the transaction ends (the hole that KIP-890 closes).
    ///
    /// # Errors
    /// A broken rule of idempotence; what `permit` says; a disk that is full.
    pub(crate) fn append(
        self: &Arc<Self>,
        bytes: &[u8],
        header: &BatchHeader,
        permit: impl FnOnce() -> Result<(), AppendError>,
    ) -> Result<Appended, AppendError> {
        let mut state = self.writable()?;
        // Read under the lock: times of batches do not run backwards.
        let now_ms = self.clock.now_ms();
        if state.refused.is_behind(header, now_ms) {
            return Err(AppendError::Storage {
                path: state.active().path.clone(),
                source: std::io::Error::new(
                    std::io::ErrorKind::StorageFull,
                    "the producer's batch before it found no room",
                ),
            });
        }
        match state.facts.producers.check(header)? {
            Verdict::Append => {
                permit()?;
                let written = self.write(&mut state, bytes, Origin::Client, now_ms);
                match &written {
                    Ok(_) => state.refused.appended(header),
                    Err(AppendError::Storage { .. }) => state.refused.note(header, now_ms),
                    Err(_) => {}
                }
                written
            }
            Verdict::Duplicate(seen) => Ok(Appended {
                base_offset: seen.base_offset,
                next_offset: seen.next_offset,
                log_append_time_ms: if state.settings.log_append_time {
                    seen.timestamp
                } else {
                    -1
                },
                log_start: state.log_start,
            }),
        }
    }

    /// Ends this producer's transaction in this partition (also when it has none here: a marker
    /// that is repeated after a crash does no harm). Durable when it returns; answers the marker's
    /// offset.
    ///
    /// # Errors
    /// A newer epoch of the producer or the coordinator; the disk.
    pub(crate) async fn append_control_marker(
        self: &Arc<Self>,
        producer_id: i64,
        producer_epoch: i16,
        marker: Marker,
        coordinator_epoch: i32,
    ) -> Result<i64, AppendError> {
        let now_ms = self.clock.now_ms();
        let batch = control::marker_batch(
            producer_id,
            producer_epoch,
            marker,
            coordinator_epoch,
            now_ms,
        );
        let appended = {
            let mut state = self.writable()?;
            let producers = &state.facts.producers;
            producers.check_marker(producer_id, producer_epoch, coordinator_epoch)?;
            self.write(
                &mut state,
                &batch,
                Origin::Coordinator {
                    marker,
                    coordinator_epoch,
                },
                self.clock.now_ms(),
            )?
        };
        self.durable(appended.next_offset).await?;
        Ok(appended.base_offset)
    }

    fn writable(&self) -> Result<std::sync::MutexGuard<'_, State>, AppendError> {
        let state = lock(&self.state);
        if state.failed || state.deleted || self.syncer.fatal().reason().is_some() {
            return Err(AppendError::Failed);
        }
        Ok(state)
    }

    fn write(
        self: &Arc<Self>,
        state: &mut State,
        bytes: &[u8],
        origin: Origin,
        now_ms: i64,
    ) -> Result<Appended, AppendError> {
        let (mut head, records) = split(bytes)?;
        batch::place(&mut head, state.next_offset);
        let stamped = state.settings.log_append_time && origin == Origin::Client;
        if stamped {
            batch::stamp(&mut head, records, now_ms);
        }
        let header = BatchHeader::read(&head).ok_or_else(no_batch)?;
        let frame_bytes = (FRAME_HEADER_BYTES + bytes.len()) as u64;
        self.roll_if_due(state, &header, frame_bytes, now_ms)?;

        let frame = format::frame_header(state.synced_offset, [&head, records]);
        let parts = [
            IoSlice::new(&frame),
            IoSlice::new(&head),
            IoSlice::new(records),
        ];
        let active = state.active();
        let position = active.length;
        let Some(file) = active.file.clone() else {
            return Err(AppendError::Failed);
        };
        let torn = torn_point!(
            "broker.log.append",
            file.write_all_at(position, &parts[..2])
        );
        if let Err(source) = torn.and_then(|()| file.write_all_at(position, &parts)) {
            let path = active.path.clone();
            if let Err(error) = file.set_len(position) {
                state.failed = true;
                self.syncer
                    .fatal()
                    .raise(format!("cannot cut {} back: {error}", path.display()));
            }
            return Err(AppendError::Storage { path, source });
        }
        active.length += frame_bytes;
        active.index.add(&header, position);
        match origin {
            Origin::Client => state.facts.batch(&header, now_ms),
            Origin::Coordinator {
                marker,
                coordinator_epoch,
            } => {
                state
                    .facts
                    .marker(&header, marker, coordinator_epoch, now_ms);
            }
        }
        state.next_offset = header.next_offset();
        self.want_sync(state, file);
        Ok(Appended {
            base_offset: header.base_offset,
            next_offset: header.next_offset(),
            log_append_time_ms: if stamped { now_ms } else { -1 },
            log_start: state.log_start,
        })
    }

    fn want_sync(self: &Arc<Self>, state: &mut State, file: Arc<dyn crate::storage::StorageFile>) {
        if !state.unsynced.iter().any(|known| Arc::ptr_eq(known, &file)) {
            state.unsynced.push(file);
        }
        if !state.queued {
            state.queued = true;
            self.syncer.request(self.clone());
        }
        let at_once = self.relaxed() || planted!("broker-acknowledges-before-the-sync");
        if at_once && state.raise_high_watermark(state.next_offset) {
            self.waiters.wake();
        }
    }

    fn roll_if_due(
        &self,
        state: &mut State,
        next: &BatchHeader,
        frame_bytes: u64,
        now_ms: i64,
    ) -> Result<(), AppendError> {
        let (limit_bytes, limit_ms) = (state.settings.segment_bytes, state.settings.segment_ms);
        let active = state.active();
        let age_ms = u64::try_from(now_ms - active.since_ms).unwrap_or(0);
        // Offsets in an index are relative, in 32 bits.
        let far = next.next_offset() - active.base_offset > i64::from(i32::MAX);
        let due = active.length + frame_bytes > limit_bytes || age_ms > limit_ms || far;
        if due && !active.is_empty() {
            self.roll(state, now_ms)
        } else {
            Ok(())
        }
    }

    /// Seals the active segment and begins a new one.
    pub(super) fn roll(&self, state: &mut State, now_ms: i64) -> Result<(), AppendError> {
        let next_offset = state.next_offset;
        point!("broker.log.roll");
        let created = Segment::create(self.storage.as_ref(), self.dir(), next_offset, now_ms);
        let segment = created.map_err(|source| AppendError::Storage {
            path: format::segment_path(self.dir(), next_offset),
            source,
        })?;
        let snapshot = Snapshot::of(
            &state.facts,
            next_offset,
            segment.base_offset,
            segment.length,
        );
        let sealed = state.active();
        let index = PendingFile {
            path: format::index_path(self.dir(), sealed.base_offset),
            bytes: sealed.index.encode(sealed.length, next_offset),
        };
        sealed.file = None;
        state.pending.push(index);
        state.pending.push(PendingFile {
            path: format::snapshot_path(self.dir()),
            bytes: snapshot.encode(),
        });
        state.unsynced.extend(segment.file.clone());
        state.dir_unsynced = true;
        state.segments.push_back(segment);
        Ok(())
    }
}

fn split(bytes: &[u8]) -> Result<([u8; HEADER_BYTES], &[u8]), AppendError> {
    let (head, records) = bytes.split_first_chunk().ok_or_else(no_batch)?;
    Ok((*head, records))
}

fn no_batch() -> AppendError {
    let code = kafka_protocol::ResponseError::CorruptMessage;
    AppendError::refused(code, "this is no record batch")
}

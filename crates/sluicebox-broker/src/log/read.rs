//! Reading batches back, for fetches.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::batch::{BatchHeader, HEADER_BYTES};
use super::error::ReadError;
use super::format::{FRAME_HEADER_BYTES, FrameHeader};
use super::partition::{Ends, PartitionLog, State};
use super::transactions::AbortedTransaction;
use crate::limits::{INDEX_INTERVAL_BYTES, RECENT_READS_MAX_COUNT};
use crate::storage::StorageFile;
use crate::sync::lock;

/// What a reader wants to see of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// Everything that is durable.
    ReadUncommitted,
    /// Only what is decided; the aborted transactions are told apart.
    ReadCommitted,
}

impl Isolation {
    /// From the protocol's number.
    pub(crate) fn of(level: i8) -> Self {
        if level == 1 {
            Self::ReadCommitted
        } else {
            Self::ReadUncommitted
        }
    }

    /// Where a reader stops.
    pub(crate) fn end(self, ends: &Ends) -> i64 {
        match self {
            Self::ReadUncommitted => ends.high_watermark,
            Self::ReadCommitted => ends.last_stable,
        }
    }
}

/// Some batches, whole.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) bytes: Bytes,
    pub(crate) ends: Ends,
    /// Empty unless the reader is `read_committed`.
    pub(crate) aborted: Vec<AbortedTransaction>,
}

/// Where to read.
struct Place {
    file: io::Result<Arc<dyn StorageFile>>,
    path: std::path::PathBuf,
    segment: i64,
    position: u64,
    length: u64,
}

/// Frames read and stripped.
struct Stripped {
    bytes: BytesMut,
    next_offset: i64,
    position: u64,
}

impl PartitionLog {
    /// Reads batches from the one that contains `offset` on, at most `max_bytes` of them; with
    /// `at_least_one` the first one in any case.
    ///
    /// # Errors
    /// The offset is not in the log; damage.
    pub(crate) fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        isolation: Isolation,
        at_least_one: bool,
    ) -> Result<Slice, ReadError> {
        let (ends, place) = {
            let state = lock(&self.state);
            let ends = state.ends();
            if offset < ends.log_start || offset > ends.log_end {
                let (start, end) = (ends.log_start, ends.high_watermark);
                return Err(ReadError::OutOfRange { offset, start, end });
            }
            if offset >= isolation.end(&ends) || (max_bytes == 0 && !at_least_one) {
                return Ok(Slice {
                    bytes: Bytes::new(),
                    ends,
                    aborted: Vec::new(),
                });
            }
            (ends, self.place(&state, offset))
        };
        let Some(place) = place else {
            return Ok(Slice {
                bytes: Bytes::new(),
                ends,
                aborted: Vec::new(),
            });
        };
        let file = match &place.file {
            Ok(file) => file.clone(),
            Err(error) => return Err(self.unreadable(&place, error, offset)),
        };
        let end = isolation.end(&ends);
        let stripped = read_batches(&file, &place, offset, end, max_bytes, at_least_one)
            .inspect_err(
                |error| tracing::error!(log = self.name, %error, "cannot serve records"),
            )?;
        let mut state = lock(&self.state);
        let aborted = match isolation {
            Isolation::ReadUncommitted => Vec::new(),
            Isolation::ReadCommitted => state
                .facts
                .transactions
                .aborted_between(offset, stripped.next_offset),
        };
        if !stripped.bytes.is_empty() {
            state.remember_read(stripped.next_offset, place.segment, stripped.position);
        }
        Ok(Slice {
            bytes: stripped.bytes.freeze(),
            ends,
            aborted,
        })
    }

    fn place(&self, state: &State, offset: i64) -> Option<Place> {
        let after = state
            .segments
            .partition_point(|segment| segment.base_offset <= offset);
        let segment = state.segments.get(after.checked_sub(1)?)?;
        let exact = state
            .recent_ends
            .iter()
            .find(|(end, base, _)| *end == offset && *base == segment.base_offset)
            .map(|(_, _, position)| *position);
        let position = exact.or_else(|| segment.index.position_of(offset))?;
        Some(Place {
            file: segment.reader(self.storage.as_ref()),
            path: segment.path.clone(),
            segment: segment.base_offset,
            position,
            length: segment.length,
        })
    }

    /// Retention may have taken the file between the look and the reading.
    fn unreadable(&self, place: &Place, error: &io::Error, offset: i64) -> ReadError {
        let ends = self.ends();
        if offset < ends.log_start {
            let (start, end) = (ends.log_start, ends.high_watermark);
            return ReadError::OutOfRange { offset, start, end };
        }
        let source = io::Error::new(error.kind(), error.to_string());
        ReadError::Io {
            path: place.path.clone(),
            source,
        }
    }
}

impl State {
    fn remember_read(&mut self, next_offset: i64, segment: i64, position: u64) {
        if self.recent_ends.len() == RECENT_READS_MAX_COUNT {
            self.recent_ends.pop_front();
        }
        self.recent_ends.push_back((next_offset, segment, position));
    }
}

/// Reads frames at `place`, skips those before `offset`, checks each and strips it to its batch.
fn read_batches(
    file: &Arc<dyn StorageFile>,
    place: &Place,
    offset: i64,
    end: i64,
    max_bytes: usize,
    at_least_one: bool,
) -> Result<Stripped, ReadError> {
    let io = |source| ReadError::Io {
        path: place.path.clone(),
        source,
    };
    let available = usize::try_from(place.length - place.position).unwrap_or(usize::MAX);
    let mut wanted = available.min(max_bytes.saturating_add(INDEX_INTERVAL_BYTES as usize));
    loop {
        let mut buffer = BytesMut::zeroed(wanted);
        let filled = file.read_at(place.position, &mut buffer).map_err(io)?;
        buffer.truncate(filled);
        match strip(buffer, offset, end, max_bytes, at_least_one) {
            Ok(Walk::Done(mut stripped)) => {
                stripped.position += place.position;
                return Ok(stripped);
            }
            // The batch is larger than what was read: read all of it.
            Ok(Walk::NeedsBytes(bytes)) if bytes <= available && bytes > wanted => wanted = bytes,
            Ok(Walk::NeedsBytes(_)) => {
                let what = "the frame goes on past the end of the segment".to_owned();
                let (path, position) = (place.path.clone(), place.position);
                return Err(ReadError::Damaged {
                    path,
                    position,
                    what,
                });
            }
            Err((at, what)) => {
                let position = place.position + at as u64;
                let (path, what) = (place.path.clone(), what.to_owned());
                return Err(ReadError::Damaged {
                    path,
                    position,
                    what,
                });
            }
        }
    }
}

enum Walk {
    Done(Stripped),
    /// So many bytes, counted from the beginning, hold the first batch.
    NeedsBytes(usize),
}

/// Moves the wanted batches of `buffer` to its beginning, in place.
fn strip(
    mut buffer: BytesMut,
    offset: i64,
    end: i64,
    max_bytes: usize,
    at_least_one: bool,
) -> Result<Walk, (usize, &'static str)> {
    let (mut at, mut kept, mut next_offset) = (0, 0, offset);
    while at < buffer.len() {
        let Some(head) = buffer[at..].first_chunk::<FRAME_HEADER_BYTES>().copied() else {
            if kept == 0 && next_offset < end {
                return Ok(Walk::NeedsBytes(at + FRAME_HEADER_BYTES + HEADER_BYTES));
            }
            break;
        };
        let frame = FrameHeader::read(&head).map_err(|what| (at, what))?;
        let batch_at = at + FRAME_HEADER_BYTES;
        let frame_end = at + frame.frame_size();
        if frame_end > buffer.len() {
            if kept == 0 {
                return Ok(Walk::NeedsBytes(frame_end));
            }
            break;
        }
        let batch = &buffer[batch_at..frame_end];
        // First of all, also for a batch that is skipped: its offset may be what is damaged.
        if !frame.covers(&head, batch) {
            return Err((at, "the checksum does not match"));
        }
        let Some(header) = BatchHeader::read(batch) else {
            return Err((at, "the frame holds no record batch"));
        };
        if header.base_offset >= end {
            break;
        }
        if header.next_offset() <= offset {
            at = frame_end;
            continue;
        }
        if kept + frame.batch_size > max_bytes && !(kept == 0 && at_least_one) {
            break;
        }
        buffer.copy_within(batch_at..frame_end, kept);
        kept += frame.batch_size;
        next_offset = header.next_offset();
        at = frame_end;
    }
    buffer.truncate(kept);
    Ok(Walk::Done(Stripped {
        bytes: buffer,
        next_offset,
        position: at as u64,
    }))
}

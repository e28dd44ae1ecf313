//! Finding offsets by time.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::batch;
use super::error::ReadError;
use super::partition::PartitionLog;
use super::records;
use super::scan::{self, End, Frame};
use crate::storage::StorageFile;
use crate::sync::lock;

/// A record's place and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetAt {
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
}

/// A part of a segment to look through.
struct Range {
    file: std::io::Result<Arc<dyn StorageFile>>,
    path: std::path::PathBuf,
    from: u64,
    to: u64,
}

impl PartitionLog {
    /// The first record at or after a time, inside of batches too; `None` when all are earlier.
    ///
    /// # Errors
    /// Damage.
    pub(crate) fn first_at_or_after(
        &self,
        timestamp_ms: i64,
    ) -> Result<Option<OffsetAt>, ReadError> {
        let (ranges, log_start) = {
            let state = lock(&self.state);
            let late = state
                .segments
                .iter()
                .filter(|s| s.index.max_timestamp >= timestamp_ms);
            let ranges: Vec<_> = late.map(|s| self.range(s, timestamp_ms)).collect();
            (ranges, state.log_start)
        };
        for range in ranges {
            let found = look_through(range, |frame| {
                if frame.header.is_control() || frame.header.max_timestamp < timestamp_ms {
                    return None;
                }
                first_in(frame, timestamp_ms, log_start)
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first record that carries the highest timestamp (KIP-734); `None` in an empty log.
    ///
    /// # Errors
    /// Damage.
    pub(crate) fn latest_by_time(&self) -> Result<Option<OffsetAt>, ReadError> {
        let highest = {
            let state = lock(&self.state);
            state
                .segments
                .iter()
                .map(|segment| segment.index.max_timestamp)
                .max()
        };
        match highest {
            Some(highest) if highest >= 0 => self.first_at_or_after(highest),
            _ => Ok(None),
        }
    }

    fn range(&self, segment: &super::segment::Segment, timestamp_ms: i64) -> Range {
        let first = super::format::SEGMENT_HEADER_BYTES as u64;
        Range {
            file: segment.reader(self.storage.as_ref()),
            path: segment.path.clone(),
            from: segment
                .index
                .position_of_time(timestamp_ms)
                .unwrap_or(first),
            to: segment.length,
        }
    }
}

fn look_through(
    range: Range,
    mut look: impl FnMut(&Frame<'_>) -> Option<OffsetAt>,
) -> Result<Option<OffsetAt>, ReadError> {
    let io = |source| ReadError::Io {
        path: range.path.clone(),
        source,
    };
    let file = range.file.map_err(io)?;
    let mut found = None;
    let end = scan::scan(file.as_ref(), range.from, range.to, |frame| {
        found = look(frame);
        Ok(if found.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    });
    match end.map_err(io)? {
        End::Clean(_) => Ok(found),
        End::Damaged { position, what } => Err(ReadError::Damaged {
            path: range.path.clone(),
            position,
            what,
        }),
    }
}

/// The first record of a batch that is late enough and not deleted.
///
/// Where the batch says no times of single records, or cannot be read as it was produced, it is
/// answered by its start, from which a reader misses nothing. (Damage has been seen before this:
/// frames are checked as a whole.)
fn first_in(frame: &Frame<'_>, timestamp_ms: i64, log_start: i64) -> Option<OffsetAt> {
    let header = &frame.header;
    if !batch::is_log_append_time(header) {
        let wanted = |at: &OffsetAt| at.timestamp_ms >= timestamp_ms && at.offset >= log_start;
        match records::find(header, frame.batch, wanted) {
            Ok(found) => return found,
            Err(error) => {
                let offset = header.base_offset;
                tracing::debug!(offset, %error, "a batch that is not looked into");
            }
        }
    }
    // Records may have been deleted up to the middle of the batch, or to its end.
    let offset = header.base_offset.max(log_start);
    (offset < header.next_offset()).then_some(OffsetAt {
        offset,
        timestamp_ms: header.max_timestamp,
    })
}

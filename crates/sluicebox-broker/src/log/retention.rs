//! Letting go of old records.

use std::io;
use std::path::PathBuf;

use kafka_protocol::ResponseError;

use super::error::AppendError;
use super::format;
use super::partition::{PartitionLog, State};
use crate::limits::PRODUCER_EXPIRY_MS;
use crate::storage::replace;
use crate::sync::lock;

impl PartitionLog {
    /// Drops segments that the topic's limits of time and size do not keep, and forgets producers
    /// that are long gone.
    pub(crate) fn apply_retention(&self) -> io::Result<()> {
        let now_ms = self.clock.now_ms();
        let gone = {
            let mut state = lock(&self.state);
            if state.deleted || state.failed {
                return Ok(());
            }
            state.facts.producers.expire(now_ms - PRODUCER_EXPIRY_MS);
            let is_expired = {
                let retention_ms = state.settings.retention_ms;
                let active = state.active();
                retention_ms >= 0
                    && !active.is_empty()
                    && active.newest_ms() < now_ms - retention_ms
            };
            if is_expired {
                self.roll(&mut state, now_ms).map_err(io::Error::other)?;
            }
            let keep_from = state.first_kept(now_ms);
            self.drop_before(&mut state, keep_from)
        };
        self.remove(&gone)
    }

    /// Drops the records before `offset` (-1: before the high watermark). Durable when it returns;
    /// answers the first offset that is left.
    ///
    /// # Errors
    /// The offset is past the high watermark; the disk.
    pub(crate) fn delete_records(&self, offset: i64) -> Result<i64, AppendError> {
        let (log_start, gone) = {
            let mut state = lock(&self.state);
            let offset = if offset == -1 {
                state.high_watermark
            } else {
                offset
            };
            if offset > state.high_watermark || offset < 0 {
                return Err(AppendError::refused(
                    ResponseError::OffsetOutOfRange,
                    format!("offset {offset} is past the end, {}", state.high_watermark),
                ));
            }
            if offset <= state.log_start {
                return Ok(state.log_start);
            }
            let path = format::log_start_path(&self.dir);
            replace(self.storage.as_ref(), &path, &format::log_start(offset))
                .map_err(|source| AppendError::Storage { path, source })?;
            state.log_start = offset;
            state.facts.transactions.trim(offset);
            let kept = state
                .segments
                .partition_point(|segment| segment.base_offset <= offset);
            let keep_from = state.segments[kept.saturating_sub(1)].base_offset;
            (offset, self.drop_before(&mut state, keep_from))
        };
        if let Err(error) = self.remove(&gone) {
            tracing::warn!(log = self.name, %error, "cannot remove old segments");
        }
        Ok(log_start)
    }

    /// Takes segments out of the log; their files are still there.
    fn drop_before(&self, state: &mut State, keep_from: i64) -> Vec<PathBuf> {
        let mut gone = Vec::new();
        while state.segments.len() > 1 && state.segments[0].base_offset < keep_from {
            if let Some(segment) = state.segments.pop_front() {
                gone.push(segment.path);
                gone.push(format::index_path(&self.dir, segment.base_offset));
            }
        }
        let first = state.segments[0].base_offset;
        if first > state.log_start {
            state.log_start = first;
            state.facts.transactions.trim(first);
        }
        gone
    }

    /// The oldest first, and each durably before the next: a power loss leaves no gap.
    fn remove(&self, gone: &[PathBuf]) -> io::Result<()> {
        for path in gone {
            match self.storage.remove(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            self.storage.sync_dir(&self.dir)?;
        }
        if !gone.is_empty() {
            self.waiters.wake();
        }
        Ok(())
    }
}

impl State {
    /// Base offset of the oldest segment that is kept.
    fn first_kept(&self, now_ms: i64) -> i64 {
        let mut excess = match u64::try_from(self.settings.retention_bytes) {
            Ok(limit) => {
                let size: u64 = self.segments.iter().map(|segment| segment.length).sum();
                size.saturating_sub(limit)
            }
            Err(_) => 0,
        };
        let oldest_ms = match self.settings.retention_ms {
            limit if limit >= 0 => now_ms - limit,
            _ => i64::MIN,
        };
        let next_bases = self
            .segments
            .iter()
            .skip(1)
            .map(|segment| segment.base_offset);
        for (segment, next_base) in self.segments.iter().zip(next_bases) {
            let too_old = segment.newest_ms() < oldest_ms;
            let too_much = excess >= segment.length;
            // Nothing goes that readers could not have read, or that a transaction still needs.
            let undecided = next_base > self.ends().last_stable;
            if undecided || !(too_old || too_much) {
                return segment.base_offset;
            }
            excess = excess.saturating_sub(segment.length);
        }
        self.segments
            .back()
            .map_or(0, |segment| segment.base_offset)
    }
}

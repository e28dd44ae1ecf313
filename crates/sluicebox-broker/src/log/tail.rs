//! The end of a log after a crash: cut what nobody was told of, refuse what somebody was.

use std::io::{self, IoSlice};
use std::path::Path;

use super::error::OpenLogError;
use super::format::{self, SEGMENT_HEADER_BYTES};
use super::recovery::Recovery;
use super::scan;
use crate::storage::StorageFile;

impl Recovery<'_> {
    pub(super) fn refuse_if_synced(
        &self,
        path: &Path,
        file: &dyn StorageFile,
        position: u64,
        length: u64,
        later: &[i64],
        what: String,
    ) -> Result<(), OpenLogError> {
        let io = |source| OpenLogError::Io {
            path: path.to_owned(),
            source,
        };
        let here = scan::highest_synced_after(file, position, length).map_err(io)?;
        let synced = here.max(self.highest_synced_in(later)?);
        if synced.is_some_and(|synced| synced > self.next_offset) {
            return Err(OpenLogError::Damaged {
                path: path.to_owned(),
                position,
                what,
            });
        }
        Ok(())
    }

    pub(super) fn cut(
        &self,
        path: &Path,
        position: u64,
        length: u64,
        later: &[i64],
    ) -> io::Result<()> {
        let cut_bytes = length - position;
        tracing::warn!(path = %path.display(), cut_bytes, "cut the torn tail of a log");
        let file = self.storage.open(path, false)?;
        file.set_len(position)?;
        file.sync_data()?;
        self.remove_segments(later)
    }

    /// Whether a record from [`Recovery::next_offset`] on had been acknowledged, as far as the
    /// segments from `base` on say.
    pub(super) fn was_synced_in(&self, base: i64, later: &[i64]) -> Result<bool, OpenLogError> {
        let synced = self.highest_synced_in(&[base])?;
        let synced = synced.max(self.highest_synced_in(later)?);
        Ok(synced.is_some_and(|synced| synced > self.next_offset))
    }

    fn highest_synced_in(&self, bases: &[i64]) -> Result<Option<i64>, OpenLogError> {
        let mut highest = None;
        for &base in bases {
            let path = format::segment_path(self.dir, base);
            let io = |source| OpenLogError::Io {
                path: path.clone(),
                source,
            };
            let file = self.storage.open_read(&path).map_err(io)?;
            let length = file.len().map_err(io)?;
            let header_end = SEGMENT_HEADER_BYTES as u64 - 1;
            let synced = scan::highest_synced_after(file.as_ref(), header_end, length);
            highest = highest.max(synced.map_err(io)?);
        }
        Ok(highest)
    }

    /// Gives up segments that begin after the end of what the crash has left.
    pub(super) fn drop_segments(&self, base: i64, later: &[i64]) -> io::Result<()> {
        tracing::warn!(
            dir = %self.dir.display(),
            end = self.next_offset,
            segment = base,
            "removed segments that follow on records which were lost unacknowledged"
        );
        let all: Vec<i64> = [&[base], later].concat();
        self.remove_segments(&all)
    }

    fn remove_segments(&self, bases: &[i64]) -> io::Result<()> {
        for &base in bases.iter().rev() {
            self.storage.remove(&format::segment_path(self.dir, base))?;
        }
        self.storage.sync_dir(self.dir)
    }

    /// Writes the beginning of a segment once more.
    pub(super) fn begin_again(&self, base: i64, path: &Path) -> io::Result<()> {
        let file = self.storage.open(path, false)?;
        let header = format::segment_header(base);
        file.write_all_at(0, &[IoSlice::new(&header)])?;
        file.sync_data()
    }
}

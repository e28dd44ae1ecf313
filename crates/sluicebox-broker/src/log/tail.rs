//! The end of a log after a crash: cut what nobody was told of, refuse what somebody was.

use std::io;
use std::path::Path;

use super::error::OpenLogError;
use super::format::{self, SEGMENT_HEADER_BYTES};
use super::recovery::Recovery;
use super::scan;
use super::segment::Segment;
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
        let mut synced = scan::highest_synced_after(file, position, length).map_err(io)?;
        for &base in later {
            let path = format::segment_path(self.dir, base);
            let file = self.storage.open_read(&path).map_err(io)?;
            let length = file.len().map_err(io)?;
            let header_end = SEGMENT_HEADER_BYTES as u64 - 1;
            let of_file = scan::highest_synced_after(file.as_ref(), header_end, length);
            synced = synced.max(of_file.map_err(io)?);
        }
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
        // The newest first: a crash in between leaves no gap.
        for &base in later.iter().rev() {
            self.storage.remove(&format::segment_path(self.dir, base))?;
        }
        let file = self.storage.open(path, false)?;
        file.set_len(position)?;
        file.sync_data()?;
        self.storage.sync_dir(self.dir)
    }

    pub(super) fn holds_no_frame(&self, path: &Path) -> io::Result<bool> {
        let file = self.storage.open_read(path)?;
        let length = file.len()?;
        Ok(scan::highest_synced_after(file.as_ref(), 0, length)?.is_none())
    }

    pub(super) fn restart_segment(&mut self, base: i64) -> io::Result<bool> {
        let segment = Segment::create(self.storage, self.dir, base, self.now_ms)?;
        segment
            .file
            .as_ref()
            .map_or(Ok(()), |file| file.sync_data())?;
        self.segments.push_back(segment);
        Ok(true)
    }
}

//! One file of a log.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::{self, SEGMENT_HEADER_BYTES};
use super::index::Index;
use crate::storage::{Storage, StorageFile};

/// A segment, sealed or (the last of a log) active.
pub(super) struct Segment {
    pub(super) base_offset: i64,
    pub(super) path: PathBuf,
    /// Bytes in it.
    pub(super) length: u64,
    pub(super) index: Index,
    /// When it was made, or opened; what `segment.ms` counts from.
    pub(super) since_ms: i64,
    /// Open while the segment is active. Sealed ones are opened for each read, so that a long log
    /// does not use up file descriptors.
    pub(super) file: Option<Arc<dyn StorageFile>>,
}

impl Segment {
    /// Makes an empty segment. Not synced.
    pub(super) fn create(
        storage: &dyn Storage,
        dir: &Path,
        base_offset: i64,
        now_ms: i64,
    ) -> io::Result<Self> {
        let path = format::segment_path(dir, base_offset);
        let file = storage.open(&path, true)?;
        let header = format::segment_header(base_offset);
        let begun = file
            .set_len(0)
            .and_then(|()| file.write_all_at(0, &[IoSlice::new(&header)]));
        if let Err(error) = begun {
            // The active segment may still take a smaller batch: then a file that begins at this
            // offset would contradict it at the next start.
            let _ = storage.remove(&path);
            return Err(error);
        }
        Ok(Self {
            base_offset,
            path,
            length: SEGMENT_HEADER_BYTES as u64,
            index: Index::new(base_offset),
            since_ms: now_ms,
            file: Some(file),
        })
    }

    /// The file, for reading.
    pub(super) fn reader(&self, storage: &dyn Storage) -> io::Result<Arc<dyn StorageFile>> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => storage.open_read(&self.path),
        }
    }

    /// What retention by time goes by; a segment of markers only goes by its own age.
    pub(super) fn newest_ms(&self) -> i64 {
        if self.index.max_timestamp < 0 {
            self.since_ms
        } else {
            self.index.max_timestamp
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length <= SEGMENT_HEADER_BYTES as u64
    }
}

//! Opening a log after whatever has happened to it.
//!
//! A crash may lose the end of what was written, never something that had been synced. So bytes
//! that are no whole frame are cut, with all that follows, if nobody had been told of them: no
//! later frame says that more was durable. Otherwise the log is refused.

use std::collections::VecDeque;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::BatchHeader;
use super::control;
use super::error::OpenLogError;
use super::format::{self, SEGMENT_HEADER_BYTES};
use super::index::Index;
use super::partition::Facts;
use super::scan::{self, End, Frame};
use super::segment::Segment;
use super::snapshot::Snapshot;
use crate::storage::{Storage, read_all};

/// A log on its way to being open.
pub(super) struct Recovery<'a> {
    pub(super) storage: &'a dyn Storage,
    pub(super) dir: &'a Path,
    pub(super) now_ms: i64,
    pub(super) facts: Facts,
    pub(super) next_offset: i64,
    pub(super) segments: VecDeque<Segment>,
}

impl<'a> Recovery<'a> {
    pub(super) fn run(
        storage: &'a dyn Storage,
        dir: &'a Path,
        now_ms: i64,
    ) -> Result<Self, OpenLogError> {
        let io = |source| OpenLogError::Io {
            path: dir.to_owned(),
            source,
        };
        let mut bases: Vec<i64> = storage
            .list(dir)
            .map_err(io)?
            .iter()
            .filter_map(|path| format::segment_base(path))
            .collect();
        bases.sort_unstable();
        let Some(&first) = bases.first() else {
            let what = "it holds no segment".to_owned();
            return Err(OpenLogError::Damaged {
                path: dir.to_owned(),
                position: 0,
                what,
            });
        };
        let snapshot = read_snapshot(storage, dir).map_err(io)?;
        let mut recovery = Self {
            storage,
            dir,
            now_ms,
            facts: snapshot.as_ref().map(Snapshot::facts).unwrap_or_default(),
            next_offset: first,
            segments: VecDeque::new(),
        };
        for (at, &base) in bases.iter().enumerate() {
            let sealed = snapshot
                .as_ref()
                .is_some_and(|snapshot| base < snapshot.segment);
            if sealed {
                recovery.sealed(base, bases.get(at + 1).copied())?;
                continue;
            }
            let known = snapshot
                .as_ref()
                .filter(|snapshot| snapshot.segment == base);
            if !recovery.scanned(base, known, &bases[at + 1..])? {
                break;
            }
        }
        if let Some(snapshot) = snapshot
            && recovery.next_offset < snapshot.next_offset
        {
            let what = format!(
                "the log ends at offset {}, and {} had been written and synced",
                recovery.next_offset, snapshot.next_offset
            );
            return Err(OpenLogError::Damaged {
                path: dir.to_owned(),
                position: 0,
                what,
            });
        }
        recovery.open_active().map_err(io)?;
        Ok(recovery)
    }

    /// A segment that the snapshot covers: its index says all that is needed.
    fn sealed(&mut self, base: i64, next_base: Option<i64>) -> Result<(), OpenLogError> {
        let path = format::segment_path(self.dir, base);
        self.check_base(base, &path)?;
        let (length, file) = self.open_file(base, &path)?;
        let stored = self.read_file(&format::index_path(self.dir, base));
        let found = stored
            .and_then(|bytes| Index::decode(&bytes, base, length))
            .filter(|(_, next)| Some(*next) == next_base);
        let (index, next_offset) = match found {
            Some(found) => found,
            None => rebuild(base, &path, file.as_ref(), length)?,
        };
        self.next_offset = next_offset;
        self.push(base, path, length, index);
        Ok(())
    }

    /// A segment that may have been written to when the crash came. False: it was cut, and what
    /// follows is gone.
    fn scanned(
        &mut self,
        base: i64,
        known: Option<&Snapshot>,
        later: &[i64],
    ) -> Result<bool, OpenLogError> {
        let path = format::segment_path(self.dir, base);
        let io = |source| OpenLogError::Io {
            path: path.clone(),
            source,
        };
        if let Err(missing) = self.check_base(base, &path) {
            // The crash took the end of the segment before, and left this one.
            if known.is_some() || self.was_synced_in(base, later)? {
                return Err(missing);
            }
            self.drop_segments(base, later).map_err(io)?;
            return Ok(false);
        }
        let (length, file) = match self.open_file(base, &path) {
            Ok(opened) => opened,
            // The crash came before the beginning of the segment was on the disk. All that it says
            // is in the file's name as well.
            Err(OpenLogError::Damaged { .. })
                if known.is_none() && !self.was_synced_in(base, later)? =>
            {
                self.begin_again(base, &path).map_err(io)?;
                self.open_file(base, &path)?
            }
            Err(error) => return Err(error),
        };
        let mut from = SEGMENT_HEADER_BYTES as u64;
        let mut index = Index::new(base);
        if let Some(snapshot) = known {
            if length < snapshot.position {
                let what = format!("{} bytes had been written and synced", snapshot.position);
                return Err(OpenLogError::Damaged {
                    path,
                    position: length,
                    what,
                });
            }
            from = snapshot.position;
            let stored = self.read_file(&format::index_path(self.dir, base));
            index = match stored.and_then(|bytes| Index::decode(&bytes, base, from)) {
                Some((index, _)) => index,
                None => rebuild(base, &path, file.as_ref(), from)?.0,
            };
            self.next_offset = snapshot.next_offset;
        }
        let end = scan::scan(file.as_ref(), from, length, |frame| {
            self.replay(frame)?;
            index.add(&frame.header, frame.position);
            Ok(ControlFlow::Continue(()))
        });
        let (end, whole) = match end.map_err(io)? {
            End::Clean(end) => {
                // What was read may so far be in memory only; from here on it counts as durable.
                file.sync_data().map_err(io)?;
                (end, true)
            }
            End::Damaged { position, what } => {
                self.refuse_if_synced(&path, file.as_ref(), position, length, later, what)?;
                self.cut(&path, position, length, later).map_err(io)?;
                (position, false)
            }
        };
        self.push(base, path, end, index);
        Ok(whole)
    }

    /// Takes note of a batch that the snapshot does not know.
    fn replay(&mut self, frame: &Frame<'_>) -> Result<(), String> {
        expect_offset(&frame.header, self.next_offset)?;
        if frame.header.is_control() {
            if let Some((marker, epoch)) = control::read_marker(frame.batch) {
                self.facts.marker(&frame.header, marker, epoch, self.now_ms);
            }
        } else {
            self.facts.batch(&frame.header, self.now_ms);
        }
        self.next_offset = frame.header.next_offset();
        Ok(())
    }

    fn check_base(&self, base: i64, path: &Path) -> Result<(), OpenLogError> {
        if base == self.next_offset {
            return Ok(());
        }
        let what = format!(
            "offset {} should be next: a segment is missing",
            self.next_offset
        );
        Err(OpenLogError::Damaged {
            path: path.to_owned(),
            position: 0,
            what,
        })
    }

    fn open_file(
        &self,
        base: i64,
        path: &Path,
    ) -> Result<(u64, Arc<dyn crate::storage::StorageFile>), OpenLogError> {
        let io = |source| OpenLogError::Io {
            path: path.to_owned(),
            source,
        };
        let file = self.storage.open_read(path).map_err(io)?;
        let mut header = [0; SEGMENT_HEADER_BYTES];
        let read = file.read_at(0, &mut header).map_err(io)?;
        if read < header.len() || header != format::segment_header(base) {
            let what = "this is not a segment of version 1 with this base offset".to_owned();
            return Err(OpenLogError::Damaged {
                path: path.to_owned(),
                position: 0,
                what,
            });
        }
        Ok((file.len().map_err(io)?, file))
    }

    fn push(&mut self, base_offset: i64, path: PathBuf, length: u64, index: Index) {
        let since_ms = self.now_ms;
        self.segments.push_back(Segment {
            base_offset,
            path,
            length,
            index,
            since_ms,
            file: None,
        });
    }

    fn open_active(&mut self) -> io::Result<()> {
        if let Some(active) = self.segments.back_mut() {
            active.file = Some(self.storage.open(&active.path, false)?);
        }
        // A process that was killed may have made segments whose names are in memory only.
        self.storage.sync_dir(self.dir)
    }

    pub(super) fn log_start(&self) -> io::Result<i64> {
        let first = self
            .segments
            .front()
            .map_or(0, |segment| segment.base_offset);
        let path = format::log_start_path(self.dir);
        let Some(bytes) = self.read_file(&path) else {
            return Ok(first);
        };
        let stored = format::read_log_start(&bytes).ok_or_else(|| {
            let what = format!(
                "{} is damaged; delete it to show all records",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        Ok(stored.clamp(first, self.next_offset.max(first)))
    }

    fn read_file(&self, path: &Path) -> Option<Vec<u8>> {
        read_all(self.storage.open_read(path).ok()?.as_ref()).ok()
    }
}

fn expect_offset(header: &BatchHeader, expected: i64) -> Result<(), String> {
    if header.base_offset == expected && header.last_offset_delta >= 0 {
        return Ok(());
    }
    Err(format!(
        "a batch at offset {}, expected {expected}",
        header.base_offset
    ))
}

fn read_snapshot(storage: &dyn Storage, dir: &Path) -> io::Result<Option<Snapshot>> {
    let path = format::snapshot_path(dir);
    let bytes = match storage.open_read(&path) {
        Ok(file) => read_all(file.as_ref())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let snapshot = Snapshot::decode(&bytes);
    if snapshot.is_none() {
        tracing::warn!(path = %path.display(), "ignored a damaged snapshot: reading the whole log");
    }
    Ok(snapshot)
}

/// Reads a sealed segment, or the part of one that is known to be durable: any damage counts.
fn rebuild(
    base: i64,
    path: &Path,
    file: &dyn crate::storage::StorageFile,
    end: u64,
) -> Result<(Index, i64), OpenLogError> {
    let mut index = Index::new(base);
    let mut next_offset = base;
    let visit = |frame: &Frame<'_>| {
        expect_offset(&frame.header, next_offset)?;
        index.add(&frame.header, frame.position);
        next_offset = frame.header.next_offset();
        Ok(ControlFlow::Continue(()))
    };
    let scanned = scan::scan(file, SEGMENT_HEADER_BYTES as u64, end, visit);
    match scanned.map_err(|source| OpenLogError::Io {
        path: path.to_owned(),
        source,
    })? {
        End::Clean(_) => Ok((index, next_offset)),
        End::Damaged { position, what } => Err(OpenLogError::Damaged {
            path: path.to_owned(),
            position,
            what,
        }),
    }
}

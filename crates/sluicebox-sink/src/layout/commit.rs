//! The commit: rows, sync, manifest record, sync.
//!
//! The order is the promise. A manifest record never names a byte that is not durable, and an
//! offset is never recorded apart from its row.

use std::io;

use sluicebox_faults::{io_point, planted, point, torn_point};

use super::single::{Committed, SingleLayout};
use crate::error::{CommitError, FatalError};
use crate::limits::BUFFER_KEPT_BYTES;
use crate::manifest::FileDelta;
use crate::names::MANIFEST;
use crate::storage::{Storage, StorageFile, append_all, is_full};

impl<S: Storage> SingleLayout<S> {
    /// Makes all rows and positions since the last commit durable, together.
    ///
    /// # Errors
    /// [`CommitError::DiskFull`]: nothing is committed, everything is kept; call it again later.
    /// [`CommitError::Fatal`]: end the process, the next start recovers. Every later call fails
    /// as well.
    pub fn commit(&mut self) -> Result<Committed, CommitError> {
        if let Some(reason) = &self.poisoned {
            return Err(FatalError::Poisoned {
                reason: reason.clone(),
            }
            .into());
        }
        let result = self.commit_all();
        if let Err(CommitError::Fatal(error)) = &result {
            self.poisoned = Some(error.to_string());
        }
        result
    }

    fn commit_all(&mut self) -> Result<Committed, CommitError> {
        if !self.fill_delta() {
            return Ok(Committed {
                sequence: self.state.sequence,
                ..Committed::default()
            });
        }
        #[cfg(feature = "faults")]
        if planted!("sink-commits-positions-before-rows") {
            self.commit_positions_alone()?;
        }
        let too_late = planted!("sink-records-rows-before-they-are-synced");
        self.append_rows()?;
        if !too_late {
            self.sync_rows()?;
        }
        point!("sink.rows.synced");
        self.append_record()?;
        self.log
            .sync()
            .map_err(|source| self.manifest_failed("sync", source))?;
        point!("sink.record.synced");
        if too_late {
            self.sync_rows()?;
        }
        let committed = self.take_over();
        if self.log.is_checkpoint_due() {
            self.log
                .checkpoint(&self.storage, &self.state)
                .map_err(|source| self.manifest_failed("replace", source))?;
        }
        Ok(committed)
    }

    /// The planted bug: the positions move before the rows are there.
    #[cfg(feature = "faults")]
    fn commit_positions_alone(&mut self) -> Result<(), CommitError> {
        let files = std::mem::take(&mut self.delta.files);
        self.append_record()?;
        self.log
            .sync()
            .map_err(|source| self.manifest_failed("sync", source))?;
        let sequence = self.state.sequence + 1;
        self.state
            .apply(sequence, &self.delta)
            .expect("a commit fits the state it was made from");
        self.delta.clear();
        self.delta.files = files;
        Ok(())
    }

    /// What this commit changes; `false` when that is nothing.
    fn fill_delta(&mut self) -> bool {
        self.delta.files.clear();
        for (index, file) in self.files.iter().enumerate() {
            if !file.rows.is_empty() {
                let before = &self.state.files[index];
                self.delta.files.push(FileDelta {
                    file: index as u32,
                    length: before.length + file.rows.len() as u64,
                    rows: before.rows + file.row_count,
                    crc: crc32c::crc32c_append(before.crc, &file.rows),
                });
            }
        }
        self.delta.next_offsets.clear();
        self.delta
            .next_offsets
            .extend(self.positions.changed_inputs());
        self.delta.highest.clear();
        self.delta.highest.extend(self.positions.changed_sources());
        !self.delta.files.is_empty() || self.positions.changed() || self.delta.skipped_repeats > 0
    }

    fn append_rows(&mut self) -> Result<(), CommitError> {
        for index in 0..self.delta.files.len() {
            let change = self.delta.files[index];
            let (at, committed) = self.changed_file(index);
            self.expect_length(at, committed)?;
            let file = &mut self.files[at];
            let torn = torn_point!("sink.rows.append", {
                let half = file.rows.len() / 2;
                append_all(&mut file.file, &file.rows[..half])
            });
            match torn.and_then(|()| append_all(&mut file.file, &file.rows)) {
                Ok(()) => self.expect_length(at, change.length)?,
                Err(source) if is_full(&source) => {
                    let (file, needed_bytes) = (file.path.clone(), file.rows.len() as u64);
                    self.cut_back()?;
                    return Err(CommitError::DiskFull {
                        file,
                        needed_bytes,
                        source,
                    });
                }
                Err(source) => return Err(self.file_failed("append to", at, source).into()),
            }
        }
        Ok(())
    }

    /// One after the other: a sync of some 100 KiB takes 0.2-0.4 ms, threads would cost as much.
    fn sync_rows(&mut self) -> Result<(), FatalError> {
        if planted!("sink-skips-the-sync-of-rows") {
            return Ok(());
        }
        for index in 0..self.delta.files.len() {
            let (at, _) = self.changed_file(index);
            let file = &mut self.files[at].file;
            let synced = io_point!("sink.rows.sync").and_then(|()| file.sync_data());
            let synced = if planted!("sink-syncs-again-after-a-failure") {
                synced.or_else(|_| file.sync_data())
            } else {
                synced
            };
            synced.map_err(|e| self.file_failed("sync", at, e))?;
        }
        Ok(())
    }

    fn append_record(&mut self) -> Result<(), CommitError> {
        let before = self.log.length();
        self.expect_manifest_length(before)?;
        let needed_bytes = self.log.prepare(self.state.sequence + 1, &self.delta);
        match self.log.append() {
            Ok(()) => Ok(self.expect_manifest_length(before + needed_bytes)?),
            Err(source) if is_full(&source) => {
                self.log
                    .cut_back()
                    .map_err(|e| self.manifest_failed("cut", e))?;
                self.cut_back()?;
                let file = self.storage.describe(MANIFEST);
                Err(CommitError::DiskFull {
                    file,
                    needed_bytes,
                    source,
                })
            }
            Err(source) => Err(self.manifest_failed("append to", source).into()),
        }
    }

    /// The record is durable: what was pending is now what is committed.
    fn take_over(&mut self) -> Committed {
        let sequence = self.state.sequence + 1;
        self.state
            .apply(sequence, &self.delta)
            .expect("a commit fits the state it was made from");
        let mut committed = Committed {
            sequence,
            rows: 0,
            bytes: self.buffered_bytes as u64,
        };
        for file in &mut self.files {
            committed.rows += file.row_count;
            file.row_count = 0;
            file.rows.clear();
            file.rows.shrink_to(BUFFER_KEPT_BYTES);
        }
        self.buffered_bytes = 0;
        self.positions.clear_changed();
        self.delta.clear();
        committed
    }

    /// Takes back what was appended to the files since the last commit.
    fn cut_back(&mut self) -> Result<(), FatalError> {
        for index in 0..self.delta.files.len() {
            let (at, committed) = self.changed_file(index);
            let file = &mut self.files[at].file;
            let cut = file.length().and_then(|now| {
                if now > committed {
                    file.truncate(committed)
                } else {
                    Ok(())
                }
            });
            cut.map_err(|source| self.file_failed("cut", at, source))?;
            self.expect_length(at, committed)?;
        }
        Ok(())
    }

    /// A changed file of the delta: its index, and its committed length.
    fn changed_file(&self, index: usize) -> (usize, u64) {
        let at = self.delta.files[index].file as usize;
        (at, self.state.files[at].length)
    }

    /// The lock keeps other sinks out, but not other programs.
    fn expect_length(&self, at: usize, expected: u64) -> Result<(), FatalError> {
        let file = &self.files[at];
        let found = file
            .file
            .length()
            .map_err(|source| self.file_failed("read", at, source))?;
        if found == expected {
            return Ok(());
        }
        Err(FatalError::ChangedByAnother {
            file: file.path.clone(),
            found,
            expected,
        })
    }

    fn expect_manifest_length(&self, expected: u64) -> Result<(), FatalError> {
        let found = self
            .log
            .found_length()
            .map_err(|e| self.manifest_failed("read", e))?;
        if found == expected {
            return Ok(());
        }
        let file = self.storage.describe(MANIFEST);
        Err(FatalError::ChangedByAnother {
            file,
            found,
            expected,
        })
    }

    fn file_failed(&self, operation: &'static str, at: usize, source: io::Error) -> FatalError {
        let file = self.files[at].path.clone();
        if source.kind() == io::ErrorKind::NotFound {
            let committed = self.state.files[at].length;
            return FatalError::Removed { file, committed };
        }
        FatalError::Io {
            operation,
            file,
            offset: self.state.files[at].length,
            source,
        }
    }

    fn manifest_failed(&self, operation: &'static str, source: io::Error) -> FatalError {
        let file = self.storage.describe(MANIFEST);
        if source.kind() == io::ErrorKind::NotFound {
            let committed = self.log.length();
            return FatalError::Removed { file, committed };
        }
        FatalError::Io {
            operation,
            file,
            offset: self.log.length(),
            source,
        }
    }
}

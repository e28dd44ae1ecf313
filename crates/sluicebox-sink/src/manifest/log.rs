//! The manifest as a file: reading it whole, appending to it, replacing it by a checkpoint.

use std::io;

use sluicebox_faults::{io_point, planted, torn_point};

use super::frame::{
    self, FILE_HEADER_BYTES, Step, TORN_MAX_BYTES, file_header, put_frame, read_file_header,
};
use super::record::{self, Record, put_checkpoint, put_commit};
use super::{Delta, FORMAT_VERSION, ManifestState};
use crate::error::{OpenError, Refusal, refuse_io};
use crate::limits::MANIFEST_MAX_BYTES;
use crate::names::{MANIFEST, unfinished};
use crate::storage::{Storage, StorageFile, append_all, read_up_to};

/// A manifest that was read.
#[derive(Debug)]
pub(crate) struct ReadLog {
    /// What it says.
    pub(crate) state: ManifestState,
    /// Bytes of an unfinished last record, which do not count.
    pub(crate) torn_bytes: u64,
}

/// Reads the manifest; `None` when there is none. Changes nothing.
pub(crate) fn read_log<S: Storage>(storage: &S) -> Result<Option<ReadLog>, OpenError> {
    let path = || storage.describe(MANIFEST);
    let file = match storage.open_to_read(MANIFEST) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse_io("read", path())(error)),
    };
    let length = file.length().map_err(refuse_io("read", path()))?;
    if length > MANIFEST_MAX_BYTES {
        let what = format!("it has {length} bytes, more than a manifest can have");
        return Err(damaged(path(), MANIFEST_MAX_BYTES, what));
    }
    let mut bytes = vec![0; length as usize];
    let present = read_up_to(&file, &mut bytes).map_err(refuse_io("read", path()))?;
    bytes.truncate(present);
    parse(&bytes, &path()).map(Some)
}

/// Reads the bytes of a manifest that is called `path` in errors.
pub(super) fn parse(bytes: &[u8], path: &str) -> Result<ReadLog, OpenError> {
    let refuse = |offset: usize, what: &str| damaged(path.to_owned(), offset as u64, what.into());
    let version = read_file_header(bytes).map_err(|what| refuse(0, what))?;
    if version > FORMAT_VERSION {
        let newest = FORMAT_VERSION;
        return Err(Refusal::NewerManifest {
            manifest: path.to_owned(),
            version,
            newest,
        }
        .into());
    }
    if version == 0 {
        return Err(refuse(8, "there is no format version 0"));
    }
    let (mut state, mut offset) = read_first(bytes).map_err(|what| refuse(16, what))?;
    loop {
        match frame::step(bytes, offset) {
            Step::End => {
                return Ok(ReadLog {
                    state,
                    torn_bytes: 0,
                });
            }
            Step::Frame {
                sequence,
                payload,
                next,
            } => {
                let delta = match record::read(payload) {
                    Ok(Record::Commit(delta)) => delta,
                    Ok(Record::Checkpoint(_)) => {
                        return Err(refuse(offset, "a checkpoint stands between commits"));
                    }
                    Err(malformed) => return Err(refuse(offset, malformed.0)),
                };
                state
                    .apply(sequence, &delta)
                    .map_err(|what| refuse(offset, what))?;
                offset = next;
            }
            Step::Broken(what) => {
                let torn = bytes.len() - offset;
                if torn > TORN_MAX_BYTES || frame::has_frame_from(bytes, offset + 1) {
                    return Err(refuse(offset, what));
                }
                return Ok(ReadLog {
                    state,
                    torn_bytes: torn as u64,
                });
            }
        }
    }
}

/// The checkpoint a manifest begins with. It came with a rename, so it is never unfinished.
fn read_first(bytes: &[u8]) -> Result<(ManifestState, usize), &'static str> {
    match frame::step(bytes, FILE_HEADER_BYTES) {
        Step::Frame {
            sequence,
            payload,
            next,
        } => match record::read(payload) {
            Ok(Record::Checkpoint(mut state)) => {
                state.sequence = sequence;
                Ok((*state, next))
            }
            Ok(Record::Commit(_)) => Err("it does not begin with a checkpoint"),
            Err(malformed) => Err(malformed.0),
        },
        Step::End => Err("the checkpoint is missing"),
        Step::Broken(what) => Err(what),
    }
}

fn damaged(manifest: String, offset: u64, what: String) -> OpenError {
    Refusal::DamagedManifest {
        manifest,
        offset,
        what,
    }
    .into()
}

/// The manifest of a directory that is being written.
#[derive(Debug)]
pub(crate) struct ManifestLog<F> {
    file: F,
    /// Length of what is committed, in bytes.
    length: u64,
    /// How much the log may grow between two checkpoints, in bytes.
    growth_max_bytes: u64,
    /// The next checkpoint is due at this length.
    checkpoint_at: u64,
    /// The record that is being written.
    record: Vec<u8>,
}

impl<F: StorageFile> ManifestLog<F> {
    /// Replaces the manifest, if there is one, by a checkpoint of `state`: whole or not at all.
    pub(crate) fn create<S: Storage<File = F>>(
        storage: &S,
        state: &ManifestState,
        growth_max_bytes: u64,
    ) -> io::Result<Self> {
        let (file, length) = write_checkpoint(storage, state)?;
        publish(storage)?;
        let checkpoint_at = length + growth_max_bytes;
        Ok(Self {
            file,
            length,
            growth_max_bytes,
            checkpoint_at,
            record: Vec::new(),
        })
    }

    /// Prepares a commit record and says how long it is.
    pub(crate) fn prepare(&mut self, sequence: u64, delta: &Delta) -> u64 {
        self.record.clear();
        put_frame(&mut self.record, sequence, |out| put_commit(out, delta));
        self.record.len() as u64
    }

    /// Appends the prepared record. On an error, call [`cut_back`](Self::cut_back).
    pub(crate) fn append(&mut self) -> io::Result<()> {
        torn_point!("sink.record.append", {
            let half = self.record.len() / 2;
            append_all(&mut self.file, &self.record[..half])
        })?;
        append_all(&mut self.file, &self.record)
    }

    /// Takes back what was appended since the last [`sync`](Self::sync).
    pub(crate) fn cut_back(&mut self) -> io::Result<()> {
        self.file.truncate(self.length)
    }

    /// Makes the appended record durable: the moment of the commit.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        io_point!("sink.record.sync")?;
        if !planted!("sink-skips-the-sync-of-the-manifest") {
            self.file.sync_data()?;
        }
        self.length += self.record.len() as u64;
        Ok(())
    }

    /// The committed length in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The length of the file now, in bytes; the same unless someone else writes to it.
    pub(crate) fn found_length(&self) -> io::Result<u64> {
        self.file.length()
    }

    /// Whether the log has grown enough to be replaced by a checkpoint.
    pub(crate) fn is_checkpoint_due(&self) -> bool {
        self.length >= self.checkpoint_at
    }

    /// Replaces the log by a checkpoint of `state`. Says `false`, and goes on with the old log,
    /// when there is no room for it.
    pub(crate) fn checkpoint<S: Storage<File = F>>(
        &mut self,
        storage: &S,
        state: &ManifestState,
    ) -> io::Result<bool> {
        match write_checkpoint(storage, state) {
            Ok((file, length)) => {
                publish(storage)?;
                self.file = file;
                self.length = length;
                self.checkpoint_at = length + self.growth_max_bytes;
                Ok(true)
            }
            Err(error) if crate::storage::is_full(&error) => {
                // The unfinished file holds nothing that anyone needs, but it takes up room.
                match storage.remove(&unfinished(MANIFEST)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
                self.checkpoint_at = self.length + self.growth_max_bytes;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// Writes a checkpoint beside the manifest and syncs it.
fn write_checkpoint<S: Storage>(storage: &S, state: &ManifestState) -> io::Result<(S::File, u64)> {
    let mut bytes = file_header(FORMAT_VERSION).to_vec();
    put_frame(&mut bytes, state.sequence, |out| put_checkpoint(out, state));
    let mut file = storage.create(&unfinished(MANIFEST))?;
    torn_point!(
        "sink.checkpoint.write",
        append_all(&mut file, &bytes[..bytes.len() / 2])
    )?;
    append_all(&mut file, &bytes)?;
    io_point!("sink.checkpoint.sync")?;
    file.sync_data()?;
    Ok((file, bytes.len() as u64))
}

/// Puts a written checkpoint in the manifest's place.
fn publish<S: Storage>(storage: &S) -> io::Result<()> {
    io_point!("sink.checkpoint.rename")?;
    storage.rename(&unfinished(MANIFEST), MANIFEST)?;
    io_point!("sink.checkpoint.directory.sync")?;
    if planted!("sink-skips-the-sync-of-the-directory") {
        return Ok(());
    }
    storage.sync_directory()
}

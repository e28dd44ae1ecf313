//! Opening a journal after whatever has happened to it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::JournalError;
use super::format::{self, HEADER_BYTES};
use crate::storage::{Storage, StorageFile, read_all, replace};

/// A journal that is ready to be appended to.
pub(super) struct Opened {
    pub(super) file: Arc<dyn StorageFile>,
    pub(super) length: u64,
}

/// Opens or creates the file, replays what is whole, cuts a torn tail.
pub(super) fn open(
    storage: &dyn Storage,
    path: &Path,
    kind: u8,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<Opened, JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    let damaged = |position: usize, what: String| JournalError::Damaged {
        path: path.to_owned(),
        position: position as u64,
        what,
    };
    let header = format::header(kind);
    let file = match storage.open(path, false) {
        // It appears whole or not at all, so that a short one is damage.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            replace(storage, path, &header).map_err(io)?;
            storage.open(path, false).map_err(io)?
        }
        opened => opened.map_err(io)?,
    };
    // Its name may be in memory only: the process that made it may have been killed.
    sync_parent(storage, path).map_err(io)?;
    let bytes = read_all(file.as_ref()).map_err(io)?;
    if bytes.get(..HEADER_BYTES) != Some(&header[..]) {
        let what = format!("this is not a journal of version 1 and kind {kind}");
        return Err(damaged(0, what));
    }
    let mut position = HEADER_BYTES;
    while position < bytes.len() {
        match format::read_frame(&bytes[position..]) {
            Ok(frame) => {
                // A frame without a record was written by a stop.
                if !frame.record.is_empty() {
                    replay(frame.record).map_err(|what| damaged(position, what))?;
                }
                position += frame.size;
            }
            Err(what) if was_synced(&bytes, position) => {
                return Err(damaged(position, what.to_owned()));
            }
            Err(_) => break,
        }
    }
    if position < bytes.len() {
        let cut = bytes.len() - position;
        tracing::warn!(path = %path.display(), cut_bytes = cut, "cut the torn tail of a journal");
        file.set_len(position as u64).map_err(io)?;
    }
    file.sync_data().map_err(io)?;
    Ok(Opened {
        file,
        length: position as u64,
    })
}

fn sync_parent(storage: &dyn Storage, path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) => storage.sync_dir(dir),
        None => Ok(()),
    }
}

/// Whether what begins at `position` had been made durable: a whole frame further on says so.
/// Looks at every byte, since damage hides where frames begin.
fn was_synced(bytes: &[u8], position: usize) -> bool {
    (position + 1..bytes.len())
        .filter_map(|at| format::read_frame(&bytes[at..]).ok())
        .any(|frame| frame.synced > position as u64)
}

//! Opening a journal after whatever has happened to it.

use std::io::{self, IoSlice};
use std::path::Path;
use std::sync::Arc;

use super::JournalError;
use super::format::{self, HEADER_BYTES};
use crate::storage::{Storage, StorageFile, read_all};

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
    let file = storage.open(path, true).map_err(io)?;
    let bytes = read_all(file.as_ref()).map_err(io)?;
    let header = format::header(kind);
    if bytes.len() < HEADER_BYTES {
        // Created, and the crash came before the header was whole.
        if !header.starts_with(&bytes) {
            return Err(damaged(0, "this is not a journal".to_owned()));
        }
        create(storage, path, file.as_ref(), &header).map_err(io)?;
        return Ok(Opened {
            file,
            length: HEADER_BYTES as u64,
        });
    }
    if bytes[..HEADER_BYTES] != header {
        let what = format!("this is not a journal of version 1 and kind {kind}");
        return Err(damaged(0, what));
    }
    let mut position = HEADER_BYTES;
    while position < bytes.len() {
        match format::read_frame(&bytes[position..]) {
            Ok(frame) => {
                replay(frame.record).map_err(|what| damaged(position, what))?;
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

fn create(
    storage: &dyn Storage,
    path: &Path,
    file: &dyn StorageFile,
    header: &[u8],
) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all_at(0, &[IoSlice::new(header)])?;
    file.sync_data()?;
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

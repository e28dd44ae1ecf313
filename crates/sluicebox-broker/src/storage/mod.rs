//! Every effect on the disk goes through these traits, so that a simulated disk that loses power
//! can take the real one's place.

mod disk;
#[cfg(test)]
mod faulty;
mod overlay;
#[cfg(test)]
mod simulated;

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use disk::DiskStorage;
#[cfg(test)]
pub(crate) use faulty::FaultyStorage;
pub(crate) use overlay::OverlayStorage;
#[cfg(test)]
pub(crate) use simulated::SimulatedStorage;

/// An open file, shared by readers and its one writer.
pub(crate) trait StorageFile: Send + Sync {
    /// Writes all of `parts`, one after the other, from `position` on.
    fn write_all_at(&self, position: u64, parts: &[IoSlice<'_>]) -> io::Result<()>;
    /// Reads up to `buffer.len()` bytes from `position`; fewer at the end of the file.
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Makes the data, and the length, durable.
    fn sync_data(&self) -> io::Result<()>;
    /// Cuts or extends the file.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;
}

/// A tree of directories.
pub(crate) trait Storage: Send + Sync + 'static {
    /// Opens for reading and writing; `create` makes a missing file.
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn StorageFile>>;
    /// Opens for reading only.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>>;
    /// The paths in a directory, unordered.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
    /// Creates a directory with its parents.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Replaces `to`; durable only after [`Storage::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with all that is in it.
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// Reads a whole file.
pub(crate) fn read_all(file: &dyn StorageFile) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(filled as u64, &mut bytes[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Writes `bytes` under `path` so that a crash leaves the old content or the new, never a mix:
/// temporary file, sync, rename, sync of the directory.
pub(crate) fn replace(storage: &dyn Storage, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_beside(storage, path, bytes)?;
    put_in_place(storage, &temporary, path)
}

/// The first half of [`replace`]: a durable temporary file beside `path`. When it fails (a full
/// disk), nothing has happened to `path`, and what was written is given back.
pub(crate) fn write_beside(
    storage: &dyn Storage,
    path: &Path,
    bytes: &[u8],
) -> io::Result<PathBuf> {
    let temporary = path.with_extension("tmp");
    let file = storage.open(&temporary, true)?;
    let written = file
        .set_len(0)
        .and_then(|()| file.write_all_at(0, &[IoSlice::new(bytes)]))
        .and_then(|()| file.sync_data());
    if written.is_err() {
        // Only space is lost if it stays: the next try empties it first.
        let _ = storage.remove(&temporary);
    }
    written.map(|()| temporary)
}

/// The second half of [`replace`]. When it fails, either content may be in place.
pub(crate) fn put_in_place(storage: &dyn Storage, temporary: &Path, path: &Path) -> io::Result<()> {
    storage.rename(temporary, path)?;
    match path.parent() {
        Some(dir) => storage.sync_dir(dir),
        None => Ok(()),
    }
}

//! A directory of a local file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sluicebox_faults::planted;

use super::{Attempt, Holder, Storage, StorageFile};
use crate::error::{OpenError, Refusal};

/// A directory of a local file system.
///
/// Network file systems are not for this: their locks and their `fsync` promise less.
#[derive(Clone, Debug)]
pub struct DiskStorage {
    directory: PathBuf,
}

impl DiskStorage {
    /// The directory to write to, which is made when it is missing (with its parents).
    ///
    /// # Errors
    /// [`Refusal::NotWritable`] when it cannot be made or is something else than a directory.
    pub fn create(directory: &Path) -> Result<Self, OpenError> {
        let not_writable = |source| Refusal::NotWritable {
            directory: directory.display().to_string(),
            source,
        };
        let missing = || directory.ancestors().take_while(|path| !path.is_dir());
        let made: Vec<_> = missing().map(Path::to_owned).collect();
        fs::create_dir_all(directory).map_err(not_writable)?;
        // The name of a new directory is durable once its parent is synced. The parent of the
        // first part of a relative path has an empty name, and is the working directory.
        for parent in made.iter().filter_map(|path| path.parent()) {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(not_writable)?;
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// A directory to read from; nothing is made. A missing directory reads as an empty one.
    pub fn existing(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether somebody holds the lock. Nothing is made or written; the lock is shared for a moment, in
    /// which a sink that starts takes itself for a standby, and tries again.
    pub fn is_held(&self, name: &str) -> io::Result<bool> {
        let file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The lock on a directory. Dropping it lets a standby take over.
#[derive(Debug)]
pub struct DiskLock {
    // An flock lives as long as its open file.
    file: File,
}

impl Storage for DiskStorage {
    type File = DiskFile;
    type Lock = DiskLock;

    fn try_lock(&self, name: &str) -> io::Result<Attempt<DiskLock>> {
        // Never removed, never replaced: a lock on a file that has lost its name locks nothing.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.path(name))?;
        if planted!("sink-does-not-lock") {
            return Ok(Attempt::Acquired(DiskLock { file }));
        }
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(
                    Holder {
                        pid: std::process::id(),
                    }
                    .to_text()
                    .as_bytes(),
                )?;
                Ok(Attempt::Acquired(DiskLock { file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Only informational, so a file that cannot be read says nothing.
                let _ = file.read_to_string(&mut text);
                Ok(Attempt::Held {
                    by: Holder::from_text(&text),
                })
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(name)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&self, name: &str) -> io::Result<DiskFile> {
        check_regular(&self.path(name))?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(self.path(name))?;
        Ok(DiskFile {
            file,
            is_written: true,
        })
    }

    fn open_to_read(&self, name: &str) -> io::Result<DiskFile> {
        Ok(DiskFile {
            file: open_regular(&self.path(name))?,
            is_written: false,
        })
    }

    fn create(&self, name: &str) -> io::Result<DiskFile> {
        // Append mode cannot be combined with truncation, so the old content goes separately.
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(self.path(name))?;
        file.set_len(0)?;
        Ok(DiskFile {
            file,
            is_written: true,
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn describe(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn is_replaced(&self, name: &str, lock: &DiskLock) -> bool {
        // Without either there is nothing to compare; a directory that is gone is told as such.
        let pair = fs::metadata(self.path(name))
            .ok()
            .zip(lock.file.metadata().ok());
        pair.is_some_and(|(found, ours)| !is_same(&found, &ours))
    }
}

/// Opens a file to read it. A pipe or a device in its place is refused: opening a pipe would wait for
/// somebody who writes into it.
pub fn open_regular(path: &Path) -> io::Result<File> {
    check_regular(path)?;
    File::open(path)
}

fn check_regular(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        return Ok(());
    }
    let what = "it is no regular file";
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// Whether nobody can find the file any more. Writes and syncs go on succeeding, so this is the
/// only sign that a directory was deleted under a running sink.
#[cfg(unix)]
fn has_no_name(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() == 0
}

/// Whether both are of one file.
#[cfg(unix)]
fn is_same(found: &fs::Metadata, ours: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino()) == (ours.dev(), ours.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn has_no_name(_: &fs::Metadata) -> bool {
    false
}

/// An open file of a [`DiskStorage`].
#[derive(Debug)]
pub struct DiskFile {
    file: File,
    /// A reader may well hold a manifest that was replaced meanwhile, and read it to its end.
    is_written: bool,
}

impl StorageFile for DiskFile {
    fn length(&self) -> io::Result<u64> {
        let metadata = self.file.metadata()?;
        if self.is_written && has_no_name(&metadata) {
            let gone = "it was removed while it was open; what is written to it now is lost";
            return Err(io::Error::new(io::ErrorKind::NotFound, gone));
        }
        Ok(metadata.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Files are opened in append mode, so moving the cursor does not move where writes go.
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}

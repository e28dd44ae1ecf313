//! One broker per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Held as long as the broker lives; the operating system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

/// Why a directory cannot be locked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another broker holds it.
    #[error("{path} is held by {holder}")]
    Held {
        /// The data directory.
        path: PathBuf,
        /// Who, as far as is known.
        holder: String,
    },
    /// The lock file cannot be made.
    #[error("cannot lock {path}: {source}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl DataDirLock {
    /// Looks whether somebody holds the lock of `dir`, and leaves it as it is.
    ///
    /// # Errors
    /// [`LockError::Held`]: somebody does.
    pub(crate) fn look(dir: &Path) -> Result<(), LockError> {
        let path = dir.join("lock");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(LockError::Io { path, source }),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(held(dir, &mut file)),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }

    /// Takes the lock of `dir` without waiting.
    pub(crate) fn take(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join("lock");
        let io = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(held(dir, &mut file));
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }
}

fn held(dir: &Path, file: &mut File) -> LockError {
    let mut pid = String::new();
    // Only for the message.
    let _ = file.read_to_string(&mut pid);
    LockError::Held {
        path: dir.to_owned(),
        holder: match pid.trim() {
            "" => "another broker".to_owned(),
            pid => format!("another broker, process {pid}"),
        },
    }
}

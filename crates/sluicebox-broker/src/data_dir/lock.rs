//! One broker per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::limits::{LOOK_WAIT_MS, LOOKS_MAX_COUNT};

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
        let mut tries = 0;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::Error(source) => return Err(io(source)),
                // Who only looks has it shared, and for a moment.
                TryLockError::WouldBlock
                    if tries < LOOKS_MAX_COUNT && file.try_lock_shared().is_ok() =>
                {
                    file.unlock().map_err(io)?;
                    std::thread::sleep(Duration::from_millis(LOOK_WAIT_MS));
                    tries += 1;
                }
                TryLockError::WouldBlock => return Err(held(dir, &mut file)),
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_looks_keeps_no_broker_from_starting() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataDirLock::take(dir.path()).unwrap());
        let looking = File::open(dir.path().join("lock")).unwrap();
        looking.lock_shared().unwrap();
        let starting = std::thread::spawn({
            let dir = dir.path().to_owned();
            move || DataDirLock::take(&dir)
        });
        std::thread::sleep(Duration::from_millis(3 * LOOK_WAIT_MS));
        drop(looking);
        let lock = starting.join().unwrap().unwrap();
        assert!(matches!(
            DataDirLock::look(dir.path()),
            Err(LockError::Held { .. })
        ));
        drop(lock);
        DataDirLock::look(dir.path()).unwrap();
    }
}

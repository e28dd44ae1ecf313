//! State slots: identities that survive a restart and are never held twice.
//!
//! An instance takes the lowest slot file under the state directory that it can lock, and uses the
//! id written in it. After a crash the operating system has released the lock, so the next
//! instance takes the same id over at once and fences what the dead one left open; two that run at
//! the same time (processes or threads) never share one. The id is random, not the slot's number:
//! two machines with state directories of their own must not fence each other.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sluicebox_kafka::ClientOptions;
use uuid::Uuid;

use crate::limits::{SLOT_ID_DIGITS, SLOT_NAME_DIGITS, SLOTS_MAX};

/// A locked slot; dropping it, or the end of the process, gives it back.
#[derive(Debug)]
pub struct Slot {
    number: u32,
    id: String,
    path: PathBuf,
    _locked: File,
}

/// A slot could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// The state directory or a slot file cannot be used.
    #[error("cannot use the state file {path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// All slots are held by running instances.
    #[error("all {max} slots in {directory} are held by running instances")]
    AllTaken {
        /// The state directory.
        directory: PathBuf,
        /// How many slots there are.
        max: u32,
    },
}

impl Slot {
    /// Takes the lowest free slot `<prefix>-<number>.slot` under `directory`, which is created if
    /// it is missing.
    pub fn take(directory: &Path, prefix: &str) -> Result<Self, SlotError> {
        fs::create_dir_all(directory).map_err(|source| io_error(directory, source))?;
        for number in 0..SLOTS_MAX {
            let path = directory.join(format!("{prefix}-{number}.slot"));
            if let Some(file) = lock(&path).map_err(|source| io_error(&path, source))? {
                return Self::open(number, path, file);
            }
        }
        Err(SlotError::AllTaken {
            directory: directory.to_owned(),
            max: SLOTS_MAX,
        })
    }

    fn open(number: u32, path: PathBuf, mut file: File) -> Result<Self, SlotError> {
        let id = read_or_create_id(&mut file).map_err(|source| io_error(&path, source))?;
        Ok(Self {
            number,
            id,
            path,
            _locked: file,
        })
    }

    /// The slot's number, from 0.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The slot's id: lower-case hexadecimal digits, the same after a restart.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client options with the slot in the client's name, so that people can tell the members of
    /// a group apart, today and after a restart.
    pub(crate) fn named(&self, client: &ClientOptions) -> ClientOptions {
        let id = &self.id[..SLOT_NAME_DIGITS];
        ClientOptions {
            client_id: format!("{}-{id}", client.client_id),
            ..client.clone()
        }
    }

    /// The slot's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens and locks the file; `None` when another instance holds it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The id in the file; a file without a whole one (new, or torn by a crash before its first use)
/// gets a new one, on disk before it is used.
fn read_or_create_id(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let id = text.trim_end();
    let digits = id
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if id.len() == SLOT_ID_DIGITS && digits {
        return Ok(id.to_owned());
    }
    let id = Uuid::new_v4().simple().to_string();
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{id}\n").as_bytes())?;
    file.sync_all()?;
    Ok(id)
}

fn io_error(path: &Path, source: io::Error) -> SlotError {
    SlotError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_takes_its_own_id_over() {
        let dir = tempfile::tempdir().unwrap();
        let first = Slot::take(dir.path(), "process").unwrap();
        let id = first.id().to_owned();
        drop(first);
        let again = Slot::take(dir.path(), "process").unwrap();
        assert_eq!((again.number(), again.id()), (0, id.as_str()));
    }

    #[test]
    fn instances_that_run_at_once_never_share_a_slot() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (
            Slot::take(dir.path(), "p").unwrap(),
            Slot::take(dir.path(), "p").unwrap(),
        );
        assert_eq!((a.number(), b.number()), (0, 1));
        assert_ne!(a.id(), b.id());
        drop(a);
        assert_eq!(Slot::take(dir.path(), "p").unwrap().number(), 0);
    }

    #[test]
    fn two_state_directories_have_different_ids() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let one = Slot::take(one.path(), "p").unwrap();
        let two = Slot::take(two.path(), "p").unwrap();
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn a_torn_slot_file_gets_a_new_id() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("p-0.slot"), "12ab").unwrap();
        let slot = Slot::take(dir.path(), "p").unwrap();
        assert_eq!(slot.id().len(), SLOT_ID_DIGITS);
        let text = fs::read_to_string(slot.path()).unwrap();
        assert_eq!(text.trim_end(), slot.id());
    }

    #[test]
    fn a_state_directory_that_is_a_file_is_explained() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "").unwrap();
        let message = Slot::take(&path, "p").unwrap_err().to_string();
        assert!(message.contains("state file"), "{message}");
    }
}

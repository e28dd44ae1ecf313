//! The sink's storage on a simulated disk.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sluicebox_crashsim::{Disk, FileId, Image};
use sluicebox_sink::{Attempt, Storage, StorageFile};

/// A directory on a simulated disk. Clones are the same directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedStorage {
    pub(crate) disk: Disk,
    is_locked: Arc<AtomicBool>,
}

/// The lock on a [`SimulatedStorage`].
#[derive(Debug)]
pub(crate) struct SimulatedLock(Arc<AtomicBool>);

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl SimulatedStorage {
    /// The directory as a restart finds it.
    pub(crate) fn found(image: &Image) -> Self {
        let (disk, is_locked) = (Disk::from_image(image), Arc::default());
        Self { disk, is_locked }
    }

    fn file(&self, id: FileId) -> SimulatedFile {
        let disk = self.disk.clone();
        SimulatedFile { disk, id }
    }
}

impl Storage for SimulatedStorage {
    type File = SimulatedFile;
    type Lock = SimulatedLock;

    fn try_lock(&self, _name: &str) -> io::Result<Attempt<SimulatedLock>> {
        if self.is_locked.swap(true, Ordering::Relaxed) {
            return Ok(Attempt::Held { by: None });
        }
        Ok(Attempt::Acquired(SimulatedLock(self.is_locked.clone())))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list("")
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        match self.disk.open(name) {
            Ok(id) => self.disk.length(id).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        self.disk.open(name).map(|id| self.file(id))
    }

    fn open_to_read(&self, name: &str) -> io::Result<SimulatedFile> {
        self.open(name)
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let id = self.disk.open_or_create(name)?;
        self.disk.set_length(id, 0)?;
        Ok(self.file(id))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_dir("")
    }

    fn describe(&self, name: &str) -> String {
        format!("simulated/{name}")
    }
}

/// An open file of a [`SimulatedStorage`].
#[derive(Debug)]
pub(crate) struct SimulatedFile {
    disk: Disk,
    id: FileId,
}

impl StorageFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        self.disk.length(self.id)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.read_at(self.id, offset, buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = self.disk.length(self.id)?;
        self.disk.write_at(self.id, end, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.disk.sync_file(self.id)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if length > self.length()? {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.disk.set_length(self.id, length)
    }
}

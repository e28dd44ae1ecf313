//! A directory in memory: for tests of what is written, and of what a full disk does.
//!
//! What a power loss does is tested on another one, which knows what was synced: `sluicebox-crashsim`.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Attempt, Storage, StorageFile};

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Debug, Default)]
struct Disk {
    contents: Vec<Vec<u8>>,
    /// Places in `contents`.
    names: BTreeMap<String, usize>,
    is_locked: bool,
    /// Operations that change something, so far.
    operations: u64,
    capacity_bytes: Option<u64>,
}

impl Disk {
    fn find(&self, name: &str) -> io::Result<usize> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn add(&mut self, name: &str, content: Vec<u8>) -> usize {
        self.contents.push(content);
        let file = self.contents.len() - 1;
        self.names.insert(name.to_owned(), file);
        file
    }

    fn free_bytes(&self) -> u64 {
        let Some(capacity) = self.capacity_bytes else {
            return u64::MAX;
        };
        let lengths = self.names.values().map(|&file| self.contents[file].len());
        capacity.saturating_sub(lengths.sum::<usize>() as u64)
    }
}

impl MemoryStorage {
    /// An empty directory with room for everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits what all files together can hold; a write that does not fit is taken in part and
    /// then fails with `StorageFull`. `None` lifts the limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk().capacity_bytes = bytes;
    }

    /// How many operations that change something were made.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// The content of a file as a reader sees it now.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let disk = self.disk();
        let file = disk.find(name).ok()?;
        Some(disk.contents[file].clone())
    }

    /// Puts a file there, or another in its place, from outside.
    pub fn put(&self, name: &str, content: Vec<u8>) {
        self.disk().add(name, content);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For an operation that changes something.
    fn change(&self) -> MutexGuard<'_, Disk> {
        let mut disk = self.disk();
        disk.operations += 1;
        disk
    }

    fn file(&self, file: usize) -> MemoryFile {
        let storage = self.clone();
        MemoryFile { storage, file }
    }
}

/// The lock on a [`MemoryStorage`].
#[derive(Debug)]
pub struct MemoryLock {
    storage: MemoryStorage,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.storage.disk().is_locked = false;
    }
}

impl Storage for MemoryStorage {
    type File = MemoryFile;
    type Lock = MemoryLock;

    fn try_lock(&self, _name: &str) -> io::Result<Attempt<MemoryLock>> {
        if std::mem::replace(&mut self.disk().is_locked, true) {
            return Ok(Attempt::Held { by: None });
        }
        let storage = self.clone();
        Ok(Attempt::Acquired(MemoryLock { storage }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().names.keys().cloned().collect())
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(self.content(name).map(|content| content.len() as u64))
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        let file = self.disk().find(name)?;
        Ok(self.file(file))
    }

    fn open_to_read(&self, name: &str) -> io::Result<MemoryFile> {
        self.open(name)
    }

    fn create(&self, name: &str) -> io::Result<MemoryFile> {
        let mut disk = self.change();
        let file = match disk.find(name) {
            Ok(file) => {
                disk.contents[file].clear();
                file
            }
            Err(_) => disk.add(name, Vec::new()),
        };
        drop(disk);
        Ok(self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.change();
        let file = disk.find(from)?;
        disk.names.remove(from);
        disk.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.change();
        disk.find(name)?;
        disk.names.remove(name);
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        drop(self.change());
        Ok(())
    }

    fn describe(&self, name: &str) -> String {
        format!("memory/{name}")
    }
}

/// An open file of a [`MemoryStorage`].
#[derive(Debug)]
pub struct MemoryFile {
    storage: MemoryStorage,
    file: usize,
}

impl StorageFile for MemoryFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.storage.disk().contents[self.file].len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let disk = self.storage.disk();
        let content = &disk.contents[self.file];
        let rest = content.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.storage.change();
        let free = disk.free_bytes();
        if free == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = (bytes.len() as u64).min(free) as usize;
        disk.contents[self.file].extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        drop(self.storage.change());
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.storage.change();
        let content = &mut disk.contents[self.file];
        if length > content.len() as u64 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        content.truncate(length as usize);
        Ok(())
    }
}

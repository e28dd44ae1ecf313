//! A directory in memory that fails on demand: for tests, and to replay a failure.
//!
//! It keeps apart what was written and what was made durable. After [`MemoryStorage::crash_at`]
//! strikes, [`MemoryStorage::after_power_loss`] gives the directory as a restart may find it:
//! everything synced is there, and what was not synced is lost, kept, torn or zeroed, as chosen
//! file by file.

mod disk;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use disk::{Disk, Inode, power_is_off};

use super::{Attempt, Storage, StorageFile};

/// What a power loss leaves of bytes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// The first half of what was appended.
    Half,
    /// The new length, but the second half of what was appended reads as zeros: the length was
    /// written before the data.
    Zeros,
}

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    disk: Arc<Mutex<Disk>>,
}

impl MemoryStorage {
    /// An empty directory without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits what all files together can hold; a write that does not fit is taken in part and
    /// then fails with `StorageFull`. `None` lifts the limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk().capacity_bytes = bytes;
    }

    /// Lets the `n`th sync from now on fail (0: the next one); what it should have made durable
    /// is not.
    pub fn fail_sync(&self, n: u64) {
        self.disk().sync_fails_in = Some(n);
    }

    /// Takes at most so many bytes per append.
    pub fn limit_appends(&self, bytes: usize) {
        self.disk().append_max_bytes = Some(bytes);
    }

    /// Lets the power fail in the `n`th changing operation from now on (0: the next one). An
    /// append is half done then, anything else not at all. Everything after it fails.
    pub fn crash_at(&self, n: u64) {
        let mut disk = self.disk();
        disk.crash_at = Some(disk.operations + n);
    }

    /// How many operations that change something were made.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// Whether the power has failed.
    pub fn has_crashed(&self) -> bool {
        self.disk().crashed
    }

    /// The directory after a power loss: `keep` says, by name, what is left of bytes that were
    /// not synced; `keep_name`, whether a change of that name (a rename: of the new one) that
    /// was not synced is. POSIX promises no order among them. Unlocked, without faults.
    #[must_use]
    pub fn after_power_loss(
        &self,
        keep: impl Fn(&str) -> Keep,
        keep_name: impl Fn(&str) -> bool,
    ) -> Self {
        let disk = self.disk();
        let mut names = disk.durable_names.clone();
        for change in disk
            .name_changes
            .iter()
            .filter(|change| keep_name(change.name()))
        {
            change.apply(&mut names);
        }
        let mut after = Disk::default();
        for (name, &inode) in &names {
            let content = disk.inodes[inode].after_power_loss(keep(name));
            after.put(name, content);
        }
        Self {
            disk: Arc::new(Mutex::new(after)),
        }
    }

    /// The content of a file as a reader sees it now.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let disk = self.disk();
        disk.names
            .get(name)
            .map(|&inode| disk.inodes[inode].now.clone())
    }

    /// Puts a durable file there, or changes one, from outside: no fault applies.
    pub fn put(&self, name: &str, content: Vec<u8>) {
        self.disk().put(name, content);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock on a [`MemoryStorage`].
#[derive(Debug)]
pub struct MemoryLock {
    storage: MemoryStorage,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.storage.disk().locked = false;
    }
}

impl Storage for MemoryStorage {
    type File = MemoryFile;
    type Lock = MemoryLock;

    fn try_lock(&self, _name: &str) -> io::Result<Attempt<MemoryLock>> {
        let mut disk = self.disk();
        if disk.locked {
            return Ok(Attempt::Held { by: None });
        }
        disk.locked = true;
        Ok(Attempt::Acquired(MemoryLock {
            storage: self.clone(),
        }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().names.keys().cloned().collect())
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        match self.open(name) {
            Ok(file) => file.length().map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        let inode = self.disk().find(name)?;
        Ok(MemoryFile {
            storage: self.clone(),
            inode,
        })
    }

    fn open_to_read(&self, name: &str) -> io::Result<MemoryFile> {
        self.open(name)
    }

    fn create(&self, name: &str) -> io::Result<MemoryFile> {
        let mut disk = self.disk();
        disk.change()?;
        let inode = if let Some(&inode) = disk.names.get(name) {
            disk.inodes[inode].now.clear();
            inode
        } else {
            disk.inodes.push(Inode::default());
            let inode = disk.inodes.len() - 1;
            disk.change_name(None, Some((name, inode)));
            inode
        };
        Ok(MemoryFile {
            storage: self.clone(),
            inode,
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.change()?;
        let inode = disk.find(from)?;
        disk.change_name(Some(from), Some((to, inode)));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.change()?;
        disk.find(name)?;
        disk.change_name(Some(name), None);
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if !disk.sync()? {
            return Err(io::Error::other("a directory sync failed"));
        }
        disk.durable_names = disk.names.clone();
        disk.name_changes.clear();
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
    inode: usize,
}

impl StorageFile for MemoryFile {
    fn length(&self) -> io::Result<u64> {
        let disk = self.storage.disk();
        if disk.crashed {
            return Err(power_is_off());
        }
        Ok(disk.inodes[self.inode].now.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let disk = self.storage.disk();
        if disk.crashed {
            return Err(power_is_off());
        }
        let rest = disk.inodes[self.inode]
            .now
            .get(offset as usize..)
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.storage.disk();
        let strikes = disk.strikes()?;
        let free = disk.free_bytes();
        if free == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let most = disk.append_max_bytes.unwrap_or(usize::MAX) as u64;
        let count = (bytes.len() as u64).min(free).min(most) as usize;
        let count = if strikes { count / 2 } else { count };
        disk.inodes[self.inode]
            .now
            .extend_from_slice(&bytes[..count]);
        if strikes {
            Err(power_is_off())
        } else {
            Ok(count)
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut disk = self.storage.disk();
        let is_synced = disk.sync()?;
        let inode = &mut disk.inodes[self.inode];
        if !is_synced {
            return Err(io::Error::other("a sync failed"));
        }
        inode.durable.clone_from(&inode.now);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.storage.disk();
        disk.change()?;
        let content = &mut disk.inodes[self.inode].now;
        if length > content.len() as u64 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        content.truncate(length as usize);
        Ok(())
    }
}

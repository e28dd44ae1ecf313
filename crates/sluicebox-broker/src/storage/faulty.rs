//! A real directory whose disk fails when a test says so.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use super::{DiskStorage, Storage, StorageFile};
use crate::sync::lock;

/// What the disk refuses now.
#[derive(Debug, Default)]
struct Refusals {
    /// Bytes that still fit into files whose path ends in this.
    room: Option<(&'static str, usize)>,
    /// Syncs of files fail.
    syncs_fail: bool,
    /// Syncs of files wait until this is false again.
    syncs_hang: bool,
    /// Syncs of files that have succeeded.
    syncs: usize,
}

/// A disk with faults; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyStorage(Arc<(Mutex<Refusals>, Condvar)>);

impl FaultyStorage {
    /// From now on `bytes` fit into all files together whose path ends in `suffix` (the empty one:
    /// any file). The write that goes over leaves what still fits, as a full disk does.
    pub(crate) fn fill(&self, suffix: &'static str, bytes: usize) {
        lock(&self.0.0).room = Some((suffix, bytes));
    }

    /// There is space again.
    pub(crate) fn make_room(&self) {
        lock(&self.0.0).room = None;
    }

    /// Syncs fail from now on.
    pub(crate) fn fail_syncs(&self) {
        lock(&self.0.0).syncs_fail = true;
    }

    /// Syncs do not come back while `hang`.
    pub(crate) fn hang_syncs(&self, hang: bool) {
        lock(&self.0.0).syncs_hang = hang;
        self.0.1.notify_all();
    }

    /// Syncs of files so far.
    pub(crate) fn syncs(&self) -> usize {
        lock(&self.0.0).syncs
    }

    fn wrap(&self, path: &Path, file: Arc<dyn StorageFile>) -> Arc<dyn StorageFile> {
        Arc::new(FaultyFile {
            path: path.to_owned(),
            file,
            disk: self.clone(),
        })
    }
}

struct FaultyFile {
    path: PathBuf,
    file: Arc<dyn StorageFile>,
    disk: FaultyStorage,
}

impl StorageFile for FaultyFile {
    fn write_all_at(&self, position: u64, parts: &[IoSlice<'_>]) -> io::Result<()> {
        let wanted: usize = parts.iter().map(|part| part.len()).sum();
        let mut refusals = lock(&self.disk.0.0);
        if let Some((suffix, room)) = &mut refusals.room
            && self.path.to_string_lossy().ends_with(*suffix)
        {
            if wanted > *room {
                let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
                let fits = std::mem::take(room);
                self.file
                    .write_all_at(position, &[IoSlice::new(&bytes[..fits])])?;
                return Err(io::ErrorKind::StorageFull.into());
            }
            *room -= wanted;
        }
        drop(refusals);
        self.file.write_all_at(position, parts)
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(position, buffer)
    }

    fn sync_data(&self) -> io::Result<()> {
        let (refusals, changed) = &*self.disk.0;
        let mut refusals = changed
            .wait_while(lock(refusals), |refusals| refusals.syncs_hang)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if refusals.syncs_fail {
            return Err(io::Error::other("the disk is broken"));
        }
        refusals.syncs += 1;
        drop(refusals);
        self.file.sync_data()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}

impl Storage for FaultyStorage {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn StorageFile>> {
        Ok(self.wrap(path, DiskStorage.open(path, create)?))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        Ok(self.wrap(path, DiskStorage.open_read(path)?))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        DiskStorage.list(dir)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        DiskStorage.create_dir_all(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        DiskStorage.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        DiskStorage.remove(path)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        DiskStorage.remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        DiskStorage.sync_dir(dir)
    }
}

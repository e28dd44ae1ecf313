//! A simulated disk that loses power.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sluicebox_crashsim::{Disk, FileId};

use super::{Storage, StorageFile};

/// The tree of a simulated disk; paths are relative to its root.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedStorage(pub(crate) Disk);

struct SimulatedFile {
    disk: Disk,
    id: FileId,
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

impl StorageFile for SimulatedFile {
    fn write_all_at(&self, position: u64, parts: &[IoSlice<'_>]) -> io::Result<()> {
        let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
        let bytes = parts.concat();
        let mut done = 0;
        while done < bytes.len() {
            let at = position + done as u64;
            done += self.disk.write_at(self.id, at, &bytes[done..])?;
        }
        Ok(())
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.read_at(self.id, position, buffer)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_file(self.id)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.set_length(self.id, length)
    }

    fn len(&self) -> io::Result<u64> {
        self.disk.length(self.id)
    }
}

impl SimulatedStorage {
    fn file(&self, id: FileId) -> Arc<dyn StorageFile> {
        let disk = self.0.clone();
        Arc::new(SimulatedFile { disk, id })
    }
}

impl Storage for SimulatedStorage {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn StorageFile>> {
        let opened = if create {
            self.0.open_or_create(text(path))
        } else {
            self.0.open(text(path))
        };
        opened.map(|id| self.file(id))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        self.open(path, false)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let names = self.0.list(text(dir))?;
        Ok(names.into_iter().map(PathBuf::from).collect())
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.create_dir_all(text(dir))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(text(from), text(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(text(path))
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.remove_dir_all(text(dir))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.sync_dir(text(dir))
    }
}

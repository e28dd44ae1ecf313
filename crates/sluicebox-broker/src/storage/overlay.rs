//! A disk that is only looked at: whatever is written, cut, renamed or removed happens in memory.
//!
//! So the log of a stopped broker can be recovered and served without a byte of it being changed, also
//! from a file system that cannot be written.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{DiskStorage, Storage, StorageFile};
use crate::sync::lock;

/// What is on the disk, under what was changed since.
#[derive(Default)]
pub(crate) struct OverlayStorage {
    changes: Mutex<Changes>,
}

#[derive(Default)]
struct Changes {
    /// Files that were opened or made, by their present names.
    files: HashMap<PathBuf, Arc<OverlayFile>>,
    /// Names, and directories with all below them, that are on the disk and not here.
    gone: BTreeSet<PathBuf>,
    /// Directories that are here and may not be on the disk.
    made: BTreeSet<PathBuf>,
}

impl Changes {
    fn is_gone(&self, path: &Path) -> bool {
        path.ancestors().any(|above| self.gone.contains(above))
    }

    fn open(&mut self, path: &Path, create: bool) -> io::Result<Arc<OverlayFile>> {
        if let Some(file) = self.files.get(path) {
            return Ok(file.clone());
        }
        let on_disk = match self.is_gone(path) {
            true => Err(io::ErrorKind::NotFound.into()),
            false => DiskStorage.open_read(path),
        };
        let file = match on_disk {
            Ok(base) => OverlayFile::over(base)?,
            Err(error) if create && error.kind() == io::ErrorKind::NotFound => {
                OverlayFile::default()
            }
            Err(error) => return Err(error),
        };
        let file = Arc::new(file);
        self.files.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn take_away(&mut self, path: &Path) {
        self.files.retain(|known, _| !known.starts_with(path));
        self.made.retain(|known| !known.starts_with(path));
        self.gone.insert(path.to_owned());
    }
}

impl Storage for OverlayStorage {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn StorageFile>> {
        Ok(lock(&self.changes).open(path, create)?)
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        Ok(lock(&self.changes).open(path, false)?)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let changes = lock(&self.changes);
        let on_disk = match changes.is_gone(dir) {
            true => Err(io::ErrorKind::NotFound.into()),
            false => DiskStorage.list(dir),
        };
        let mut paths: BTreeSet<PathBuf> = match on_disk {
            Ok(paths) => paths.into_iter().collect(),
            Err(error) if changes.made.contains(dir) && error.kind() == io::ErrorKind::NotFound => {
                BTreeSet::new()
            }
            Err(error) => return Err(error),
        };
        paths.retain(|path| !changes.is_gone(path));
        let ours = changes.files.keys().chain(&changes.made);
        paths.extend(ours.filter(|path| path.parent() == Some(dir)).cloned());
        Ok(paths.into_iter().collect())
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut changes = lock(&self.changes);
        let above = dir.ancestors().filter(|above| !above.is_dir());
        let missing: Vec<PathBuf> = above.map(Path::to_owned).collect();
        changes.made.extend(missing);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut changes = lock(&self.changes);
        let file = changes.open(from, false)?;
        changes.take_away(from);
        changes.gone.remove(to);
        changes.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut changes = lock(&self.changes);
        changes.open(path, false)?;
        changes.take_away(path);
        Ok(())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        lock(&self.changes).take_away(dir);
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// A file: the beginning of one on the disk, and what comes behind it.
#[derive(Default)]
struct OverlayFile {
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    base: Option<Arc<dyn StorageFile>>,
    /// Bytes of the base that still count. What the file has gained since it was opened does not.
    base_length: u64,
    behind: Vec<u8>,
}

impl OverlayFile {
    fn over(base: Arc<dyn StorageFile>) -> io::Result<Self> {
        let content = Content {
            base_length: base.len()?,
            base: Some(base),
            behind: Vec::new(),
        };
        Ok(Self {
            content: Mutex::new(content),
        })
    }
}

impl Content {
    fn length(&self) -> u64 {
        self.base_length + self.behind.len() as u64
    }

    fn read(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        if let Some(base) = &self.base
            && position < self.base_length
        {
            let count = (self.base_length - position).min(buffer.len() as u64) as usize;
            filled = base.read_at(position, &mut buffer[..count])?;
            if filled < count {
                return Ok(filled);
            }
        }
        let at = (position + filled as u64).saturating_sub(self.base_length) as usize;
        let rest = self.behind.get(at..).unwrap_or_default();
        let count = rest.len().min(buffer.len() - filled);
        buffer[filled..filled + count].copy_from_slice(&rest[..count]);
        Ok(filled + count)
    }

    fn set_length(&mut self, length: u64) {
        self.base_length = self.base_length.min(length);
        let behind = (length - self.base_length) as usize;
        self.behind.resize(behind, 0);
    }

    /// From here on the content is in memory.
    fn unseal(&mut self, position: u64) -> io::Result<()> {
        if position >= self.base_length {
            return Ok(());
        }
        let mut moved = vec![0; (self.base_length - position) as usize];
        let count = self.read(position, &mut moved)?;
        moved.truncate(count);
        moved.append(&mut self.behind);
        (self.base_length, self.behind) = (position, moved);
        Ok(())
    }

    fn write(&mut self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.unseal(position)?;
        let at = (position - self.base_length) as usize;
        if self.behind.len() < at + bytes.len() {
            self.behind.resize(at + bytes.len(), 0);
        }
        self.behind[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

impl StorageFile for OverlayFile {
    fn write_all_at(&self, position: u64, parts: &[IoSlice<'_>]) -> io::Result<()> {
        let mut content = lock(&self.content);
        let mut position = position;
        for part in parts {
            content.write(position, part)?;
            position += part.len() as u64;
        }
        Ok(())
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.content).read(position, buffer)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        lock(&self.content).set_length(length);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.content).length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{read_all, replace};

    fn content(storage: &OverlayStorage, path: &Path) -> Vec<u8> {
        read_all(storage.open_read(path).unwrap().as_ref()).unwrap()
    }

    #[test]
    fn whatever_is_written_the_disk_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, b"0123456789").unwrap();
        std::fs::write(&b, b"old").unwrap();
        let storage = OverlayStorage::default();
        let file = storage.open(&a, false).unwrap();
        file.set_len(6).unwrap();
        let parts = [IoSlice::new(b"AB"), IoSlice::new(b"CD")];
        file.write_all_at(6, &parts).unwrap();
        assert_eq!(content(&storage, &a), b"012345ABCD");
        file.write_all_at(2, &[IoSlice::new(b"xy")]).unwrap();
        assert_eq!(content(&storage, &a), b"01xy45ABCD");
        file.set_len(12).unwrap();
        assert_eq!(content(&storage, &a), b"01xy45ABCD\0\0");
        replace(&storage, &b, b"new").unwrap();
        assert_eq!(content(&storage, &b), b"new");
        storage.remove(&a).unwrap();
        assert!(storage.open_read(&a).is_err());
        let sub = dir.path().join("sub");
        storage.create_dir_all(&sub).unwrap();
        storage.open(&sub.join("c"), true).unwrap();
        assert_eq!(storage.list(&sub).unwrap(), [sub.join("c")]);
        assert_eq!(storage.list(dir.path()).unwrap(), [b.clone(), sub.clone()]);
        storage.remove_dir_all(&sub).unwrap();
        assert!(storage.list(&sub).is_err());
        assert_eq!(std::fs::read(&a).unwrap(), b"0123456789");
        assert_eq!(std::fs::read(&b).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_a_file_gains_later_is_not_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"0123").unwrap();
        let storage = OverlayStorage::default();
        let file = storage.open_read(&path).unwrap();
        std::fs::write(&path, b"012345678").unwrap();
        assert_eq!(read_all(file.as_ref()).unwrap(), b"0123");
    }
}

//! Names on a disk: directories, renames, removals.

use std::io;

use crate::disk::{Disk, FileId};
use crate::image::parent;
use crate::operation::{Entry, Operation};

impl Disk {
    /// Paths of what is in a directory.
    pub fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let inner = self.lock();
        inner.alive()?;
        inner.directory(directory)?;
        let names = inner.names.keys();
        Ok(names
            .filter(|name| parent(name) == directory)
            .cloned()
            .collect())
    }

    /// Makes a directory with its parents.
    pub fn create_dir_all(&self, directory: &str) -> io::Result<()> {
        let mut inner = self.lock();
        let ends = directory.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([directory.len()]) {
            let path = &directory[..end];
            if !path.is_empty() && !inner.names.contains_key(path) {
                inner.change()?;
                inner.change_name(None, Some((path, Entry::Directory)));
            }
        }
        Ok(())
    }

    /// Renames a file within its directory, replacing `to`.
    ///
    /// # Panics
    /// When it goes to another directory: what a crash does to that is not modelled.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        assert_eq!(parent(from), parent(to), "renames stay in a directory");
        let FileId(file) = self.open(from)?;
        let mut inner = self.lock();
        inner.change()?;
        inner.change_name(Some(from), Some((to, Entry::File(file))));
        Ok(())
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> io::Result<()> {
        self.open(path)?;
        let mut inner = self.lock();
        inner.change()?;
        inner.change_name(Some(path), None);
        Ok(())
    }

    /// Removes a directory and all that is in it, one by one.
    pub fn remove_dir_all(&self, directory: &str) -> io::Result<()> {
        let mut inner = self.lock();
        inner.directory(directory)?;
        let inside = format!("{directory}/");
        let gone = |name: &&String| name.starts_with(&inside) || *name == directory;
        let gone: Vec<String> = inner.names.keys().filter(gone).cloned().collect();
        for name in gone.iter().rev() {
            inner.change()?;
            inner.change_name(Some(name), None);
        }
        Ok(())
    }

    /// Makes the names in a directory durable.
    pub fn sync_dir(&self, directory: &str) -> io::Result<()> {
        let mut inner = self.lock();
        inner.directory(directory)?;
        inner.sync(Operation::SyncDirectory {
            directory: directory.to_owned(),
        })
    }
}

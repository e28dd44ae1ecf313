//! The disk as a running program sees it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dice::Dice;
use crate::fates::Fate;
use crate::faults::{Faults, died};
use crate::image::{Image, Node, parent};
use crate::operation::{Entry, NameChange, Operation};
use crate::survivors::Survivors;

/// A tree of files in memory that logs its changes and fails on demand. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Inner>>);

/// An open file. Names may change or go, it stays the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(pub(crate) usize);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    start: Image,
    pub(crate) names: BTreeMap<String, Entry>,
    contents: Vec<Vec<u8>>,
    log: Vec<Operation>,
    pub(crate) faults: Faults,
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk that a restart finds.
    pub fn from_image(image: &Image) -> Self {
        let (names, contents) = open_image(image);
        Self(Arc::new(Mutex::new(Inner {
            start: image.clone(),
            names,
            contents: contents.iter().map(|content| content.to_vec()).collect(),
            ..Inner::default()
        })))
    }

    /// What a reader sees now.
    pub fn image(&self) -> Image {
        let inner = self.lock();
        let node = |entry: &Entry| match entry {
            Entry::Directory => Node::Directory,
            Entry::File(file) => Node::File(Arc::new(inner.contents[*file].clone())),
        };
        let nodes = inner.names.iter().map(|(n, e)| (n.clone(), node(e)));
        Image {
            nodes: nodes.collect(),
        }
    }

    /// How many operations have changed something so far.
    pub fn operations(&self) -> usize {
        self.lock().log.len()
    }

    pub(crate) fn history(&self) -> (Image, Vec<Operation>) {
        let inner = self.lock();
        (inner.start.clone(), inner.log.clone())
    }

    /// The power fails now: one of the disks that a restart may find.
    pub fn lose_power(&self, dice: &mut Dice) -> Image {
        let (start, log) = self.history();
        let mut survivors = Survivors::new(&start);
        for operation in &log {
            survivors.step(operation);
        }
        let fates: Vec<Fate> = survivors
            .pending
            .iter()
            .map(|operation| Fate::drawn(operation, dice))
            .collect();
        survivors.image(&fates)
    }

    /// The file of this name; `NotFound` when there is none.
    pub fn open(&self, path: &str) -> io::Result<FileId> {
        let inner = self.lock();
        inner.alive()?;
        match inner.names.get(path) {
            Some(Entry::File(file)) => Ok(FileId(*file)),
            Some(Entry::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The file of this name, made if it is missing.
    pub fn open_or_create(&self, path: &str) -> io::Result<FileId> {
        match self.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let mut inner = self.lock();
        inner.directory(parent(path))?;
        inner.change()?;
        inner.contents.push(Vec::new());
        let file = inner.contents.len() - 1;
        inner.change_name(None, Some((path, Entry::File(file))));
        Ok(FileId(file))
    }

    /// The length of a file.
    pub fn length(&self, FileId(file): FileId) -> io::Result<u64> {
        let inner = self.lock();
        inner.alive()?;
        Ok(inner.contents[file].len() as u64)
    }

    /// Reads at `at` and says how much of `buffer` that filled.
    pub fn read_at(&self, FileId(file): FileId, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let inner = self.lock();
        inner.alive()?;
        let rest = inner.contents[file].get(at as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    /// Writes at `at` and says how many bytes it took.
    pub fn write_at(&self, FileId(file): FileId, at: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.lock();
        inner.alive()?;
        let dies = inner.faults.dies_now();
        let free = inner.free_bytes();
        if free == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let most = inner.faults.write_max_bytes.unwrap_or(usize::MAX) as u64;
        let count = (bytes.len() as u64).min(free).min(most) as usize;
        let count = if dies { count / 2 } else { count };
        write(&mut inner.contents[file], at, &bytes[..count]);
        inner.log.push(Operation::Write {
            file,
            at,
            bytes: bytes[..count].into(),
        });
        if dies { Err(died()) } else { Ok(count) }
    }

    /// Cuts or extends a file.
    pub fn set_length(&self, FileId(file): FileId, length: u64) -> io::Result<()> {
        let mut inner = self.lock();
        inner.change()?;
        inner.contents[file].resize(length as usize, 0);
        inner.log.push(Operation::SetLength { file, length });
        Ok(())
    }

    /// Makes content and length of a file durable.
    pub fn sync_file(&self, FileId(file): FileId) -> io::Result<()> {
        self.lock().sync(Operation::SyncFile { file })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(crate) fn alive(&self) -> io::Result<()> {
        if self.faults.is_dead {
            return Err(died());
        }
        Ok(())
    }

    /// Before an operation that is done whole or not at all.
    pub(crate) fn change(&mut self) -> io::Result<()> {
        self.alive()?;
        if self.faults.dies_now() {
            return Err(died());
        }
        Ok(())
    }

    pub(crate) fn change_name(&mut self, gone: Option<&str>, appeared: Option<(&str, Entry)>) {
        let change = NameChange {
            gone: gone.map(str::to_owned),
            appeared: appeared.map(|(name, entry)| (name.to_owned(), entry)),
        };
        change.apply(&mut self.names);
        self.log.push(Operation::Name(change));
    }

    pub(crate) fn sync(&mut self, operation: Operation) -> io::Result<()> {
        self.change()?;
        let fails = self.faults.sync_fails_in == Some(0);
        self.faults.sync_fails_in = self.faults.sync_fails_in.and_then(|n| n.checked_sub(1));
        if fails {
            return Err(io::Error::other("a sync failed"));
        }
        self.log.push(operation);
        Ok(())
    }

    pub(crate) fn directory(&self, path: &str) -> io::Result<()> {
        if path.is_empty() || self.names.get(path) == Some(&Entry::Directory) {
            return Ok(());
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn free_bytes(&self) -> u64 {
        let Some(capacity) = self.faults.capacity_bytes else {
            return u64::MAX;
        };
        let used = self.names.values().map(|entry| match entry {
            Entry::Directory => 0,
            Entry::File(file) => self.contents[*file].len() as u64,
        });
        capacity.saturating_sub(used.sum())
    }
}

/// Gives the files of an image their numbers.
pub(crate) fn open_image(image: &Image) -> (BTreeMap<String, Entry>, Vec<Arc<Vec<u8>>>) {
    let mut contents = Vec::new();
    let mut entry = |node: &Node| match node {
        Node::Directory => Entry::Directory,
        Node::File(content) => {
            contents.push(content.clone());
            Entry::File(contents.len() - 1)
        }
    };
    let names = image.nodes.iter();
    let names = names
        .map(|(name, node)| (name.clone(), entry(node)))
        .collect();
    (names, contents)
}

/// Writes into a content; a gap before it reads as zeros.
pub(crate) fn write(content: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let (from, to) = (at as usize, at as usize + bytes.len());
    if content.len() < to {
        content.resize(to, 0);
    }
    content[from..to].copy_from_slice(bytes);
}

//! What changes a disk.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::image::parent;

/// What a name stands for: a directory, or the file of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Directory,
    File(usize),
}

/// A change of names in one directory, done whole or not at all. A rename is both at once.
#[derive(Clone, Debug)]
pub(crate) struct NameChange {
    pub(crate) gone: Option<String>,
    pub(crate) appeared: Option<(String, Entry)>,
}

impl NameChange {
    pub(crate) fn apply(&self, names: &mut BTreeMap<String, Entry>) {
        if let Some(name) = &self.gone {
            names.remove(name);
        }
        if let Some((name, entry)) = &self.appeared {
            names.insert(name.clone(), *entry);
        }
    }

    pub(crate) fn directory(&self) -> &str {
        let appeared = self.appeared.as_ref().map(|(name, _)| name);
        appeared
            .or(self.gone.as_ref())
            .map_or("", |name| parent(name))
    }
}

/// One changing operation, as the log of a disk keeps it.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Write {
        file: usize,
        at: u64,
        bytes: Arc<[u8]>,
    },
    SetLength {
        file: usize,
        length: u64,
    },
    SyncFile {
        file: usize,
    },
    Name(NameChange),
    SyncDirectory {
        directory: String,
    },
}

impl Operation {
    /// The file whose content it changes.
    pub(crate) fn file(&self) -> Option<usize> {
        match self {
            Self::Write { file, .. } | Self::SetLength { file, .. } => Some(*file),
            Self::SyncFile { .. } | Self::Name(_) | Self::SyncDirectory { .. } => None,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { file, at, bytes } => {
                write!(f, "write {} bytes at {at} of file {file}", bytes.len())
            }
            Self::SetLength { file, length } => write!(f, "set length {length} of file {file}"),
            Self::SyncFile { file } => write!(f, "sync file {file}"),
            Self::Name(NameChange { gone, appeared }) => match (gone, appeared) {
                (Some(from), Some((to, _))) => write!(f, "rename {from} to {to}"),
                (None, Some((name, Entry::Directory))) => write!(f, "make directory {name}"),
                (None, Some((name, Entry::File(file)))) => write!(f, "create {name}, file {file}"),
                (Some(name), None) => write!(f, "remove {name}"),
                (None, None) => Ok(()),
            },
            Self::SyncDirectory { directory } => write!(f, "sync directory {directory:?}"),
        }
    }
}

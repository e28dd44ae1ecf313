//! The broker's directory: who holds it, which cluster it is, where things lie in it.

mod identity;
mod lock;
mod status;

use std::path::{Path, PathBuf};

pub(crate) use identity::cluster_id;
pub(crate) use lock::{DataDirLock, LockError};
pub(crate) use status::StatusFile;

/// The places inside a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Topics, their partitions and settings.
    pub(crate) fn topics_journal(&self) -> PathBuf {
        self.root.join("topics.journal")
    }

    /// Consumer groups and their offsets.
    pub(crate) fn groups_journal(&self) -> PathBuf {
        self.root.join("groups.journal")
    }

    /// Transactional ids, their epochs and decisions.
    pub(crate) fn transactions_journal(&self) -> PathBuf {
        self.root.join("transactions.journal")
    }

    /// Where the topics' directories are.
    pub(crate) fn topics(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Directory of a topic's partitions. It is named by the topic's id: a topic that is deleted
    /// and created again never sees the old one's files.
    pub(crate) fn topic(&self, id: uuid::Uuid) -> PathBuf {
        self.topics().join(id.to_string())
    }
}

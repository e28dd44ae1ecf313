//! The broker's directory: who holds it, which cluster it is, where things lie in it.

mod identity;
mod lock;
mod status;

use std::io;
use std::path::{Path, PathBuf};

use crate::storage::Storage;

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

/// Makes the data directory, and its name durable: without that, a power loss takes everything in
/// it. An earlier start may have been killed in between, so this is done every time.
pub(crate) fn create(storage: &dyn Storage, root: &Path) -> io::Result<()> {
    storage.create_dir_all(root)?;
    for dir in root.ancestors().skip(1) {
        match storage.sync_dir(dir) {
            Ok(()) => {}
            // Further up it is someone else's directory: on another file system, or closed to us.
            Err(error) if is_not_ours(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_not_ours(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    matches!(
        error.kind(),
        PermissionDenied | ReadOnlyFilesystem | InvalidInput | Unsupported
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SimulatedStorage;
    use sluicebox_crashsim::{Dice, Disk};

    #[test]
    fn the_name_of_the_data_directory_is_durable_also_after_a_start_that_was_killed() {
        for dies_in in 0..3 {
            let disk = Disk::new();
            let storage = SimulatedStorage(disk.clone());
            disk.die_in(dies_in);
            let _ = create(&storage, Path::new("some/where/broker"));
            disk.revive();
            create(&storage, Path::new("some/where/broker")).unwrap();
            let mut dice = Dice::new(dies_in);
            for _ in 0..20 {
                let after = Disk::from_image(&disk.lose_power(&mut dice));
                assert_eq!(after.list("some/where").unwrap(), ["some/where/broker"]);
            }
        }
    }

    #[test]
    fn a_cluster_id_with_a_flipped_bit_is_refused_and_one_without_checksum_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().to_owned());
        let storage = crate::storage::DiskStorage;
        let id = cluster_id(&storage, &layout).unwrap();
        let path = dir.path().join("meta.json");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("sluicebox-", "sluicecox-")).unwrap();
        let refused = cluster_id(&storage, &layout).unwrap_err().to_string();
        assert!(refused.contains("meta.json is damaged"), "{refused}");
        let old = format!(r#"{{"version": 1, "cluster_id": "{id}"}}"#);
        std::fs::write(&path, old).unwrap();
        assert_eq!(cluster_id(&storage, &layout).unwrap(), id);
    }
}

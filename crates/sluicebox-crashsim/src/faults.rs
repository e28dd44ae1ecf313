//! How a disk fails on demand.

use std::io;

use crate::disk::Disk;

#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) capacity_bytes: Option<u64>,
    pub(crate) write_max_bytes: Option<usize>,
    /// Syncs until one fails.
    pub(crate) sync_fails_in: Option<u64>,
    /// Operations until the process dies.
    dies_in: Option<u64>,
    pub(crate) is_dead: bool,
}

impl Disk {
    /// Limits what all files together can hold; a write that does not fit is taken in part and
    /// then fails with `StorageFull`. `None` lifts the limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.lock().faults.capacity_bytes = bytes;
    }

    /// Takes at most so many bytes per write.
    pub fn limit_writes(&self, bytes: usize) {
        self.lock().faults.write_max_bytes = Some(bytes);
    }

    /// Lets the `n`th sync from now on fail (0: the next one); what it should have made durable
    /// is not.
    pub fn fail_sync(&self, n: u64) {
        self.lock().faults.sync_fails_in = Some(n);
    }

    /// Lets the process die in the `n`th changing operation from now on (0: the next one): a write
    /// is half done then, anything else not at all, and everything after it fails.
    pub fn die_in(&self, n: u64) {
        self.lock().faults.dies_in = Some(n);
    }

    /// Whether the process has died.
    pub fn is_dead(&self) -> bool {
        self.lock().faults.is_dead
    }

    /// A new process opens the disk. The power stayed on: what was written is there, and what was
    /// not durable still is not.
    pub fn revive(&self) {
        let faults = &mut self.lock().faults;
        faults.dies_in = None;
        faults.is_dead = false;
    }
}

impl Faults {
    pub(crate) fn dies_now(&mut self) -> bool {
        let dies = self.dies_in == Some(0);
        self.is_dead |= dies;
        self.dies_in = self.dies_in.and_then(|n| n.checked_sub(1));
        dies
    }
}

pub(crate) fn died() -> io::Error {
    io::Error::other("the process has died")
}

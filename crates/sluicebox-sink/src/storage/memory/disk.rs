//! What a [`MemoryStorage`](super::MemoryStorage) is made of: what was written and what is
//! durable, kept apart, and the faults to come.

use std::collections::BTreeMap;
use std::io;

use super::Keep;

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) inodes: Vec<Inode>,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) durable_names: BTreeMap<String, usize>,
    /// What happened to names since the directory was synced, in order.
    pub(super) name_changes: Vec<NameChange>,
    pub(super) locked: bool,
    /// Operations that change something, so far.
    pub(super) operations: u64,
    pub(super) crash_at: Option<u64>,
    pub(super) crashed: bool,
    /// Syncs until one fails.
    pub(super) sync_fails_in: Option<u64>,
    pub(super) capacity_bytes: Option<u64>,
    pub(super) append_max_bytes: Option<usize>,
}

/// A name that appeared, with the file it names, or went. A rename is both at once.
#[derive(Clone, Debug)]
pub(super) struct NameChange {
    pub(super) gone: Option<String>,
    pub(super) appeared: Option<(String, usize)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    pub(super) now: Vec<u8>,
    pub(super) durable: Vec<u8>,
}

impl NameChange {
    pub(super) fn name(&self) -> &str {
        match (&self.appeared, &self.gone) {
            (Some((name, _)), _) | (None, Some(name)) => name,
            (None, None) => "",
        }
    }

    pub(super) fn apply(&self, names: &mut BTreeMap<String, usize>) {
        if let Some(name) = &self.gone {
            names.remove(name);
        }
        if let Some((name, inode)) = &self.appeared {
            names.insert(name.clone(), *inode);
        }
    }
}

impl Inode {
    pub(super) fn after_power_loss(&self, keep: Keep) -> Vec<u8> {
        let common = self
            .now
            .iter()
            .zip(&self.durable)
            .take_while(|(a, b)| a == b)
            .count();
        let half = common + (self.now.len() - common) / 2;
        match keep {
            Keep::Nothing => self.durable.clone(),
            Keep::Everything => self.now.clone(),
            Keep::Half => self.now[..half].to_vec(),
            Keep::Zeros => {
                let mut content = self.now.clone();
                content[half..].fill(0);
                content
            }
        }
    }
}

pub(super) fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

impl Disk {
    pub(super) fn put(&mut self, name: &str, content: Vec<u8>) {
        self.inodes.push(Inode {
            now: content.clone(),
            durable: content,
        });
        self.names.insert(name.to_owned(), self.inodes.len() - 1);
        self.durable_names
            .insert(name.to_owned(), self.inodes.len() - 1);
    }

    pub(super) fn change_name(&mut self, gone: Option<&str>, appeared: Option<(&str, usize)>) {
        let appeared = appeared.map(|(name, inode)| (name.to_owned(), inode));
        let change = NameChange {
            gone: gone.map(str::to_owned),
            appeared,
        };
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }

    /// Counts a changing operation; says whether the power fails in it.
    pub(super) fn strikes(&mut self) -> io::Result<bool> {
        if self.crashed {
            return Err(power_is_off());
        }
        self.crashed = self.crash_at == Some(self.operations);
        self.operations += 1;
        Ok(self.crashed)
    }

    /// For operations that are done whole or not at all.
    pub(super) fn change(&mut self) -> io::Result<()> {
        if self.strikes()? {
            Err(power_is_off())
        } else {
            Ok(())
        }
    }

    pub(super) fn sync(&mut self) -> io::Result<bool> {
        self.change()?;
        let fails = self.sync_fails_in == Some(0);
        self.sync_fails_in = self.sync_fails_in.and_then(|n| n.checked_sub(1));
        Ok(!fails)
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        if self.crashed {
            return Err(power_is_off());
        }
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn free_bytes(&self) -> u64 {
        let Some(capacity) = self.capacity_bytes else {
            return u64::MAX;
        };
        let used: usize = self
            .names
            .values()
            .map(|&inode| self.inodes[inode].now.len())
            .sum();
        capacity.saturating_sub(used as u64)
    }
}

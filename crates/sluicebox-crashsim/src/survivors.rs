//! What is durable at one moment of a run, what is not, and what a power loss leaves of both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dice::Dice;
use crate::disk::{open_image, write};
use crate::fates::Fate;
use crate::image::{Image, Node, parent};
use crate::operation::{Entry, Operation};

const SECTOR_BYTES: usize = 512;

/// The disk at one moment.
#[derive(Debug)]
pub(crate) struct Survivors {
    names: BTreeMap<String, Entry>,
    contents: Vec<Arc<Vec<u8>>>,
    /// What is not durable, oldest first.
    pub(crate) pending: Vec<Operation>,
}

impl Survivors {
    pub(crate) fn new(start: &Image) -> Self {
        let (names, contents) = open_image(start);
        Self {
            names,
            contents,
            pending: Vec::new(),
        }
    }

    /// Goes on by one operation.
    pub(crate) fn step(&mut self, operation: &Operation) {
        match operation {
            Operation::SyncFile { file } => {
                for operation in self.take(|operation| operation.file() == Some(*file)) {
                    apply(&operation, Fate::Kept, &mut self.names, &mut self.contents);
                }
            }
            Operation::SyncDirectory { directory } => {
                let is_in = |operation: &Operation| match operation {
                    Operation::Name(change) => change.directory() == directory,
                    _ => false,
                };
                for operation in self.take(is_in) {
                    apply(&operation, Fate::Kept, &mut self.names, &mut self.contents);
                }
                self.forget_unreachable();
            }
            _ => self.pending.push(operation.clone()),
        }
    }

    /// The disk after a power loss now: `fates` says what becomes of each pending operation.
    pub(crate) fn image(&self, fates: &[Fate]) -> Image {
        let mut names = self.names.clone();
        let mut contents = self.contents.clone();
        for (operation, fate) in self.pending.iter().zip(fates) {
            apply(operation, *fate, &mut names, &mut contents);
        }
        let mut image = Image::default();
        for (name, entry) in names {
            // Paths come in order, so a directory is there before what is in it.
            let within = parent(&name);
            if !within.is_empty() && image.nodes.get(within) != Some(&Node::Directory) {
                continue;
            }
            let node = match entry {
                Entry::Directory => Node::Directory,
                // Its name may be durable although it was never written to.
                Entry::File(file) => Node::File(contents.get(file).cloned().unwrap_or_default()),
            };
            image.nodes.insert(name, node);
        }
        image
    }

    fn take(&mut self, is_taken: impl Fn(&Operation) -> bool) -> Vec<Operation> {
        let pending = std::mem::take(&mut self.pending);
        let (taken, kept) = pending.into_iter().partition(|o| is_taken(o));
        self.pending = kept;
        taken
    }

    /// What is written to a file that no name can lead to any more is of no account.
    fn forget_unreachable(&mut self) {
        let pending = self.pending.iter().filter_map(|operation| match operation {
            Operation::Name(change) => change.appeared.as_ref().map(|(_, entry)| entry),
            _ => None,
        });
        let file = |entry: &Entry| match entry {
            Entry::Directory => None,
            Entry::File(file) => Some(*file),
        };
        let reachable: BTreeSet<usize> = self
            .names
            .values()
            .chain(pending)
            .filter_map(file)
            .collect();
        self.pending
            .retain(|o| o.file().is_none_or(|file| reachable.contains(&file)));
    }
}

fn apply(
    operation: &Operation,
    fate: Fate,
    names: &mut BTreeMap<String, Entry>,
    contents: &mut Vec<Arc<Vec<u8>>>,
) {
    if fate == Fate::Lost {
        return;
    }
    if let Some(file) = operation.file()
        && contents.len() <= file
    {
        contents.resize_with(file + 1, Arc::default);
    }
    match operation {
        Operation::Write { file, at, bytes } => {
            let content = Arc::make_mut(&mut contents[*file]);
            match fate {
                Fate::Zeros => {
                    let end = *at as usize + bytes.len();
                    content.resize(content.len().max(end), 0);
                }
                Fate::Torn(seed) => tear(content, *at, bytes, &mut Dice::new(seed)),
                Fate::Lost | Fate::Kept => write(content, *at, bytes),
            }
        }
        Operation::SetLength { file, length } => {
            Arc::make_mut(&mut contents[*file]).resize(*length as usize, 0);
        }
        Operation::Name(change) => change.apply(names),
        Operation::SyncFile { .. } | Operation::SyncDirectory { .. } => {}
    }
}

/// Keeps some sectors of a write and loses others; one of them is cut at a byte, or holds garbage.
fn tear(content: &mut Vec<u8>, at: u64, bytes: &[u8], dice: &mut Dice) {
    let to_boundary = SECTOR_BYTES - at as usize % SECTOR_BYTES;
    let (first, rest) = bytes.split_at(to_boundary.min(bytes.len()));
    let sectors: Vec<&[u8]> = std::iter::once(first)
        .chain(rest.chunks(SECTOR_BYTES))
        .collect();
    let torn = dice.below(sectors.len());
    let mut position = at;
    for (index, sector) in sectors.iter().enumerate() {
        if index == torn && !sector.is_empty() {
            let cut = dice.below(sector.len());
            let mut torn = sector[..cut].to_vec();
            if dice.one_in(2) {
                torn.extend((cut..sector.len()).map(|_| dice.any() as u8));
            }
            write(content, position, &torn);
        } else if dice.one_in(2) {
            write(content, position, sector);
        }
        position += sector.len() as u64;
    }
    // The length may have come without the data.
    if dice.one_in(2) && content.len() < position as usize {
        content.resize(position as usize, 0);
    }
}

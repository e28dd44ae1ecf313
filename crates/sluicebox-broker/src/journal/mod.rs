//! A durable, append-only list of small records that a component replays when it starts:
//! topics, group offsets, transaction decisions.
//!
//! [`Journal::append`] fixes the order (call it under the lock of the state it describes),
//! [`Journal::durable`] waits for the group commit that covers it. [`Journal::compact`] replaces
//! everything by a new list of records in one step.

mod format;
mod recovery;

#[cfg(test)]
mod tests;

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sluicebox_faults::{io_point, planted, point, torn_point};
use tokio::sync::watch;

use crate::config::Durability;
use crate::limits::{JOURNAL_COMPACT_MIN_BYTES, JOURNAL_RECORD_MAX_BYTES};
use crate::storage::{Storage, StorageFile, put_in_place, write_beside};
use crate::sync::{Dirty, Syncer, lock};

/// Why a journal cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file is not what was written. Nothing is cut: what is lost would be lost silently.
    #[error(
        "{path} is damaged at byte {position}: {what}; restore the file from a backup, or move \
         it away to start without what it holds"
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where.
        position: u64,
        /// How.
        what: String,
    },
    /// A record is larger than a journal takes.
    #[error("{path}: a record of {bytes} bytes is over the limit of {JOURNAL_RECORD_MAX_BYTES}")]
    TooLarge {
        /// The journal.
        path: PathBuf,
        /// Size of the record.
        bytes: usize,
    },
    /// The broker has failed before; nothing more becomes durable.
    #[error("{path}: the broker has failed")]
    Failed {
        /// The journal.
        path: PathBuf,
    },
}

/// How far the journal must be durable for one append to be; later tickets cover earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

struct State {
    file: Arc<dyn StorageFile>,
    length: u64,
    /// So much of the file is durable.
    synced_length: u64,
    /// Length right after the last compaction.
    compacted_length: u64,
    /// Appends so far: what tickets count.
    appended: u64,
    /// Appends that are on the disk for certain.
    synced: u64,
    queued: bool,
    failed: bool,
}

struct Inner {
    path: PathBuf,
    kind: u8,
    storage: Arc<dyn Storage>,
    state: Mutex<State>,
    /// Appends that are durable; `u64::MAX` is never reached, an error is told by `Fatal`.
    durable: watch::Sender<u64>,
    syncer: Syncer,
}

/// A journal, cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Inner>);

impl Journal {
    /// Opens or creates the journal at `path` and hands every record to `replay`, oldest first.
    /// A torn last frame (the crash came while it was written, nobody was told of it) is cut.
    ///
    /// # Errors
    /// Damage anywhere else, a journal of another `kind`, and what `replay` cannot read.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        syncer: Syncer,
        path: &Path,
        kind: u8,
        mut replay: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<Self, JournalError> {
        let opened = recovery::open(storage.as_ref(), path, kind, &mut replay)?;
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            kind,
            storage,
            state: Mutex::new(State {
                file: opened.file,
                length: opened.length,
                synced_length: opened.length,
                compacted_length: opened.length,
                appended: 0,
                synced: 0,
                queued: false,
                failed: false,
            }),
            durable: watch::Sender::new(0),
            syncer,
        })))
    }

    /// Appends a record; what happened first is replayed first. It is durable once
    /// [`Journal::durable`] has returned for the ticket.
    ///
    /// # Errors
    /// A full disk (the file is as it was before: try again later) and records over the limit.
    pub(crate) fn append(&self, record: &[u8]) -> Result<Ticket, JournalError> {
        let inner = &self.0;
        if record.len() > JOURNAL_RECORD_MAX_BYTES {
            return Err(JournalError::TooLarge {
                path: inner.path.clone(),
                bytes: record.len(),
            });
        }
        let mut state = lock(&inner.state);
        if state.failed {
            return Err(JournalError::Failed {
                path: inner.path.clone(),
            });
        }
        let head = format::frame_header(state.synced_length, record);
        let parts = [IoSlice::new(&head), IoSlice::new(record)];
        let torn = torn_point!(
            "broker.journal.append",
            state.file.write_all_at(state.length, &parts[..1])
        );
        let written = torn.and_then(|()| state.file.write_all_at(state.length, &parts));
        if let Err(source) = written {
            if let Err(error) = state.file.set_len(state.length) {
                state.failed = true;
                let reason = format!("cannot cut {} back: {error}", inner.path.display());
                inner.syncer.fatal().raise(reason);
            }
            return Err(inner.io(source));
        }
        state.length += (head.len() + record.len()) as u64;
        state.appended += 1;
        let ticket = Ticket(state.appended);
        if !state.queued {
            state.queued = true;
            inner.syncer.request(self.0.clone());
        }
        Ok(ticket)
    }

    /// The last thing before a stop: syncs, and writes a frame without a record behind all others,
    /// which says that they are durable. Damage to the last record is no torn tail then.
    pub(crate) fn close(&self) -> io::Result<()> {
        let state = lock(&self.0.state);
        if state.failed || self.0.syncer.fatal().reason().is_some() {
            return Ok(());
        }
        state.file.sync_data()?;
        let frame = format::frame_header(state.length, &[]);
        state
            .file
            .write_all_at(state.length, &[IoSlice::new(&frame)])?;
        state.file.sync_data()
    }

    /// Waits until the append is on the disk (not with [`Durability::Relaxed`]).
    ///
    /// # Errors
    /// The broker has failed.
    pub(crate) async fn durable(&self, ticket: Ticket) -> Result<(), JournalError> {
        if self.0.syncer.durability() == Durability::Relaxed {
            return Ok(());
        }
        let mut durable = self.0.durable.subscribe();
        tokio::select! {
            biased;
            _ = durable.wait_for(|durable| *durable >= ticket.0) => Ok(()),
            () = self.0.syncer.fatal().wait() => {
                Err(JournalError::Failed { path: self.0.path.clone() })
            }
        }
    }

    /// Whether so much has been appended since the last compaction that another one pays.
    pub(crate) fn wants_compaction(&self) -> bool {
        let state = lock(&self.0.state);
        state.length > JOURNAL_COMPACT_MIN_BYTES.max(4 * state.compacted_length)
    }

    /// Replaces the content by `records`, which must say what all records so far say together
    /// (call it under the lock of that state). Durable when it returns.
    ///
    /// # Errors
    /// The disk; the old content stays.
    pub(crate) fn compact<'a>(
        &self,
        records: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), JournalError> {
        let inner = &self.0;
        let mut bytes = format::header(inner.kind).to_vec();
        for record in records {
            if record.len() > JOURNAL_RECORD_MAX_BYTES {
                let (path, bytes) = (inner.path.clone(), record.len());
                return Err(JournalError::TooLarge { path, bytes });
            }
            bytes.extend_from_slice(&format::frame_header(0, record));
            bytes.extend_from_slice(record);
        }
        let mut state = lock(&inner.state);
        if state.failed {
            return Err(JournalError::Failed {
                path: inner.path.clone(),
            });
        }
        let storage = inner.storage.as_ref();
        // A disk too full for a second copy is no reason to stop: the old content goes on.
        let temporary =
            write_beside(storage, &inner.path, &bytes).map_err(|source| inner.io(source))?;
        let replaced = put_in_place(storage, &temporary, &inner.path)
            .and_then(|()| inner.storage.open(&inner.path, false));
        match replaced {
            Ok(file) => state.file = file,
            Err(source) => {
                // Whether the old file or the new one is in place is not known any more.
                state.failed = true;
                inner
                    .syncer
                    .fatal()
                    .raise(format!("cannot replace {}: {source}", inner.path.display()));
                return Err(inner.io(source));
            }
        }
        state.length = bytes.len() as u64;
        state.synced_length = state.length;
        state.compacted_length = state.length;
        let appended = state.appended;
        state.synced = appended;
        drop(state);
        inner.durable.send_replace(appended);
        Ok(())
    }
}

impl Inner {
    fn io(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

impl Dirty for Inner {
    fn sync(&self) -> io::Result<bool> {
        let (file, appended, length) = {
            let state = lock(&self.state);
            (state.file.clone(), state.appended, state.length)
        };
        io_point!("broker.journal.sync")?;
        if !planted!("broker-skips-the-sync-of-journals") {
            file.sync_data()?;
        }
        point!("broker.journal.synced");
        let mut state = lock(&self.state);
        if appended > state.synced {
            // Not so after a compaction meanwhile, which synced more, in another file.
            state.synced = appended;
            state.synced_length = length;
        }
        state.queued = state.appended > state.synced;
        // Under the lock, after the note above: whoever is told appends the next record, which says
        // how much was durable before it. Were it told less, damage to an acknowledged record would
        // pass for a torn tail.
        self.durable.send_if_modified(|durable| {
            let moved = appended > *durable;
            *durable = appended.max(*durable);
            moved
        });
        Ok(state.queued)
    }

    fn give_up(&self) {
        lock(&self.state).failed = true;
    }

    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

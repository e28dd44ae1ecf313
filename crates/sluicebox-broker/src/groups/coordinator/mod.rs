//! The groups of a broker: the state machines behind one lock, their clients, and the journal.

mod admin;
mod expiry;
mod members;
mod offsets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use kafka_protocol::error::ResponseError;
use tokio::sync::{Notify, oneshot};

use super::membership::{Effect, Effects, Group, JoinAnswer, Millis, SyncAnswer, Waiter};
use super::offsets::{OffsetStore, OffsetsRecord};
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, Ticket};
use crate::limits::GROUP_MEMBERS_MAX_COUNT;
use crate::storage::Storage;
use crate::sync::{Syncer, lock};

pub(crate) use offsets::{CommitRequest, Fetched};

/// Kind byte of the groups journal.
const JOURNAL_KIND: u8 = 2;

/// What groups are told by the broker's configuration.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit comes last in every name"
)]
pub(crate) struct GroupsSettings {
    pub(crate) min_session_timeout_ms: i32,
    pub(crate) max_session_timeout_ms: i32,
    pub(crate) offsets_retention_ms: i64,
}

/// All consumer groups.
pub(crate) struct Groups {
    state: Mutex<State>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Sessions are measured from here: a wall clock that is set ends none of them.
    started: Instant,
    settings: GroupsSettings,
    /// A deadline may have moved closer.
    changed: Notify,
}

struct State {
    groups: HashMap<String, Group>,
    store: OffsetStore,
    joins: HashMap<Waiter, oneshot::Sender<JoinAnswer>>,
    syncs: HashMap<Waiter, oneshot::Sender<SyncAnswer>>,
    next_waiter: u64,
    /// Covers every change to `store` so far.
    last_append: Option<Ticket>,
}

impl Groups {
    /// Opens the journal and takes up the offsets in it. Members join anew after a restart.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        syncer: Syncer,
        path: &Path,
        clock: Arc<dyn Clock>,
        settings: GroupsSettings,
    ) -> Result<Self, JournalError> {
        let mut store = OffsetStore::default();
        let journal = Journal::open(storage, syncer, path, JOURNAL_KIND, |record| {
            store.apply(OffsetsRecord::decode(record)?);
            Ok(())
        })?;
        store.vacate_all(clock.now_ms());
        let state = State {
            groups: HashMap::new(),
            store,
            joins: HashMap::new(),
            syncs: HashMap::new(),
            next_waiter: 0,
            last_append: None,
        };
        Ok(Self {
            state: Mutex::new(state),
            journal,
            clock,
            started: Instant::now(),
            settings,
            changed: Notify::new(),
        })
    }

    /// The last thing before a stop.
    pub(crate) fn close(&self) -> io::Result<()> {
        self.journal.close()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.started.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// Journals a change and applies it, in one order for both.
    fn record(&self, state: &mut State, record: OffsetsRecord) -> Result<Ticket, ResponseError> {
        let ticket = self
            .journal
            .append(&record.encode())
            .map_err(|error| refusal(&error))?;
        state.store.apply(record);
        state.last_append = Some(ticket);
        Ok(ticket)
    }

    async fn durable(&self, ticket: Ticket) -> Result<(), ResponseError> {
        self.journal
            .durable(ticket)
            .await
            .map_err(|error| refusal(&error))
    }

    /// Carries out what a group asked for, and notes whether it has members.
    fn settle(&self, state: &mut State, group_id: &str, effects: Effects) {
        for effect in effects {
            // A client that has gone meanwhile waits for nothing any more.
            match effect {
                Effect::Join(waiter, answer) => {
                    if let Some(client) = state.joins.remove(&waiter) {
                        let _ = client.send(answer);
                    }
                }
                Effect::Sync(waiter, answer) => {
                    if let Some(client) = state.syncs.remove(&waiter) {
                        let _ = client.send(answer);
                    }
                }
            }
        }
        self.note_occupancy(state, group_id);
        let unused = state.groups.get(group_id).is_some_and(Group::is_unused);
        if unused && !state.store.knows(group_id) {
            state.groups.remove(group_id);
        }
        self.changed.notify_one();
    }

    fn note_occupancy(&self, state: &mut State, group_id: &str) {
        let occupied = state.groups.get(group_id).is_some_and(Group::has_members);
        if occupied == state.store.is_occupied(group_id) {
            return;
        }
        let group = group_id.to_owned();
        let record = if occupied {
            OffsetsRecord::Occupied { group }
        } else {
            OffsetsRecord::Vacant {
                group,
                since_ms: self.clock.now_ms(),
            }
        };
        // Only the age of offsets hangs on it; a disk that is full now is reported by commits.
        if let Err(code) = self.record(state, record) {
            tracing::warn!(group_id, %code, "could not note that a group has gained or lost members");
        }
    }
}

impl State {
    fn waiter(&mut self) -> Waiter {
        self.next_waiter += 1;
        Waiter(self.next_waiter)
    }

    fn group(&mut self, group_id: &str) -> &mut Group {
        self.groups
            .entry(group_id.to_owned())
            .or_insert_with(|| Group::new(GROUP_MEMBERS_MAX_COUNT))
    }
}

/// What clients are told when the journal does not take a record. They try again: the disk may
/// have room by then.
fn refusal(error: &JournalError) -> ResponseError {
    tracing::warn!(%error, "a change of a consumer group could not be written");
    match error {
        JournalError::TooLarge { .. } => ResponseError::InvalidCommitOffsetSize,
        _ => ResponseError::CoordinatorNotAvailable,
    }
}

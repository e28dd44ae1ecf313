//! All transactional ids: their state machines, the journal, and the turns their requests take.

mod admin;
mod end;
mod expiry;
mod gate;
mod grow;
mod init;
mod outcome;
mod producer_ids;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kafka_protocol::error::ResponseError;
use tokio::sync::OwnedMutexGuard;

use super::machine::{Transaction, TransactionsRecord};
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, Ticket};
use crate::limits::{
    TRANSACTION_TURN_WAIT_MS, TRANSACTIONAL_ID_MAX_BYTES, TRANSACTIONAL_IDS_MAX_COUNT,
};
use crate::storage::Storage;
use crate::sync::{Syncer, lock};
pub(crate) use outcome::Outcome;
use producer_ids::ProducerIds;

/// Kind byte of the transactions journal.
const JOURNAL_KIND: u8 = 3;

/// What the coordinator is told by the broker's configuration.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit comes last in every name"
)]
pub(crate) struct TransactionsSettings {
    pub(crate) max_timeout_ms: i32,
    pub(crate) expiry_interval_ms: u64,
    /// An id that has not been used for so long is forgotten.
    pub(crate) id_retention_ms: i64,
}

/// The transaction coordinator of a broker.
pub(crate) struct Transactions {
    state: Mutex<State>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    settings: TransactionsSettings,
    outcome: Outcome,
}

#[derive(Default)]
struct State {
    ids: HashMap<String, Slot>,
    producer_ids: ProducerIds,
}

/// One transactional id.
#[derive(Default)]
struct Slot {
    transaction: Option<Transaction>,
    /// Held by the request that is at work on the id, until its effects are complete: the next
    /// one waits for a few milliseconds rather than being sent away to try again.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The right to change a transactional id.
type Turn = OwnedMutexGuard<()>;

impl Transactions {
    /// Opens the journal. Call [`Transactions::resume`] before clients are served.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        syncer: Syncer,
        path: &Path,
        clock: Arc<dyn Clock>,
        settings: TransactionsSettings,
        outcome: Outcome,
    ) -> Result<Self, JournalError> {
        let mut state = State::default();
        let journal = Journal::open(storage, syncer, path, JOURNAL_KIND, |record| {
            state.replay(TransactionsRecord::decode(record)?);
            Ok(())
        })?;
        Ok(Self {
            state: Mutex::new(state),
            journal,
            clock,
            settings,
            outcome,
        })
    }

    /// The last thing before a stop.
    pub(crate) fn close(&self) -> io::Result<()> {
        self.journal.close()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits for the turn of a known transactional id. `INVALID_PRODUCER_ID_MAPPING`: unknown;
    /// `CONCURRENT_TRANSACTIONS`: what goes before takes long (the disk is full, say).
    async fn turn(&self, transactional_id: &str) -> Result<Turn, ResponseError> {
        let turn = self
            .lock()
            .ids
            .get(transactional_id)
            .map(|slot| slot.turn.clone());
        take(turn.ok_or(ResponseError::InvalidProducerIdMapping)?).await
    }

    /// As [`Transactions::turn`], for an id that may be new.
    async fn turn_of_new(&self, transactional_id: &str) -> Result<Turn, ResponseError> {
        if transactional_id.is_empty() || transactional_id.len() > TRANSACTIONAL_ID_MAX_BYTES {
            return Err(ResponseError::InvalidRequest);
        }
        let turn = {
            let mut state = self.lock();
            let known = state.ids.contains_key(transactional_id);
            if !known && state.ids.len() >= TRANSACTIONAL_IDS_MAX_COUNT {
                return Err(ResponseError::PolicyViolation);
            }
            state
                .ids
                .entry(transactional_id.to_owned())
                .or_default()
                .turn
                .clone()
        };
        take(turn).await
    }

    /// The state of an id, for whoever has its turn.
    fn current(&self, transactional_id: &str) -> Result<Transaction, ResponseError> {
        self.lock()
            .ids
            .get(transactional_id)
            .and_then(|slot| slot.transaction.clone())
            .ok_or(ResponseError::InvalidProducerIdMapping)
    }

    /// Journals the next state and puts it in place, in one order for both.
    fn store(&self, transactional_id: &str, next: Transaction) -> Result<Ticket, ResponseError> {
        let mut state = self.lock();
        let record = TransactionsRecord::State {
            transactional_id: transactional_id.to_owned(),
            transaction: next,
        };
        let ticket = self
            .journal
            .append(&record.encode())
            .map_err(|error| refusal(&error))?;
        state.replay(record);
        Ok(ticket)
    }

    async fn durable(&self, ticket: Ticket) -> Result<(), ResponseError> {
        self.journal
            .durable(ticket)
            .await
            .map_err(|error| refusal(&error))
    }
}

impl State {
    fn replay(&mut self, record: TransactionsRecord) {
        match record {
            TransactionsRecord::State {
                transactional_id,
                transaction,
            } => {
                self.ids.entry(transactional_id).or_default().transaction = Some(transaction);
            }
            TransactionsRecord::ProducerIdsBelow(id) => self.producer_ids.reserved(id),
            TransactionsRecord::Forgotten { transactional_id } => {
                self.ids.remove(&transactional_id);
            }
        }
    }
}

async fn take(turn: Arc<tokio::sync::Mutex<()>>) -> Result<Turn, ResponseError> {
    tokio::time::timeout(
        Duration::from_millis(TRANSACTION_TURN_WAIT_MS),
        turn.lock_owned(),
    )
    .await
    .map_err(|_| ResponseError::ConcurrentTransactions)
}

/// What clients are told when the journal does not take a record. They try again: the disk may
/// have room by then.
fn refusal(error: &JournalError) -> ResponseError {
    tracing::warn!(%error, "a change of a transaction could not be written");
    ResponseError::CoordinatorNotAvailable
}

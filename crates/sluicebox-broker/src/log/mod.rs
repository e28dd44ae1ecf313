//! The durable log of a partition: segments of checksummed frames, each a record batch as its
//! producer sent it.
//!
//! Appending, reading and recovery are apart: [`partition`] holds the state and appends, [`read`]
//! reads, [`recovery`] opens. What producers and transactions need to know of a log is in
//! [`producers`] and [`transactions`], pure and replayed from the log's own batches.

mod append;
pub(crate) mod batch;
mod control;
mod error;
mod format;
mod index;
mod lookup;
mod open;
mod partition;
mod producers;
mod read;
pub(crate) mod records;
mod recovery;
mod refused;
mod retention;
mod scan;
mod segment;
mod snapshot;
mod tail;
mod transactions;
mod waiters;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use append::Appended;
pub(crate) use control::Marker;
pub(crate) use error::{AppendError, OpenLogError};
pub(crate) use lookup::OffsetAt;
pub(crate) use open::{LogContext, holds_records};
pub(crate) use partition::{LogSettings, PartitionLog};
pub(crate) use read::{Isolation, Slice};
pub(crate) use waiters::Waiting;

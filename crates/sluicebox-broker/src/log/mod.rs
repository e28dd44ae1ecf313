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
mod partition;
mod producers;
mod read;
mod recovery;
mod retention;
mod scan;
mod segment;
mod snapshot;
mod transactions;
mod waiters;

#[cfg(test)]
mod tests;

pub(crate) use append::Appended;
pub(crate) use control::Marker;
pub(crate) use error::{AppendError, OpenLogError, ReadError};
pub(crate) use lookup::OffsetAt;
pub(crate) use partition::{Ends, LogSettings, PartitionLog};
pub(crate) use read::{Isolation, Slice};
pub(crate) use recovery::LogContext;
pub(crate) use transactions::AbortedTransaction;
pub(crate) use waiters::Waiting;

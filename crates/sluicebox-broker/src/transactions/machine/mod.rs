//! One transactional id as a state machine without clock and without I/O. Every request gives
//! either an error or the next [`Transaction`], which the caller makes durable before it takes
//! the old one's place.

mod add;
mod check;
mod end;
mod expire;
mod init;
mod record;
#[cfg(test)]
mod tests;
mod transaction;

pub(crate) use end::End;
pub(crate) use init::{Init, NewProducer};
pub(crate) use record::TransactionsRecord;
#[cfg(test)]
pub(crate) use transaction::TransactionState;
pub(crate) use transaction::{Producer, Transaction};

/// A partition by topic name and index.
pub(crate) type Place = (String, i32);

//! The transaction coordinator (KIP-98, KIP-360), for producers of the first transaction version:
//! the epoch moves when a producer is initialised or fenced, never at the end of a transaction.
//!
//! [`machine`] decides, [`Transactions`] makes the decision durable and carries it out. Order and
//! crash points of a commit:
//!
//! 1. The decision (`PrepareCommit` with all partitions and groups) is journalled and synced. A
//!    crash before: the transaction is still open, the client or the timeout ends it.
//! 2. Markers go to every partition, the groups' offsets are ended, all synced. A crash before or
//!    in between: the decision is found at start and carried out again, which changes nothing
//!    where it was carried out before.
//! 3. `CompleteCommit` is journalled, not synced, and the client is answered. A crash before it is
//!    on the disk: as in 2. The next transaction of the producer cannot be mistaken for this one:
//!    before its first batch is taken its own record is synced, behind this one in the journal.

mod coordinator;
pub(crate) mod machine;

pub(crate) use coordinator::{Outcome, Transactions, TransactionsSettings};

//! The transaction coordinator (KIP-98, KIP-360), for producers of the first transaction version:
//! the epoch moves when a producer is initialised or fenced, never at the end of a transaction.

pub(crate) mod machine;

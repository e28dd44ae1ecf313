//! Every limit of the broker, unit last in the name.

/// Threads that sync dirty files side by side.
pub(crate) const SYNC_THREADS: usize = 3;
/// How long a relaxed sync thread pauses between two files.
pub(crate) const RELAXED_SYNC_INTERVAL_MS: u64 = 200;
/// Largest request that is read from a socket.
pub(crate) const REQUEST_MAX_BYTES: usize = 32 << 20;
/// Bytes of requests held in memory by all connections together.
pub(crate) const REQUESTS_IN_MEMORY_MAX_BYTES: usize = 48 << 20;
/// Answers a connection may owe before its socket is not read any more.
pub(crate) const PIPELINED_ANSWERS_MAX_COUNT: usize = 16;
/// Largest record of a journal.
pub(crate) const JOURNAL_RECORD_MAX_BYTES: usize = 16 << 20;
/// A journal is rewritten when it is this long and mostly out of date.
pub(crate) const JOURNAL_COMPACT_MIN_BYTES: u64 = 4 << 20;
/// The memory budget is handed out in pieces of this size.
pub(crate) const MEMORY_UNIT_BYTES: usize = 4 << 10;
/// Pause after a connection could not be accepted.
pub(crate) const ACCEPT_RETRY_MS: u64 = 100;

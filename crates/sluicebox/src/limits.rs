//! Limits of the program, each with its unit last in the name.

/// Records that `run` lets datagen make ahead of the files. Beyond it datagen waits: what is not in
/// the files yet must be worked off after Ctrl-C, and takes room in the broker's log meanwhile.
pub(crate) const RUN_BACKLOG_MAX_RECORDS: u64 = 1_000_000;

/// Records that `topics tail` begins with unless told otherwise.
pub(crate) const TAIL_LAST_RECORDS: u64 = 10;
/// Most records that it can be told to begin with: they are held back until they are in order.
pub(crate) const TAIL_LAST_MAX_RECORDS: u64 = 10_000;
/// Bytes of their lines, of which there are fewer records where that is not enough.
pub(crate) const TAIL_LAST_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of lines after which they are written without waiting for more.
pub(crate) const TAIL_WRITE_BYTES: usize = 64 * 1024;
/// Characters of a key and of a value that a line on a terminal shows.
pub(crate) const TAIL_SHOWN_CHARS: usize = 500;
/// How long a topic that was made anew may take to be known everywhere.
pub(crate) const TAIL_RECREATED_WAIT_MS: u64 = 10_000;
/// Between two looks whether it is known.
pub(crate) const TAIL_RECREATED_POLL_MS: u64 = 100;
/// How long `status` measures before it shows throughput for the first time.
pub(crate) const STATUS_SAMPLE_MS: u64 = 1_000;
/// How long `status --watch` waits for an answer, and for a connection, before it says that none comes.
pub(crate) const STATUS_ASK_WAIT_MS: u64 = 3_000;
/// How long a command that only reads may take to end by itself after Ctrl-C.
pub(crate) const LEAVE_WAIT_MS: u64 = 1_000;

//! Every limit of the broker, unit last in the name.

/// Threads that sync dirty files side by side.
pub(crate) const SYNC_THREADS: usize = 3;
/// How long a relaxed sync thread pauses between two files.
pub(crate) const RELAXED_SYNC_INTERVAL_MS: u64 = 200;
/// How often a start tries again where somebody only looks whether a broker runs.
pub(crate) const LOOKS_MAX_COUNT: u32 = 50;
/// How long it waits for whoever looks.
pub(crate) const LOOK_WAIT_MS: u64 = 10;
/// Largest request that is read from a socket.
pub(crate) const REQUEST_MAX_BYTES: usize = 32 << 20;
/// Elements in the arrays of one request, all of them together: for each, memory is taken before the
/// request is known to make sense.
pub(crate) const REQUEST_ELEMENTS_MAX_COUNT: usize = 100_000;
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
/// Batches of a producer that a retry is recognised by (KIP-98; clients have five in flight).
pub(crate) const PRODUCER_BATCHES_MAX_COUNT: usize = 5;
/// Producers that a partition remembers.
pub(crate) const PRODUCERS_PER_PARTITION_MAX_COUNT: usize = 10_000;
/// How long what a producer sends behind a batch that found no room is refused as well, unless that batch
/// comes again.
pub(crate) const REFUSED_BATCH_HOLDS_MS: i64 = 60_000;
/// Silence after which a producer is forgotten.
pub(crate) const PRODUCER_EXPIRY_MS: i64 = 24 * 3_600_000;
/// Bytes of a segment between two entries of its index.
pub(crate) const INDEX_INTERVAL_BYTES: u64 = 64 << 10;
/// Bytes that a scan reads at once.
pub(crate) const SCAN_CHUNK_BYTES: usize = 1 << 20;
/// Largest `segment.bytes`: positions in an index have 32 bits.
pub(crate) const SEGMENT_MAX_BYTES: u64 = 1 << 30;
/// Ends of recent reads that a partition remembers, so that a reader goes on without a search.
pub(crate) const RECENT_READS_MAX_COUNT: usize = 8;
/// Groups known at the same time.
pub(crate) const GROUPS_MAX_COUNT: usize = 10_000;
/// Members of a group, promised ids included.
pub(crate) const GROUP_MEMBERS_MAX_COUNT: usize = 1_000;
/// Longest group id, transactional id or member id.
pub(crate) const GROUP_ID_MAX_BYTES: usize = 1_024;
/// Metadata that a member, or assignments that a leader, may hand in.
pub(crate) const MEMBER_METADATA_MAX_BYTES: usize = 1 << 20;
/// Metadata of a committed offset.
pub(crate) const OFFSET_METADATA_MAX_BYTES: usize = 4_096;
/// How often expired offsets and the length of the groups journal are looked at, at least.
pub(crate) const GROUPS_CHECK_INTERVAL_MS: u64 = 1_000;
/// Transactional ids known at the same time.
pub(crate) const TRANSACTIONAL_IDS_MAX_COUNT: usize = 10_000;
/// Longest transactional id.
pub(crate) const TRANSACTIONAL_ID_MAX_BYTES: usize = 1_024;
/// How long a request waits for the one before it on the same transactional id.
pub(crate) const TRANSACTION_TURN_WAIT_MS: u64 = 2_000;
/// Pause before a marker that the disk has refused is tried again.
pub(crate) const TRANSACTION_RETRY_WAIT_MS: u64 = 100;
/// Producer ids that are reserved with one write.
pub(crate) const PRODUCER_ID_BLOCK_COUNT: i64 = 1_000;
/// A transactional id that has not been used for so long is forgotten.
pub(crate) const TRANSACTIONAL_ID_RETENTION_MS: i64 = 7 * 24 * 3_600_000;
/// Time a client has to send a request that it has begun: it holds memory of all.
pub(crate) const REQUEST_READ_MAX_MS: u64 = 30_000;
/// Records in one answer to a fetch, unless its first batch is larger.
pub(crate) const FETCH_ANSWER_MAX_BYTES: usize = 4 << 20;
/// The same while [`ANSWERS_IN_MEMORY_BYTES`] are used up by clients that do not read.
pub(crate) const FETCH_ANSWER_TIGHT_MAX_BYTES: usize = 128 << 10;
/// Bytes of fetched records on their way to clients, above which answers become small.
pub(crate) const ANSWERS_IN_MEMORY_BYTES: usize = 32 << 20;
/// Bytes that a search by time unpacks of one batch.
pub(crate) const SEARCHED_BATCH_MAX_BYTES: u64 = 64 << 20;
/// Binary logarithm of the window that zstd may ask for there (RFC 8878 section 3.1.1.1.2: 8 MiB).
pub(crate) const SEARCHED_WINDOW_MAX_LOG: u32 = 23;
/// Longest wait of a fetch.
pub(crate) const FETCH_WAIT_MAX_MS: u64 = 60_000;
/// How long dropping a broker waits for its threads.
pub(crate) const DROP_WAIT_MS: u64 = 2_000;

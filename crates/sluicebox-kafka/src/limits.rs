//! Every limit of the client, with its unit last.
//!
//! The whole of `sluicebox run` (several clients in one process) stays under 200 MB. A record in a
//! librdkafka queue costs its bytes plus about 450 bytes of bookkeeping, which
//! `queued.max.messages.kbytes` does not count, so the queues here are far below its defaults.

use std::time::Duration;

/// Most records that one `poll` hands out, whatever the caller asks for.
pub const POLL_RECORDS_MAX: usize = 65_536;
/// Records per partition that a consumer tries to have in its queue (librdkafka: 100,000).
pub const QUEUED_MIN_RECORDS: u32 = 4_000;
/// Bytes of records in a consumer's queue, in kibibytes (librdkafka: 65,536).
pub const QUEUED_MAX_KBYTES: u32 = 4_096;
/// Bytes of one partition in one fetch response, as stored (compressed).
pub const FETCH_PARTITION_MAX_BYTES: usize = 256 * 1024;
/// Bytes of one fetch response, as stored (compressed).
pub const FETCH_MAX_BYTES: usize = 1024 * 1024;
/// How long a broker may hold back a fetch that has nothing to give. Also how long it takes to
/// learn that a partition's end is reached behind a transaction marker (librdkafka #3917).
pub const FETCH_WAIT_MS: u32 = 100;

/// Default session timeout of a group member.
pub const SESSION_TIMEOUT_MS: u32 = 10_000;
/// Default longest time between two polls; well above any transaction timeout (no KIP-588).
pub const MAX_POLL_INTERVAL_MS: u32 = 120_000;

/// Default transaction timeout. A crashed transaction holds `read_committed` readers back for it.
pub const TRANSACTION_TIMEOUT_MS: u32 = 12_000;
/// Shortest transaction timeout accepted.
pub const TRANSACTION_TIMEOUT_MIN_MS: u32 = 1_000;
/// How long a producer gathers records into a batch.
pub const LINGER_MS: u32 = 2;
/// Bytes of one batch of the producer.
pub const PRODUCE_BATCH_BYTES: usize = 256 * 1024;
/// How long a transaction's records are gathered: mostly until its flush. librdkafka has one
/// batch of a partition in flight at a time (it counts records against the five that idempotence
/// allows), and while more of the partition wait behind it, its thread polls without pause. So a
/// transaction is sent at its flush, as one batch of each partition where that is possible.
pub const TRANSACTION_LINGER_MS: u32 = 20;
/// Bytes of one batch of a transaction before compression, where the topic takes such batches.
pub const TRANSACTION_BATCH_BYTES: usize = 2_000_000;
/// Records of one batch of a transaction.
pub const TRANSACTION_BATCH_RECORDS: usize = 100_000;
/// Records that wait in a producer's queue.
pub const PRODUCE_QUEUE_RECORDS: u32 = 32_768;
/// Bytes that wait in a producer's queue, in kibibytes.
pub const PRODUCE_QUEUE_KBYTES: u32 = 16 * 1024;
/// How long a record of a producer without transactions may wait for its acknowledgement.
pub const DELIVERY_TIMEOUT_MS: u32 = 120_000;
/// Records handed to librdkafka in one call.
pub const PRODUCE_CALL_RECORDS: usize = 4_096;
/// Pause before a full producer queue is tried again.
pub const QUEUE_FULL_PAUSE: Duration = Duration::from_micros(500);
/// First pause before a request is tried again. `CONCURRENT_TRANSACTIONS` is over within
/// milliseconds; the pause doubles up to [`RETRY_BACKOFF_MAX_MS`].
pub const RETRY_BACKOFF_MS: u32 = 1;
/// Longest pause before a request is tried again.
pub const RETRY_BACKOFF_MAX_MS: u32 = 500;

/// Pause between two attempts to reach a broker, first and longest.
pub const RECONNECT_BACKOFF_MS: (u32, u32) = (50, 2_000);
/// How long a broker may leave a request of a consumer unanswered (librdkafka: 60 s) before the
/// connection is given up. Above the 9 s after which a cluster moves the leaders of a broker that it
/// has not heard of.
pub const SOCKET_TIMEOUT_MS: u32 = 10_000;
/// How long one request of the client may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long `poll` may take to find the range of a log whose position is out of range.
pub const LOG_RANGE_TIMEOUT: Duration = Duration::from_secs(5);
/// Least time between two log lines about the same trouble; what comes between is counted.
pub const LOG_REPEAT_INTERVAL: Duration = Duration::from_secs(30);
/// Most distinct troubles that are remembered for log lines and connect errors.
pub const TROUBLES_MAX: usize = 64;
/// Pause between two looks at whether a new topic has its leaders.
pub const LEADER_PAUSE: Duration = Duration::from_millis(20);
/// Heap arenas of the process. glibc makes up to eight for each core, and each keeps what its
/// threads have freed: the many threads of the client library would hold memory in all of them.
pub const HEAP_ARENAS: i32 = 2;

/// Bytes of a file that holds a secret. Keys and tokens have a few thousand.
pub const SECRET_FILE_MAX_BYTES: u64 = 64 * 1024;
/// How often the files of user name and password are looked at for a change.
pub const SECRET_FILE_EVERY: Duration = Duration::from_secs(2);
/// How long a token is used that does not say for how long: then its file is read again.
pub const OPAQUE_TOKEN_LIFETIME: Duration = Duration::from_mins(1);
/// How long a cluster that refuses us is asked again at a start: one broker of several may be
/// starting, and have heard of no users yet.
pub const REFUSAL_PATIENCE: Duration = Duration::from_secs(3);
/// How long ago a refusal may be to count as the reason of a failure: a refused connection is tried
/// again at least every [`RECONNECT_BACKOFF_MS`].
pub const REFUSAL_IS_NEW: Duration = Duration::from_secs(15);

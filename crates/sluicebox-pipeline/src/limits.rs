//! Every size, time and retry of the tasks, in one place. (The generators have their own file.)

/// Slots in a state directory: instances that can run on it at the same time.
pub const SLOTS_MAX: u32 = 1024;
/// Hexadecimal digits in a slot's id (a random UUID).
pub const SLOT_ID_DIGITS: usize = 32;
/// As many of them as are in the names of clients: enough to tell the members of a group apart.
pub const SLOT_NAME_DIGITS: usize = 6;

/// Partitions of a topic that is created.
pub const TOPIC_PARTITIONS: u32 = 6;
/// Most partitions that a topic is created with.
pub const TOPIC_PARTITIONS_MAX: u32 = 10_000;
/// Most copies of a partition that a topic is created with.
pub const REPLICATION_FACTOR_MAX: u16 = 32;
/// Replication factor of a topic that is created on a cluster of brokers.
pub const REPLICATION_FACTOR: u16 = 3;
/// Replicas that must be in sync where the replication factor is [`REPLICATION_FACTOR`].
pub const MIN_INSYNC_REPLICAS: u16 = 2;
/// Kafka's default `max.message.bytes`, taken where a source topic does not say otherwise.
pub const SOURCE_MESSAGE_MAX_BYTES: u64 = 1_048_588;
/// What output topics and the client allow beyond the source's limit, for what is added.
pub const OUTPUT_MESSAGE_EXTRA_BYTES: u64 = 64 * 1024;
/// Size of a batch that output topics take at least: see `TRANSACTION_BATCH_BYTES` of the client.
pub const OUTPUT_BATCH_BYTES: u64 = 2 * 1024 * 1024 + 64 * 1024;
/// What a record costs on the wire beside key and value: batch and record framing.
pub const OUTPUT_RESERVE_BYTES: usize = 1024;
/// How long a broker may take to hear of a topic that was made on another one.
pub const NEW_TOPIC_MS: u64 = 3_000;
/// Between two looks at whether all topics have leaders.
pub const LEADER_POLL_MS: u64 = 100;

/// Longest wait for one request to the cluster before it counts as failed.
pub const REQUEST_TIMEOUT_MS: u64 = 10_000;
/// Longest wait for the range of a log, so that its leader is looked for again soon.
pub const LOG_RANGE_TIMEOUT_MS: u64 = 3_000;
/// First pause after a failure; doubles up to [`BACKOFF_MAX_MS`].
pub const BACKOFF_MIN_MS: u64 = 100;
/// Longest pause between two tries.
pub const BACKOFF_MAX_MS: u64 = 5_000;
/// How long after a lost connection a task without partitions is said to wait for the cluster.
/// Longer than the client's pause between two tries to connect.
pub const LOSS_IS_NEW_MS: u64 = 4_000;
/// Between two complaints in the log about the same continuing trouble.
pub const COMPLAIN_EVERY_MS: u64 = 10_000;

/// A member that is not heard of for so long leaves its group (6 s is the least that brokers
/// accept by default).
pub const SESSION_TIMEOUT_MS: u32 = 6_000;
/// A member that does not poll for so long leaves its group; well above the transaction timeout.
pub const MAX_POLL_INTERVAL_MS: u32 = 300_000;
/// A transaction that is open for so long is aborted by the broker. Small, because a crashed one
/// holds `read_committed` readers back for as long.
pub const TRANSACTION_TIMEOUT_MS: u32 = 12_000;
/// Longest wait until all records of a transaction are acknowledged; below the transaction timeout.
pub const FLUSH_TIMEOUT_MS: u64 = 11_000;
/// Longest wait for a commit. Longer than the transaction timeout: after it the broker has decided.
pub const COMMIT_TIMEOUT_MS: u64 = 15_000;
/// Longest wait for a producer to be ready, within one try.
pub const CONNECT_TIMEOUT_MS: u64 = 30_000;
/// Longest wait for an abandoned producer to abort.
pub const ABANDON_TIMEOUT_MS: u64 = 2_000;
/// Longest wait for a consumer to leave its group.
pub const CLOSE_TIMEOUT_MS: u64 = 5_000;

/// Records after which a transaction takes in nothing more. Up to three are in memory at a time
/// (two in the lanes, one being filled), where each record costs its bytes and some 450 more.
pub const TRANSACTION_RECORDS_MAX: usize = 12_000;
/// Bytes of outputs after which a transaction takes in nothing more.
pub const TRANSACTION_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Age in milliseconds after which a transaction is ended.
pub const TRANSACTION_LINGER_MS: u64 = 50;
/// Records taken from the client at once.
pub const POLL_RECORDS_MAX: usize = 4_096;
/// Longest wait for records; also how fast a task reacts to a stop.
pub const POLL_WAIT_MS: u64 = 50;
/// Data that the client library may fetch ahead per consumer, in KiB. Its bookkeeping, which this
/// does not count, is several times that for small records.
pub const QUEUED_MAX_KBYTES: u32 = sluicebox_kafka::limits::QUEUED_MAX_KBYTES;
/// Between two looks at lags and at positions behind the last record (transaction markers).
pub const HOUSEKEEPING_MS: u64 = 250;
/// Between two questions for the group's committed offsets while waiting for other instances.
pub const COVERAGE_POLL_MS: u64 = 200;
/// Longest wait of a processor that stops at the end until its outputs can be read: until the
/// transactions that others left open before them have timed out.
pub const OUTPUTS_DECIDED_MS: u64 = 60_000;
/// Times within [`FENCED_WINDOW_MS`] that a task takes its id back before it gives up. Those that
/// come within [`TROUBLE_LASTS_MS`] of trouble do not count.
pub const FENCED_MAX: u32 = 3;
/// See [`FENCED_MAX`].
pub const FENCED_WINDOW_MS: u64 = 120_000;
/// How long after a lost connection or request, or a pause of the process, a lost id is put down to
/// it. Longer than a request of a producer that was given up can be on its way
/// ([`CONNECT_TIMEOUT_MS`] and [`TRANSACTION_TIMEOUT_MS`]).
pub const TROUBLE_LASTS_MS: u64 = 60_000;
/// Times in a row that a transaction may fail before the log calls it an error.
pub const FAILURES_BEFORE_ERROR: u32 = 3;

/// Rows after which the sink commits its files.
pub const SINK_RECORDS_MAX: usize = 50_000;
/// Age in milliseconds of the oldest row after which the sink commits its files.
pub const SINK_LINGER_MS: u64 = 100;
/// Between two tries for a directory that another sink holds.
pub const STANDBY_POLL_MS: u64 = 500;
/// Tries for the sink's first state slot before the next one is taken.
pub const SINK_NAME_TRIES: u32 = 10;
/// Pause between them.
pub const SINK_NAME_PAUSE_MS: u64 = 50;
/// How long a sink that had every partition waits to get them back when another member joined.
pub const PARTIAL_GRACE_MS: u64 = 10_000;

/// Bytes read at once when files are accounted.
pub const ACCOUNTING_READ_BYTES: usize = 256 * 1024;
/// Examples of missing and of doubled offsets that an account names, each.
pub const ACCOUNTING_EXAMPLES_MAX: usize = 10;
/// Silence after which a search in sources or outputs says that it still waits.
pub const SCAN_STALL_MS: u64 = 60_000;

/// The longest row that is looked for in a file: a letter of the largest value and key that a
/// definition can allow, as base64, with room for its text.
pub const ROW_MAX_BYTES: usize = 512 * 1024 * 1024;

/// Rows that `verify` sorts in memory at a time; more are spilled to a temporary file (40 bytes
/// each) and merged.
pub const VERIFY_SORT_ROWS: usize = 1_000_000;
/// Bytes read at once from each sorted run of that file.
pub const VERIFY_MERGE_READ_BYTES: usize = 64 * 1024;
/// Findings of each kind that a report holds as examples; all are counted.
pub const VERIFY_FINDINGS_PER_KIND: usize = 100;
/// Replays of dead letters that `verify` remembers, to see that none comes twice (some 40 bytes each).
pub const VERIFY_REPLAYS_MAX: usize = 1_000_000;
/// Places of absent records that `verify` remembers of each source and output partition, where losses were
/// accepted (24 bytes each); later ones are counted, with less exact places.
pub const VERIFY_RANGES_MAX: usize = 100_000;
/// Longest wait for transactions that are open on the output topics to be decided. Those of
/// processors end within their transaction timeout.
pub const VERIFY_STABLE_WAIT_MS: u64 = 60_000;
/// Between two looks at them.
pub const VERIFY_STABLE_POLL_MS: u64 = 100;
/// How long before its letter was sent a record may have been rejected: the time of a rejection is
/// known only where its message depends on it.
pub const VERIFY_REJECT_AGE_MS: i64 = 15 * 60 * 1000;
/// Characters of a value that a finding quotes.
pub const VERIFY_QUOTED_CHARS: usize = 120;

/// Dead letters that are replayed in one transaction.
pub const REPLAY_TRANSACTION_RECORDS: usize = 500;
/// Bytes of keys and values after which such a transaction is ended.
pub const REPLAY_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// So many types of records that no definition names are warned of by the sink, each once.
pub const WARNED_TYPES_MAX_COUNT: usize = 32;

/// Records that a search takes in at once.
pub const SEARCH_POLL_RECORDS: usize = 1_000;
/// Longest wait of a search for records; also how fast it ends when it is told to.
pub const SEARCH_POLL_WAIT_MS: u64 = 100;
/// Between two reports of a search on how far it is.
pub const SEARCH_PROGRESS_MS: u64 = 250;
/// Between two questions of a search that gets nothing, whether its topic is still there.
pub const SEARCH_GONE_POLL_MS: u64 = 1_000;
/// Longest wait for the answer: meanwhile records that come wait too.
pub const SEARCH_GONE_WAIT_MS: u64 = 500;
/// How long a topic must be unknown to be taken for deleted. Time enough to make it anew, and for a broker
/// that has just started to learn of it.
pub const SEARCH_GONE_MS: u64 = 5_000;

/// Characters of the reason that is given for a cluster that does not answer; a longer one is left out.
pub const NO_ANSWER_REASON_CHARS: usize = 80;

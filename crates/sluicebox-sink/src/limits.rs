//! Every limit of this crate, with its unit last.

/// Rows held in memory until the next commit, over all files. A row that would go past it is
/// refused with [`AppendError::BufferFull`](crate::AppendError::BufferFull); commit first.
pub const BUFFERED_MAX_BYTES: usize = 32 * 1024 * 1024;

/// A file's row buffer keeps at most this capacity after a commit, so that one burst does not
/// hold memory for ever.
pub const BUFFER_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The manifest is rewritten as one checkpoint when its log has grown by this much, unless
/// [`OpenOptions`](crate::OpenOptions) says otherwise.
pub const MANIFEST_LOG_MAX_BYTES: u64 = 1024 * 1024;

/// The longest manifest record. Larger lengths in a frame are damage, not data.
pub const MANIFEST_RECORD_MAX_BYTES: usize = 16 * 1024 * 1024;

/// The longest manifest that is read: a full checkpoint and a log.
pub const MANIFEST_MAX_BYTES: u64 = 4 * MANIFEST_RECORD_MAX_BYTES as u64;

/// Partitions of one topic. Positions are arrays indexed by partition, so an absurd number (a
/// forged `source.partition`) must not make them huge.
pub const PARTITIONS_MAX_COUNT: i32 = 10_000;

/// Topics, input and source ones each.
pub const TOPICS_MAX_COUNT: usize = 1_000;

/// Files up to this length are read and checked against their recorded CRC-32C when the
/// directory is opened (about 0.1 s of CPU per GB, plus the reading).
pub const CHECK_CONTENT_UP_TO_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Bytes read at a time while checking a file.
pub const READ_CHUNK_BYTES: usize = 256 * 1024;

/// How much of a foreign first line is quoted in an error.
pub const QUOTED_LINE_MAX_BYTES: usize = 200;

/// Sealed files of one name (`processed_data_sensor.1.csv`, `.2.csv`, …).
pub const SEALED_MAX_COUNT: u32 = 10_000;

/// Gaps (`--accept-loss`) that a manifest remembers.
pub const GAPS_MAX_COUNT: usize = 100_000;

//! Every limit of datagen, each with its unit last in the name.

/// Devices or users that one stream can have.
pub const KEYS_MAX: u32 = 1_000_000;
/// Devices or users of each stream unless told otherwise.
pub const KEYS_DEFAULT: u32 = 100;
/// Highest bounded rate, in records per second over all streams (`max` is not bounded).
pub const RATE_MAX_PER_S: u64 = 10_000_000;
/// At `--rate max` events lie this far apart in event time (records per second): faster than any
/// one generator runs, so that event time never overtakes the clock and leaves the plan's window.
pub const EVENT_RATE_AT_MAX_PER_S: u64 = 10_000_000;
/// How much of a pause the token bucket makes up for afterwards; what is beyond it is forgiven.
pub const BURST_MS: u64 = 500;
/// The runner sleeps at least this long once it has caught up, so that records go out in groups
/// and not with a sleep for each.
pub const PACE_QUANTUM_MS: u64 = 4;
/// The longest sleep: within this time the runner sees its stop flag.
pub const PACE_SLEEP_MAX_MS: u64 = 50;
/// Records made before they are handed to the producer, at most.
pub const BATCH_RECORDS: u64 = 1_000;
/// Bytes of keys and values made before they are handed to the producer, about.
pub const BATCH_BYTES: usize = 1 << 20;
/// Pause before trying again when the producer's queue is full.
pub const QUEUE_FULL_WAIT_MS: u64 = 5;
/// How long the end waits for the acknowledgements of what was sent.
pub const FLUSH_WAIT_MS: u64 = 30_000;
/// Headers on a record of the class `many_headers`.
pub const MANY_HEADERS: usize = 1_000;
/// Classes of invalid records that are large come in each round-robin turn whose number is a
/// multiple of this (the first is zero), so that they do not crowd out everything else.
pub const HEAVY_CLASS_EVERY_TURNS: u64 = 64;
/// Nesting of the class `deep_nesting`: more than the 128 that JSON readers commonly allow.
pub const DEEP_NESTING_LEVELS: usize = 200;
/// Fields that may be longer than this are not shown with a text that is too long.
pub const LONG_TEXT_MAX_CHARACTERS: usize = 64 * 1024;
/// Users who are on the site at the same time, at most.
pub const SESSIONS_MAX: u32 = 256;

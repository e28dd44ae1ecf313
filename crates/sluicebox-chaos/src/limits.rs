//! Every time and size of the attacks, in one place.

/// Between two looks at something that is waited for.
pub const POLL_MS: u64 = 20;
/// Longest wait until a server answers after its start.
pub const READY_MS: u64 = 60_000;
/// A process that was told to end has so long; longer is a finding.
pub const STOP_MS: u64 = 60_000;
/// Longest wait until everything is read and written after the last fault.
pub const DRAIN_MS: u64 = 180_000;
/// Longest wait for the acknowledgement of all records after the last fault.
pub const SETTLE_MS: u64 = 120_000;
/// A record may wait so long for its acknowledgement: longer than any fault lasts.
pub const DELIVERY_TIMEOUT_MS: u32 = 300_000;
/// Between two batches of the load.
pub const LOAD_TICK_MS: u64 = 5;
/// Most records of a batch of the load.
pub const LOAD_BATCH_RECORDS_MAX: u64 = 2_000;
/// Records that may wait for their acknowledgement.
pub const LOAD_IN_FLIGHT_MAX: usize = 50_000;
/// Keys of the load, over both streams.
pub const LOAD_KEYS: u64 = 200;
/// One in so many records of the load is one that must become a dead letter.
pub const LOAD_BAD_ONE_IN: u64 = 29;
/// Findings that a verdict names; all are counted.
pub const FINDINGS_MAX: usize = 10;
/// Rows flow again within this time after a fault ends or the instance returns.
pub const RECOVERY_MS: u64 = 15_000;

//! Names of the headers of a dead letter. Fixed: users filter by them.

/// Topic of the source record.
pub const HEADER_TOPIC: &str = "__connect.errors.topic";
/// Partition of the source record, decimal.
pub const HEADER_PARTITION: &str = "__connect.errors.partition";
/// Offset of the source record, decimal.
pub const HEADER_OFFSET: &str = "__connect.errors.offset";
/// Where it failed: the code of a [`super::Stage`].
pub const HEADER_STAGE: &str = "__connect.errors.stage";
/// Why it failed: the code of a [`crate::Reason`].
pub const HEADER_REASON: &str = "__connect.errors.exception.class.name";
/// Why it failed, for people.
pub const HEADER_MESSAGE: &str = "__connect.errors.exception.message";
/// The source record's own timestamp in milliseconds since 1970, decimal; -1 when it had none.
pub const HEADER_SOURCE_TIMESTAMP: &str = "sluicebox.source.timestamp";

/// The letter that a record was, where it is the replay of one: `TOPIC/PARTITION/OFFSET`.
pub const HEADER_REPLAY_OF: &str = "sluicebox.replay.of";

/// Bytes of the source record's value, decimal. Only where the letter's value was cut.
pub const HEADER_CUT_VALUE_LENGTH: &str = "sluicebox.cut.value.length";
/// SHA-256 of the source record's value, hexadecimal. Only where the letter's value was cut.
pub const HEADER_CUT_VALUE_SHA256: &str = "sluicebox.cut.value.sha256";
/// Bytes of the source record's key, decimal. Only where the letter's key was cut.
pub const HEADER_CUT_KEY_LENGTH: &str = "sluicebox.cut.key.length";
/// SHA-256 of the source record's key, hexadecimal. Only where the letter's key was cut.
pub const HEADER_CUT_KEY_SHA256: &str = "sluicebox.cut.key.sha256";
/// Number of headers the source record had, decimal. Only where the letter has fewer of them.
pub const HEADER_CUT_HEADERS_COUNT: &str = "sluicebox.cut.headers.count";

//! Every limit of the crate, each with its unit in its name.

/// Largest record value a plan looks at, when [`crate::PlanOptions`] does not say otherwise.
/// Equal to the `message.max.bytes` that Kafka brokers start with, less its own overhead.
pub const VALUE_MAX_BYTES: usize = 1_048_576;

/// Largest value of [`crate::PlanOptions::value_max_bytes`]. Token positions are 32 bits wide.
pub const VALUE_MAX_BYTES_CEILING: usize = 256 * 1_048_576;

/// Arrays and objects may be nested this deep in a value; the record itself is the first level.
pub const NESTING_MAX_LEVELS: u32 = 128;

/// What an accepted value, or its dead letter, may be larger than its source. Output topics and
/// the client allow the source's limit plus this.
pub const OUTPUT_GROWTH_MAX_BYTES: usize = 64 * 1024;

/// Fields of one stream.
pub const FIELDS_MAX_COUNT: usize = 128;

/// Enrichments of one stream.
pub const ENRICHMENTS_MAX_COUNT: usize = 64;

/// Values of one enumeration, entries of one lookup, bands of one field.
pub const CHOICES_MAX_COUNT: usize = 1_024;

/// Streams of one deployment (a stream id is 16 bits wide; this keeps mistakes small).
pub const STREAMS_MAX_COUNT: usize = 1_024;

/// A name of a stream, field, enrichment or column.
pub const NAME_MAX_BYTES: usize = 64;

/// The name under which a field comes in the source's JSON, which need not be an identifier.
pub const SOURCE_NAME_MAX_BYTES: usize = 256;

/// A label, a constant, a default, or a value of an enumeration.
pub const LABEL_MAX_BYTES: usize = 256;

/// `max_length` of a string field whose definition names none.
pub const STRING_MAX_CHARACTERS: u64 = 1_024;

/// Digits of a decimal, leading zeros not counted (the widest decimal that Parquet stores).
pub const DECIMAL_MAX_DIGITS: usize = 38;

/// Name of a Kafka topic (`Topic.MAX_NAME_LENGTH` in Kafka).
pub const TOPIC_NAME_MAX_BYTES: usize = 249;

/// How far ahead of the clock a timestamp may lie when its definition does not say.
pub const WINDOW_AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

/// An epoch number of a smaller magnitude counts seconds, any other one milliseconds.
pub const EPOCH_SECONDS_BELOW: i64 = 100_000_000_000;

/// Characters of an offending value that a message repeats.
pub const SHOWN_VALUE_MAX_CHARACTERS: usize = 64;

/// Original headers that a dead letter keeps. Further ones are counted, not kept.
pub const LETTER_HEADERS_MAX_COUNT: usize = 1_000;

/// Headers that a replay adds to a record: a dead letter keeps so many of them beside the original ones, so
/// that a record that is replayed again and again loses nothing.
pub const LETTER_REPLAY_HEADERS_MAX_COUNT: usize = 1;

/// Bytes that a record's framing, our own headers and the longest message of ours may take beside
/// key, value and original headers.
pub const LETTER_OVERHEAD_BYTES: usize = 8 * 1_024;

/// Bytes that the framing of one header takes at most (two lengths, KIP-82).
pub const HEADER_OVERHEAD_BYTES: usize = 10;

//! What a broker can be told when it is started.

use std::path::PathBuf;

/// When a record counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// Acknowledge, and show to readers, after `fdatasync` (group commit).
    #[default]
    Synced,
    /// Acknowledge once the operating system has the bytes; the disk follows within a second. A
    /// crash of the broker loses nothing, a loss of power may take acknowledged records back.
    Relaxed,
}

/// Settings of one broker.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// Directory that holds everything the broker keeps; created when missing.
    pub data_dir: PathBuf,
    /// `host:port` that clients are told to connect to; `None`: the listener's own address.
    pub advertise: Option<String>,
    /// When a record counts as written.
    pub durability: Durability,
    /// Partitions of a topic created without a count (1..=1000).
    pub default_partitions: i32,
    /// Whether a metadata request that allows it creates unknown topics.
    pub auto_create_topics: bool,
    /// Shortest session timeout a group member may ask for, milliseconds.
    pub group_min_session_timeout_ms: i32,
    /// Longest session timeout a group member may ask for, milliseconds.
    pub group_max_session_timeout_ms: i32,
    /// How often expired transactions are looked for, milliseconds.
    pub transaction_expiry_interval_ms: u64,
    /// Longest transaction timeout a producer may ask for, milliseconds.
    pub transaction_max_timeout_ms: i32,
    /// Age after which the offsets of an empty group are dropped, milliseconds.
    pub offsets_retention_ms: u64,
    /// Default `segment.bytes` of a topic.
    pub segment_bytes: u64,
    /// Default `segment.ms` of a topic, milliseconds.
    pub segment_ms: u64,
    /// Default `retention.ms` of a topic, milliseconds; -1: for ever.
    pub retention_ms: i64,
    /// Default `retention.bytes` of a partition; -1: no limit.
    pub retention_bytes: i64,
    /// How often retention is applied, milliseconds.
    pub retention_check_interval_ms: u64,
    /// Default `max.message.bytes` of a topic: size of one record batch.
    pub max_message_bytes: i32,
    /// Connections held open at the same time; more are refused.
    pub max_connections: usize,
    /// Worker threads of the broker's own runtime.
    pub worker_threads: usize,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data/broker"),
            advertise: None,
            durability: Durability::Synced,
            default_partitions: 6,
            auto_create_topics: true,
            group_min_session_timeout_ms: 100,
            group_max_session_timeout_ms: 1_800_000,
            transaction_expiry_interval_ms: 1_000,
            transaction_max_timeout_ms: 900_000,
            offsets_retention_ms: 7 * 24 * 3_600_000,
            segment_bytes: 64 << 20,
            segment_ms: 7 * 24 * 3_600_000,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            retention_check_interval_ms: 10_000,
            max_message_bytes: 1_048_588,
            max_connections: 1_000,
            worker_threads: 2,
        }
    }
}

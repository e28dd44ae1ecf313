//! Counters and snapshots as `OpenMetrics` text, for Prometheus.
//!
//! What the tasks count has its names in [`sluicebox_pipeline::metrics::names`]; what is seen of the
//! cluster and the files has them here.

use sluicebox_pipeline::metrics::names as counted;

mod seen;
mod tasks;
mod text;

pub(crate) use text::text;

/// What `/metrics` is served as.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Published names of what is seen from outside.
pub mod names {
    /// 1 while the cluster answers.
    pub const CLUSTER_UP: &str = "sluicebox_cluster_up";
    /// Partitions of our topics with fewer replicas in sync than replicas.
    pub const UNDER_REPLICATED: &str = "sluicebox_cluster_under_replicated_partitions";
    /// Partitions of our topics without a leader.
    pub const OFFLINE: &str = "sluicebox_cluster_offline_partitions";
    /// Offsets that were given out. Label: topic.
    pub const TOPIC_END: &str = "sluicebox_topic_end_offset";
    /// Offsets between what a group has committed and the last stable ones. Label: group.
    pub const GROUP_LAG: &str = "sluicebox_group_lag_records";
    /// Members of a group. Label: group.
    pub const GROUP_MEMBERS: &str = "sluicebox_group_members";
    /// Committed rows. Label: file.
    pub const FILE_ROWS: &str = "sluicebox_file_rows";
    /// Committed bytes. Label: file.
    pub const FILE_BYTES: &str = "sluicebox_file_bytes";
    /// Records that are in no file yet.
    pub const IN_FLIGHT: &str = "sluicebox_accounting_in_flight_records";
    /// 1 when nothing is on its way and records are in no file all the same.
    pub const OFF_BALANCE: &str = "sluicebox_accounting_off_balance";
    /// 1 when files and topics do not belong together: another cluster, or a topic made anew.
    pub const FILES_MISMATCH: &str = "sluicebox_files_mismatch";
    /// Contradictions that the last `verify` found.
    pub const VERIFY_CONTRADICTED: &str = "sluicebox_verify_contradicted_findings";
    /// When the snapshot that these numbers are from was taken, seconds since 1970.
    pub const SNAPSHOT_TIME: &str = "sluicebox_web_snapshot_timestamp_seconds";
}

/// Every name that `/metrics` may have, without the suffixes of histograms.
pub const ALL: [&str; 29] = [
    counted::PROCESS_READ,
    counted::PROCESS_PROCESSED,
    counted::PROCESS_DEAD,
    counted::PROCESS_IGNORED_FIELDS,
    counted::PROCESS_TRANSACTIONS,
    counted::PROCESS_ABORTED,
    counted::PROCESS_REBUILDS,
    counted::LOST_OFFSETS,
    counted::LAG,
    counted::SINK_ROWS,
    counted::SINK_BYTES,
    counted::SINK_COMMITS,
    counted::SINK_REPEATS,
    counted::SINK_DISK_FULL,
    counted::END_TO_END,
    counted::STATE,
    names::CLUSTER_UP,
    names::UNDER_REPLICATED,
    names::OFFLINE,
    names::TOPIC_END,
    names::GROUP_LAG,
    names::GROUP_MEMBERS,
    names::FILE_ROWS,
    names::FILE_BYTES,
    names::IN_FLIGHT,
    names::OFF_BALANCE,
    names::FILES_MISMATCH,
    names::VERIFY_CONTRADICTED,
    names::SNAPSHOT_TIME,
];

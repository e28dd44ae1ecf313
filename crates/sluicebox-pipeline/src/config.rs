//! What the tasks are told. Everything comes in here; tasks read no environment.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sluicebox_event::Plans;
use sluicebox_kafka::ClientOptions;

use crate::limits;

/// The topics between processor and sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputTopics {
    /// Where processed records go.
    pub processed: String,
    /// Where rejected records go.
    pub dead_letters: String,
}

impl Default for OutputTopics {
    fn default() -> Self {
        Self {
            processed: "processed_data".into(),
            dead_letters: "dead_letters".into(),
        }
    }
}

/// Settings of the processor.
#[derive(Clone)]
pub struct ProcessorConfig {
    /// The cluster. `message_max_bytes` is the size that output topics accept.
    pub client: ClientOptions,
    /// The compiled stream definitions.
    pub plans: Arc<Plans>,
    /// Where to write.
    pub topics: OutputTopics,
    /// The consumer group.
    pub group: String,
    /// Instances: threads, each a member of the group. At least 1.
    pub instances: usize,
    /// Where the slot files are; made when missing.
    pub state_dir: PathBuf,
    /// Go on where a position lies outside the log, and say what is lost.
    pub accept_loss: bool,
    /// Act as if [`StopLevel::ToEnd`](crate::stop::StopLevel::ToEnd) was raised at the start.
    pub stop_at_end: bool,
    /// How long the cluster may be out of reach before the task gives up; `None`: for ever.
    pub wait: Option<Duration>,
    /// When a transaction ends.
    pub transaction: TransactionLimits,
}

/// When a transaction ends: by age, or, while an earlier one still commits, by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// Age of its oldest record at which it ends.
    pub linger: Duration,
    /// Records after which nothing more is taken in.
    pub records_max: usize,
    /// Bytes of outputs after which nothing more is taken in.
    pub bytes_max: usize,
    /// After this time the broker aborts a transaction that is still open, in milliseconds.
    pub timeout_ms: u32,
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self {
            linger: Duration::from_millis(limits::TRANSACTION_LINGER_MS),
            records_max: limits::TRANSACTION_RECORDS_MAX,
            bytes_max: limits::TRANSACTION_BYTES_MAX,
            timeout_ms: limits::TRANSACTION_TIMEOUT_MS,
        }
    }
}

impl ProcessorConfig {
    /// The defaults: group `processor-group`, one instance, waits for the cluster for ever.
    pub fn new(client: ClientOptions, plans: Arc<Plans>, state_dir: PathBuf) -> Self {
        Self {
            client,
            plans,
            topics: OutputTopics::default(),
            group: "processor-group".into(),
            instances: 1,
            state_dir,
            accept_loss: false,
            stop_at_end: false,
            wait: None,
            transaction: TransactionLimits::default(),
        }
    }
}

/// Settings of the sink with the layout `single`.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct SinkConfig {
    /// The cluster.
    pub client: ClientOptions,
    /// The compiled stream definitions.
    pub plans: Arc<Plans>,
    /// What to read.
    pub topics: OutputTopics,
    /// The consumer group.
    pub group: String,
    /// Where the files go; made when missing.
    pub output_dir: PathBuf,
    /// Where the slot files are (the sink's name in its group survives a restart); made when
    /// missing.
    pub state_dir: PathBuf,
    /// Go on where a position lies outside the log, and record the gap.
    pub accept_loss: bool,
    /// Leave out rows that are in the files already instead of stopping.
    pub skip_repeats: bool,
    /// Seal files with other columns and begin new ones instead of refusing them.
    pub rotate: bool,
    /// Act as if [`StopLevel::ToEnd`](crate::stop::StopLevel::ToEnd) was raised at the start.
    pub stop_at_end: bool,
    /// How long the cluster may be out of reach before the task gives up; `None`: for ever.
    pub wait: Option<Duration>,
    /// Age of the oldest row at which the files are committed.
    pub linger: Duration,
    /// Rows after which the files are committed.
    pub records_max: usize,
}

impl SinkConfig {
    /// The defaults: group `sink-group`, waits for the cluster for ever.
    pub fn new(
        client: ClientOptions,
        plans: Arc<Plans>,
        output_dir: PathBuf,
        state_dir: PathBuf,
    ) -> Self {
        Self {
            client,
            plans,
            topics: OutputTopics::default(),
            group: "sink-group".into(),
            output_dir,
            state_dir,
            accept_loss: false,
            skip_repeats: false,
            rotate: false,
            stop_at_end: false,
            wait: None,
            linger: Duration::from_millis(limits::SINK_LINGER_MS),
            records_max: limits::SINK_RECORDS_MAX,
        }
    }
}

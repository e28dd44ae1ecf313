//! What the tasks count, and under which names it is published: the one place for all of it.
//!
//! Labels are bounded: streams and topics come from the definitions, reasons from
//! [`Reason::all`], partitions from the cluster. Counters are plain atomics that tasks add to once
//! per batch, never per record.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sluicebox_event::{Plans, Reason};
use sluicebox_kafka::KafkaError;

use crate::histogram::Histogram;
use crate::state::{SharedStatus, TaskState, TaskStatus};

/// Published names (Prometheus conventions: `sluicebox_<part>_<what>_<unit>_total`).
pub mod names {
    /// Records read from a source topic and committed. Label: stream.
    pub const PROCESS_READ: &str = "sluicebox_process_read_records_total";
    /// Records written to the processed topic and committed. Label: stream.
    pub const PROCESS_PROCESSED: &str = "sluicebox_process_processed_records_total";
    /// Records written to the dead-letter topic and committed. Labels: stream, reason.
    pub const PROCESS_DEAD: &str = "sluicebox_process_dead_records_total";
    /// Fields that no definition names, ignored. Label: stream.
    pub const PROCESS_IGNORED_FIELDS: &str = "sluicebox_process_ignored_fields_total";
    /// Committed transactions.
    pub const PROCESS_TRANSACTIONS: &str = "sluicebox_process_transactions_total";
    /// Transactions that were thrown away and done again.
    pub const PROCESS_ABORTED: &str = "sluicebox_process_aborted_transactions_total";
    /// Times that transactional producers were rebuilt.
    pub const PROCESS_REBUILDS: &str = "sluicebox_process_producer_rebuilds_total";
    /// Offsets given up with `--accept-loss`. Label: part.
    pub const LOST_OFFSETS: &str = "sluicebox_lost_offsets_total";
    /// Records between a position and the end of its partition. Labels: part, topic, partition.
    pub const LAG: &str = "sluicebox_lag_records";
    /// Durable rows. Label: file.
    pub const SINK_ROWS: &str = "sluicebox_sink_rows_total";
    /// Durable bytes. Label: file.
    pub const SINK_BYTES: &str = "sluicebox_sink_bytes_total";
    /// Durable commits of the files.
    pub const SINK_COMMITS: &str = "sluicebox_sink_commits_total";
    /// Records left out because their rows are in the files already (`--skip-repeats`).
    pub const SINK_REPEATS: &str = "sluicebox_sink_repeats_total";
    /// Commits that failed for want of disk space and are tried again.
    pub const SINK_DISK_FULL: &str = "sluicebox_sink_disk_full_total";
    /// Seconds from the source record's timestamp to its durable row.
    pub const END_TO_END: &str = "sluicebox_end_to_end_seconds";
    /// The state of a part as a number; see `TaskState`. Label: part.
    pub const STATE: &str = "sluicebox_task_state";
}

/// A counter that only goes up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        if n > 0 {
            self.0.fetch_add(n, Ordering::Relaxed);
        }
    }

    /// The count now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All counters of a process. Shared by `Arc`; one for all instances and the sink.
#[derive(Debug)]
pub struct Metrics {
    /// Per stream, by `StreamId`.
    pub streams: Vec<StreamMetrics>,
    /// Per file: the streams' files by `StreamId`, then `dead_letters.csv`.
    pub files: Vec<FileMetrics>,
    /// See [`names::PROCESS_TRANSACTIONS`].
    pub transactions: Counter,
    /// See [`names::PROCESS_ABORTED`].
    pub aborted: Counter,
    /// See [`names::PROCESS_REBUILDS`].
    pub rebuilds: Counter,
    /// See [`names::SINK_COMMITS`].
    pub sink_commits: Counter,
    /// See [`names::SINK_REPEATS`].
    pub sink_repeats: Counter,
    /// See [`names::SINK_DISK_FULL`].
    pub sink_disk_full: Counter,
    /// What the processor's part has at [`names::LOST_OFFSETS`].
    pub process_lost_offsets: Counter,
    /// What the sink's part has at [`names::LOST_OFFSETS`].
    pub sink_lost_offsets: Counter,
    /// See [`names::END_TO_END`].
    pub end_to_end: Histogram,
    /// Lags of the processor's partitions.
    pub process_lag: Lags,
    /// Lags of the sink's partitions.
    pub sink_lag: Lags,
    process_states: Vec<SharedStatus>,
    sink_state: SharedStatus,
}

/// What happened to one stream's records.
#[derive(Debug)]
pub struct StreamMetrics {
    /// The stream's name.
    pub name: String,
    /// See [`names::PROCESS_READ`].
    pub read: Counter,
    /// See [`names::PROCESS_PROCESSED`].
    pub processed: Counter,
    /// See [`names::PROCESS_DEAD`]; in the order of [`Reason::all`].
    pub dead: Vec<Counter>,
    /// See [`names::PROCESS_IGNORED_FIELDS`].
    pub ignored_fields: Counter,
}

impl StreamMetrics {
    /// Dead letters of all reasons together.
    pub fn dead_total(&self) -> u64 {
        self.dead.iter().map(Counter::get).sum()
    }

    /// Dead letters by reason code, those that occurred.
    pub fn dead_by_reason(&self) -> Vec<(&'static str, u64)> {
        let counts = Reason::all().iter().zip(&self.dead);
        counts
            .map(|(reason, n)| (reason.code(), n.get()))
            .filter(|(_, n)| *n > 0)
            .collect()
    }
}

/// One output file.
#[derive(Debug)]
pub struct FileMetrics {
    /// The file's name.
    pub name: String,
    /// Rows made durable by this process.
    pub rows: Counter,
    /// Bytes made durable by this process.
    pub bytes: Counter,
    /// Committed length in bytes, rows of earlier runs and the header included.
    pub length: AtomicU64,
}

/// Lag per (topic, partition). Written a few times a second.
#[derive(Debug, Default)]
pub struct Lags(Mutex<BTreeMap<(String, i32), i64>>);

impl Lags {
    /// Sets the lag of a partition, in records.
    pub fn set(&self, topic: &str, partition: i32, lag: i64) {
        let mut lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(present) = lags.get_mut(&(topic.to_owned(), partition)) {
            *present = lag;
        } else {
            lags.insert((topic.to_owned(), partition), lag);
        }
    }

    /// Forgets a partition that was given away.
    pub fn forget(&self, topic: &str, partition: i32) {
        let mut lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.remove(&(topic.to_owned(), partition));
    }

    /// The sum over all partitions.
    pub fn total(&self) -> i64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .sum()
    }

    /// All lags, by topic and partition.
    pub fn all(&self) -> Vec<(String, i32, i64)> {
        let lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.iter()
            .map(|((topic, partition), lag)| (topic.clone(), *partition, *lag))
            .collect()
    }
}

impl Metrics {
    /// Counters for these streams and this many processor instances.
    pub fn new(plans: &Plans, instances: usize) -> Self {
        let streams = plans.streams().iter().map(|stream| StreamMetrics {
            name: stream.name().to_owned(),
            read: Counter::default(),
            processed: Counter::default(),
            dead: Reason::all().iter().map(|_| Counter::default()).collect(),
            ignored_fields: Counter::default(),
        });
        let letters = sluicebox_event::dead_letter::DEAD_LETTERS_FILE.to_owned();
        let names = plans
            .streams()
            .iter()
            .map(sluicebox_event::StreamPlan::file_name);
        let files = names.chain([letters]).map(|name| FileMetrics {
            name,
            rows: Counter::default(),
            bytes: Counter::default(),
            length: AtomicU64::new(0),
        });
        Self {
            streams: streams.collect(),
            files: files.collect(),
            transactions: Counter::default(),
            aborted: Counter::default(),
            rebuilds: Counter::default(),
            sink_commits: Counter::default(),
            sink_repeats: Counter::default(),
            sink_disk_full: Counter::default(),
            process_lost_offsets: Counter::default(),
            sink_lost_offsets: Counter::default(),
            end_to_end: Histogram::default(),
            process_lag: Lags::default(),
            sink_lag: Lags::default(),
            process_states: (0..instances).map(|_| SharedStatus::default()).collect(),
            sink_state: SharedStatus::default(),
        }
    }

    /// Records read by the processor and committed, over all streams.
    pub fn read_total(&self) -> u64 {
        self.streams.iter().map(|stream| stream.read.get()).sum()
    }

    /// Records processed and committed, over all streams.
    pub fn processed_total(&self) -> u64 {
        self.streams
            .iter()
            .map(|stream| stream.processed.get())
            .sum()
    }

    /// Dead letters written and committed, over all streams.
    pub fn dead_total(&self) -> u64 {
        self.streams.iter().map(StreamMetrics::dead_total).sum()
    }

    /// Durable rows of this process, over all files.
    pub fn rows_total(&self) -> u64 {
        self.files.iter().map(|file| file.rows.get()).sum()
    }

    /// The state of a processor instance; [`TaskState::Starting`] for one that does not exist.
    pub fn process_state(&self, instance: usize) -> TaskState {
        let status = self.process_states.get(instance);
        status.map_or(TaskState::Starting, SharedStatus::state)
    }

    /// The states of all processor instances.
    pub fn process_states(&self) -> Vec<TaskState> {
        self.process_states
            .iter()
            .map(SharedStatus::state)
            .collect()
    }

    /// The sink's state.
    pub fn sink_state(&self) -> TaskState {
        self.sink_state.state()
    }

    /// What all processor instances do, and what those that wait wait for.
    pub fn process_statuses(&self) -> Vec<TaskStatus> {
        self.process_states.iter().map(SharedStatus::get).collect()
    }

    /// What the sink does, and what it waits for.
    pub fn sink_status(&self) -> TaskStatus {
        self.sink_state.get()
    }

    pub(crate) fn set_process_state(&self, instance: usize, state: TaskState) {
        self.set_process_waiting(instance, state, None);
    }

    pub(crate) fn set_process_waiting(
        &self,
        instance: usize,
        state: TaskState,
        waits_for: Option<String>,
    ) {
        if let Some(status) = self.process_states.get(instance) {
            status.set(state, waits_for);
        }
    }

    pub(crate) fn set_sink_state(&self, state: TaskState) {
        self.sink_state.set(state, None);
    }

    pub(crate) fn set_sink_waiting(&self, state: TaskState, waits_for: Option<String>) {
        self.sink_state.set(state, waits_for);
    }

    /// A request of an instance failed and is made again, or succeeded in the end.
    pub(crate) fn process_asks(&self, instance: usize, failure: Option<&KafkaError>) {
        let (state, waits_for) = asking(failure);
        self.set_process_waiting(instance, state, waits_for);
    }

    /// A request of the sink failed and is made again, or succeeded in the end.
    pub(crate) fn sink_asks(&self, failure: Option<&KafkaError>) {
        let (state, waits_for) = asking(failure);
        self.set_sink_waiting(state, waits_for);
    }
}

fn asking(failure: Option<&KafkaError>) -> (TaskState, Option<String>) {
    match failure {
        Some(error) => (TaskState::WaitingForCluster, Some(error.to_string())),
        None => (TaskState::Joining, None),
    }
}

//! Tests of the log on a real directory.

mod append;
mod faults;
mod power;
mod recovery;
mod transactions;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::BytesMut;
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use super::batch::{BatchHeader, check_produced};
use super::{AppendError, Appended, LogContext, LogSettings, PartitionLog};
use crate::clock::SystemClock;
use crate::config::Durability;
use crate::fatal::Fatal;
use crate::storage::{DiskStorage, Storage};
use crate::sync::Syncer;

/// A producer for tests.
#[derive(Clone, Copy)]
pub(crate) struct From {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
    pub(crate) sequence: i32,
    pub(crate) transactional: bool,
}

/// Nobody in particular.
pub(super) const ANYONE: From = From {
    id: -1,
    epoch: -1,
    sequence: -1,
    transactional: false,
};

pub(super) const SETTINGS: LogSettings = LogSettings {
    segment_bytes: 1 << 20,
    segment_ms: u64::MAX,
    retention_ms: -1,
    retention_bytes: -1,
    log_append_time: false,
};

/// One record; its value is its timestamp.
fn record(from: From, index: i32, timestamp: i64) -> Record {
    Record {
        transactional: from.transactional,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: from.id,
        producer_epoch: from.epoch,
        timestamp_type: TimestampType::Creation,
        offset: i64::from(index),
        sequence: from.sequence + index,
        timestamp,
        key: None,
        value: Some(timestamp.to_string().into()),
        headers: <_>::default(),
    }
}

/// A batch of records with these timestamps.
pub(crate) fn batch(from: From, compression: Compression, timestamps: &[i64]) -> Vec<u8> {
    let records: Vec<Record> = (0..)
        .zip(timestamps)
        .map(|(index, at)| record(from, index, *at))
        .collect();
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions {
        version: 2,
        compression,
    };
    RecordBatchEncoder::encode(&mut bytes, &records, &options).expect("a batch");
    bytes.to_vec()
}

/// The header of a batch of one record.
pub(crate) fn header(from: From) -> BatchHeader {
    check_produced(&batch(from, Compression::None, &[1]), usize::MAX).expect("a batch")
}

/// A log with the threads that sync it.
pub(super) struct TestLog {
    pub(super) log: Arc<PartitionLog>,
    syncer: Syncer,
    threads: Vec<JoinHandle<()>>,
}

pub(super) fn context() -> (LogContext, Vec<JoinHandle<()>>) {
    context_on(Arc::new(DiskStorage), Durability::Synced)
}

fn context_on(
    storage: Arc<dyn Storage>,
    durability: Durability,
) -> (LogContext, Vec<JoinHandle<()>>) {
    let (syncer, threads) = Syncer::start(durability, Arc::new(Fatal::new())).expect("threads");
    let clock = Arc::new(SystemClock);
    (
        LogContext {
            storage,
            syncer,
            clock,
        },
        threads,
    )
}

impl TestLog {
    pub(super) fn create(dir: &Path, settings: LogSettings) -> Self {
        Self::create_on(Arc::new(DiskStorage), Durability::Synced, dir, settings)
    }

    pub(super) fn create_on(
        storage: Arc<dyn Storage>,
        durability: Durability,
        dir: &Path,
        settings: LogSettings,
    ) -> Self {
        let (context, threads) = context_on(storage, durability);
        let log = PartitionLog::create(&context, "t-0", dir, settings).expect("a new log");
        Self {
            log,
            syncer: context.syncer,
            threads,
        }
    }

    pub(super) fn open(dir: &Path, settings: LogSettings) -> Result<Self, super::OpenLogError> {
        let (context, threads) = context();
        let opened = PartitionLog::open(&context, "t-0", dir, settings);
        if opened.is_err() {
            context.syncer.stop();
        }
        Ok(Self {
            log: opened?,
            syncer: context.syncer,
            threads,
        })
    }

    /// Appends and waits for the disk.
    pub(super) fn append(&self, bytes: &[u8]) -> Result<Appended, AppendError> {
        let header: BatchHeader = check_produced(bytes, 0)?;
        let appended = self.log.append(bytes, &header, || Ok(()))?;
        Self::wait(self.log.durable(appended.next_offset))?;
        Ok(appended)
    }

    pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(future)
    }

    /// As a crash of the process leaves it.
    pub(super) fn crash(mut self) {
        self.syncer.stop();
        for thread in self.threads.drain(..) {
            thread.join().expect("a sync thread");
        }
    }
}

impl Drop for TestLog {
    fn drop(&mut self) {
        self.syncer.stop();
    }
}

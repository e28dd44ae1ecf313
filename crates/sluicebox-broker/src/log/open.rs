//! Making and opening a partition's log.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::error::OpenLogError;
use super::format::{self, SEGMENT_HEADER_BYTES};
use super::partition::{LogSettings, PartitionLog, State};
use super::recovery::Recovery;
use super::refused::RefusedBatches;
use super::segment::Segment;
use super::waiters::Waiters;
use crate::clock::Clock;
use crate::storage::Storage;
use crate::sync::Syncer;

/// What a log needs from its broker.
#[derive(Clone)]
pub(crate) struct LogContext {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) syncer: Syncer,
    pub(crate) clock: Arc<dyn Clock>,
}

impl PartitionLog {
    /// Makes the log of a new partition, durably.
    pub(crate) fn create(
        context: &LogContext,
        name: &str,
        dir: &Path,
        settings: LogSettings,
    ) -> Result<Arc<Self>, OpenLogError> {
        let io = |source| OpenLogError::Io {
            path: dir.to_owned(),
            source,
        };
        let storage = context.storage.as_ref();
        storage.create_dir_all(dir).map_err(io)?;
        let segment = Segment::create(storage, dir, 0, context.clock.now_ms()).map_err(io)?;
        segment
            .file
            .as_ref()
            .map_or(Ok(()), |file| file.sync_data())
            .map_err(io)?;
        storage.sync_dir(dir).map_err(io)?;
        Self::open(context, name, dir, settings)
    }

    /// Opens the log of a partition that exists.
    ///
    /// # Errors
    /// Damage that is no torn tail; the disk.
    pub(crate) fn open(
        context: &LogContext,
        name: &str,
        dir: &Path,
        settings: LogSettings,
    ) -> Result<Arc<Self>, OpenLogError> {
        let storage = context.storage.as_ref();
        let recovered = Recovery::run(storage, dir, context.clock.now_ms())?;
        let io = |source| OpenLogError::Io {
            path: dir.to_owned(),
            source,
        };
        let log_start = recovered.log_start().map_err(io)?;
        let Recovery {
            mut facts,
            next_offset,
            segments,
            ..
        } = recovered;
        facts.transactions.made_durable(next_offset);
        facts.transactions.trim(log_start);
        Ok(Arc::new(Self {
            name: name.to_owned(),
            dir: dir.to_owned(),
            storage: context.storage.clone(),
            syncer: context.syncer.clone(),
            clock: context.clock.clone(),
            state: Mutex::new(State {
                segments,
                facts,
                settings,
                log_start,
                next_offset,
                synced_offset: next_offset,
                high_watermark: next_offset,
                unsynced: Vec::new(),
                dir_unsynced: false,
                pending: Vec::new(),
                queued: false,
                failed: false,
                deleted: false,
                refused: RefusedBatches::default(),
                recent_ends: VecDeque::new(),
            }),
            waiters: Waiters::default(),
        }))
    }
}

/// Whether any partition in a topic's directory has records.
pub(crate) fn holds_records(storage: &dyn Storage, topic_dir: &Path) -> bool {
    let list = |dir: &Path| storage.list(dir).unwrap_or_default();
    let length = |path: &Path| storage.open_read(path).and_then(|file| file.len());
    list(topic_dir)
        .iter()
        .flat_map(|partition| list(partition))
        .filter(|path| format::segment_base(path).is_some())
        .any(|segment| length(&segment).unwrap_or(0) > SEGMENT_HEADER_BYTES as u64)
}

//! Commits of the files, and what happens while the disk is full.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sluicebox_faults::point;
use sluicebox_sink::CommitError;

use super::task::SinkTask;
use crate::backoff::Backoff;
use crate::clock::now_ms;
use crate::error::PipelineError;
use crate::limits::REQUEST_TIMEOUT_MS;
use crate::state::TaskState;

/// Whether there is room on the disk.
#[derive(Debug, Default)]
pub(super) struct DiskTrouble {
    full: Option<(Backoff, Instant)>,
}

impl DiskTrouble {
    /// Whether the last commit found no room.
    pub(super) fn is_full(&self) -> bool {
        self.full.is_some()
    }

    fn is_time_to_try(&self) -> bool {
        self.full
            .as_ref()
            .is_none_or(|(_, next)| Instant::now() >= *next)
    }
}

impl SinkTask {
    /// Makes all rows durable, with the positions past transaction markers, and tells the group.
    pub(super) fn commit(&mut self) -> Result<(), PipelineError> {
        // The client's positions are past what it handed out: ours only when all of that is
        // appended.
        if self.held.is_empty() {
            self.advance_past_markers();
        }
        self.commit_rows()
    }

    /// Makes all rows durable and tells the group. While the disk is full the rows stay where
    /// they are, nothing more is fetched, and the commit is tried again now and then: polling goes
    /// on, so that the membership is kept.
    pub(super) fn commit_rows(&mut self) -> Result<(), PipelineError> {
        if !self.disk.is_time_to_try() {
            return Ok(());
        }
        let committed = match self.layout.commit() {
            Ok(committed) => committed,
            Err(error @ CommitError::DiskFull { .. }) => return self.disk_is_full(&error),
            Err(CommitError::Fatal(error)) => return Err(PipelineError::Write(error.to_string())),
        };
        if self.disk.full.take().is_some() {
            tracing::info!("there is room on the disk again; writing goes on");
            let Self {
                consumer,
                patience,
                assigned,
                ..
            } = self;
            let wait = Duration::from_millis(REQUEST_TIMEOUT_MS);
            patience.retry(|_| {}, || consumer.resume(assigned, wait))?;
            self.metrics.set_sink_state(TaskState::Running);
        }
        if committed.rows > 0 {
            self.metrics.sink_commits.add(1);
        }
        self.publish_rows();
        self.began = None;
        let offsets = self.next_offsets();
        point!("sink.offsets.before");
        self.consumer
            .commit_hint_noted(&offsets, self.notes.by_topic());
        point!("sink.offsets.after");
        Ok(())
    }

    fn disk_is_full(&mut self, error: &CommitError) -> Result<(), PipelineError> {
        self.metrics.sink_disk_full.add(1);
        let reason = Some(error.to_string());
        self.metrics.set_sink_waiting(TaskState::DiskFull, reason);
        let first = self.disk.full.is_none();
        let (backoff, next) = self
            .disk
            .full
            .get_or_insert_with(|| (Backoff::new(), Instant::now()));
        *next = Instant::now() + backoff.pause();
        if backoff.complains() {
            tracing::error!(%error, "the disk is full");
        }
        if first {
            self.consumer.pause(&self.assigned)?;
        }
        Ok(())
    }

    fn publish_rows(&mut self) {
        let files = self.metrics.files.iter().zip(&self.layout.state().files);
        for ((metrics, file), rows) in files.zip(&mut self.rows) {
            let before = metrics.length.swap(file.length, Ordering::Relaxed);
            metrics.bytes.add(file.length.saturating_sub(before));
            metrics.rows.add(std::mem::take(rows));
        }
        let now = now_ms();
        for timestamp in self.timestamps.drain(..) {
            self.metrics.end_to_end.record_ms(now - timestamp);
        }
    }
}

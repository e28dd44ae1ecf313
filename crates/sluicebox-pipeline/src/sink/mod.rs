//! The sink task, layout `single`: processed data and dead letters -> rows, exactly once.
//!
//! The disk is the truth: the manifest says which rows count and where reading goes on; the
//! group's offsets are a hint. The lock on the directory comes first, the group second: a sink on
//! a directory that another one holds is a standby, and no member.

mod disk;
mod lag;
mod membership;
mod open;
mod rejoin;
mod rows;
mod standing;
mod task;

use std::sync::Arc;

use crate::backoff::Backoff;
use crate::config::SinkConfig;
use crate::error::PipelineError;
use crate::metrics::Metrics;
use crate::state::TaskState;
use crate::stop::{StopLevel, StopSignal};
use open::Opened;
use task::SinkTask;

/// Runs the sink until it is told to stop, or reaches the end it is to stop at.
///
/// # Errors
/// Whatever cannot be waited out. After a failed sync the process must end: what is on the disk is
/// known again after the next start only.
pub fn run(
    config: &SinkConfig,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<(), PipelineError> {
    let result = open_when_there_is_room(config, stop, metrics)
        .and_then(|opened| opened.map_or(Ok(()), |opened| SinkTask::start(opened)?.run()));
    let state = if result.is_ok() {
        TaskState::Stopped
    } else {
        TaskState::Failed
    };
    metrics.set_sink_state(state);
    if let Err(error) = &result {
        tracing::debug!(%error, "the sink stops");
    }
    result
}

/// Opens the directory; a disk that is full is waited for, as while writing. `None`: told to stop
/// before that was done.
fn open_when_there_is_room(
    config: &SinkConfig,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<Option<Opened>, PipelineError> {
    let mut backoff = Backoff::new();
    loop {
        let error = match open::open(config.clone(), stop, metrics) {
            Err(error) if error.is_disk_full() => error,
            opened => {
                if backoff.tries() > 0 && opened.is_ok() {
                    tracing::info!("there is room on the disk; the sink starts");
                }
                return opened;
            }
        };
        metrics.sink_disk_full.add(1);
        metrics.set_sink_state(TaskState::DiskFull);
        if backoff.complains() {
            tracing::error!(%error, "the disk is full; the sink starts when there is room");
        }
        if stop.sleep(backoff.pause()) >= StopLevel::Drain {
            return Ok(None);
        }
    }
}

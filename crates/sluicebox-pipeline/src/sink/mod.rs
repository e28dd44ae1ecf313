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
mod task;

use std::sync::Arc;

use crate::config::SinkConfig;
use crate::error::PipelineError;
use crate::metrics::Metrics;
use crate::state::TaskState;
use crate::stop::StopSignal;
use task::SinkTask;

/// Runs the sink until it is told to stop, or reaches the end it is to stop at.
///
/// # Errors
/// Whatever cannot be waited out. After a failed sync the process must end: what is on the disk is
/// known again after the next start only.
pub fn run(
    config: SinkConfig,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<(), PipelineError> {
    let result = open::open(config, stop, metrics)
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

//! The processor: source topics -> plan -> processed data or dead letters, exactly once.
//!
//! Each instance is a member of the group on a thread of its own:
//!
//! ```text
//! instance thread   poll -> plan -> fill a batch --+--> lane a: send, acknowledged, commit
//!                                                  +--> lane b: the next one, in order
//! ```
//!
//! Outputs and source offsets are in one transaction, so that every input offset gives exactly one
//! output record. Whatever goes wrong in a lane, both producers are thrown away, and reading goes
//! on at the group's committed offsets: they alone say what has happened.

mod batch;
mod ending;
mod instance;
mod lag;
mod lane;
mod lanes;
mod letter;
pub(crate) mod process;
mod rebalance;
mod recovery;
mod resume;
mod sources;
mod start;
mod submit;
mod turn;

use std::sync::Arc;

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::metrics::Metrics;
use crate::state::TaskState;
use crate::stop::{StopLevel, StopSignal};
use instance::Instance;

/// Runs all instances until they are told to stop, or reach the end they are to stop at.
///
/// # Errors
/// The first failure of an instance; it raises [`StopLevel::Drain`] on `stop`, so that the other
/// instances commit what they have and return as well.
pub fn run(
    config: ProcessorConfig,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<(), PipelineError> {
    let config = Arc::new(config);
    let mut threads = Vec::new();
    let mut first = None;
    for number in 0..config.instances.max(1) {
        let name = format!("process-{number}");
        let (config, stop, metrics) = (Arc::clone(&config), stop.clone(), Arc::clone(metrics));
        let run = move || run_instance(number, &config, &stop, &metrics);
        match std::thread::Builder::new().name(name.clone()).spawn(run) {
            Ok(thread) => threads.push((name, thread)),
            Err(source) => first = Some(PipelineError::Thread { name, source }),
        }
    }
    if first.is_some() {
        stop.raise(StopLevel::Drain);
    }
    for (name, thread) in threads {
        let result = thread
            .join()
            .unwrap_or(Err(PipelineError::Panicked { name }));
        if let Err(error) = result {
            stop.raise(StopLevel::Drain);
            first = first.or(Some(error));
        }
    }
    first.map_or(Ok(()), Err)
}

fn run_instance(
    number: usize,
    config: &Arc<ProcessorConfig>,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<(), PipelineError> {
    let result = Instance::start(
        number,
        Arc::clone(config),
        stop.clone(),
        Arc::clone(metrics),
    )
    .and_then(|instance| instance.map_or(Ok(()), Instance::run));
    let state = if result.is_ok() {
        TaskState::Stopped
    } else {
        TaskState::Failed
    };
    metrics.set_process_state(number, state);
    if let Err(error) = &result {
        tracing::debug!(instance = number, %error, "the processor instance stops");
        stop.raise(StopLevel::Drain);
    }
    result
}

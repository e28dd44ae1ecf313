//! `status --ready`: whether what runs here works, for health checks.

use std::path::Path;

use sluicebox_pipeline::state::TaskState;

use super::problems;
use super::running::{self, Running};
use crate::exit::{Failure, Outcome};

/// A standby does what it is there for, and who drains does not take partitions any more but works.
const READY: [TaskState; 3] = [TaskState::Running, TaskState::Standby, TaskState::Draining];

pub(crate) fn check(state_dir: &Path) -> Outcome {
    let running = running::on_this_machine(state_dir);
    match not_ready(&running) {
        None if running.is_empty() => Err(Failure::Failed(problems::report(
            format!(
                "nothing runs here with the state directory {}",
                state_dir.display()
            ),
            Some(
                "processors and sinks tell it there what they do: give --state-dir as they have it",
            ),
        ))),
        None => Ok(()),
        Some(reason) => Err(Failure::Failed(problems::report(reason, None::<String>))),
    }
}

/// What the first part that does not work says.
fn not_ready(running: &[Running]) -> Option<String> {
    let works = |part: &&Running| READY.iter().any(|ready| ready.describe() == part.state);
    let part = running.iter().find(|part| !works(part))?;
    let Running {
        part,
        state,
        since,
        waits_for,
        ..
    } = part;
    let reason = waits_for.as_ref().map(|reason| format!(": {reason}"));
    let reason = reason.unwrap_or_default();
    Some(format!(
        "{part} is not ready, since {since}: {state}{reason}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(state: TaskState) -> Running {
        Running {
            part: "sink".to_owned(),
            pid: 1,
            state: state.describe().to_owned(),
            waits_for: None,
            since: "2026-11-27T10:00:00Z".to_owned(),
        }
    }

    #[test]
    fn who_works_or_stands_by_is_ready() {
        assert_eq!(not_ready(&READY.map(part)), None);
    }

    #[test]
    fn one_that_waits_is_enough_and_says_what_for() {
        let waiting = Running {
            waits_for: Some("nobody answers".to_owned()),
            ..part(TaskState::WaitingForCluster)
        };
        let said = not_ready(&[part(TaskState::Running), waiting]).unwrap();
        assert_eq!(
            said,
            "sink is not ready, since 2026-11-27T10:00:00Z: waiting for the cluster: nobody answers"
        );
        for state in [
            TaskState::Starting,
            TaskState::Joining,
            TaskState::DiskFull,
            TaskState::Failed,
        ] {
            assert!(not_ready(&[part(state)]).is_some(), "{state:?}");
        }
    }

    #[test]
    fn where_nothing_runs_nothing_is_ready() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check(dir.path()).is_err());
    }
}

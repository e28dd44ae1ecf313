//! What a task is doing, for people and health checks.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskState {
    /// Not running yet.
    #[default]
    Starting,
    /// Another sink holds the output directory; this one takes over when it ends.
    Standby,
    /// Connected or connecting, waiting for partitions.
    Joining,
    /// Works.
    Running,
    /// The cluster cannot be reached, or refuses for now; tried again and again.
    WaitingForCluster,
    /// The disk is full; tried again and again.
    DiskFull,
    /// Finishing what is at hand.
    Draining,
    /// Ended as asked.
    Stopped,
    /// Ended by an error.
    Failed,
}

impl TaskState {
    /// The state in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Standby => "standby: another sink holds the output directory",
            Self::Joining => "joining the group",
            Self::Running => "running",
            Self::WaitingForCluster => "waiting for the cluster",
            Self::DiskFull => "waiting for disk space",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What a task is doing, and what it waits for, if it waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskStatus {
    /// The state.
    pub state: TaskState,
    /// What went wrong last, while the state is one of waiting.
    pub waits_for: Option<String>,
}

impl std::fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.state.fmt(f)?;
        match &self.waits_for {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// A task's status, shared. Written on changes and a few times a second.
#[derive(Debug, Default)]
pub(crate) struct SharedStatus(Mutex<TaskStatus>);

impl SharedStatus {
    pub(crate) fn get(&self) -> TaskStatus {
        self.lock().clone()
    }

    pub(crate) fn state(&self) -> TaskState {
        self.lock().state
    }

    pub(crate) fn set(&self, state: TaskState, waits_for: Option<String>) {
        *self.lock() = TaskStatus { state, waits_for };
    }

    fn lock(&self) -> MutexGuard<'_, TaskStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for TaskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_it_waits_for() {
        let shared = SharedStatus::default();
        shared.set(TaskState::WaitingForCluster, Some("nobody answers".into()));
        assert_eq!(
            shared.get().to_string(),
            "waiting for the cluster: nobody answers"
        );
        shared.set(TaskState::Running, None);
        assert_eq!(shared.get().to_string(), "running");
    }
}

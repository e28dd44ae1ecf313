//! What a task is doing, for people and health checks.

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum TaskState {
    /// Not running yet.
    #[default]
    Starting = 0,
    /// Another sink holds the output directory; this one takes over when it ends.
    Standby = 1,
    /// Connected or connecting, waiting for partitions.
    Joining = 2,
    /// Works.
    Running = 3,
    /// The cluster cannot be reached, or refuses for now; tried again and again.
    WaitingForCluster = 4,
    /// The disk is full; tried again and again.
    DiskFull = 5,
    /// Finishing what is at hand.
    Draining = 6,
    /// Ended as asked.
    Stopped = 7,
    /// Ended by an error.
    Failed = 8,
}

impl TaskState {
    pub(crate) fn from_u8(state: u8) -> Self {
        match state {
            1 => Self::Standby,
            2 => Self::Joining,
            3 => Self::Running,
            4 => Self::WaitingForCluster,
            5 => Self::DiskFull,
            6 => Self::Draining,
            7 => Self::Stopped,
            8 => Self::Failed,
            _ => Self::Starting,
        }
    }

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

impl std::fmt::Display for TaskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_survive_the_way_through_a_number() {
        for number in 0..=8 {
            assert_eq!(TaskState::from_u8(number) as u8, number);
        }
    }
}

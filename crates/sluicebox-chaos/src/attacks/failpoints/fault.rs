//! The faults that there are: an action at a failpoint, and how a process is brought to it.

use sluicebox_faults::points::{POINTS, Part, Point};

/// Exit code of a process that aborted: 128 and the signal.
const ABORTED: i32 = 134;
/// Exit code of a process that gave up with a message.
const FAILED: i32 = 1;
const DELAY_MS: u64 = 60;

/// What happens at the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Crash,
    Error,
    Delay,
}

/// How a process comes by a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By itself, all the time.
    Steady,
    /// When it starts.
    Start,
    /// When it starts after a crash at another point.
    StartAfter(&'static str),
    /// After an error at another point.
    Error(&'static str),
    /// When the group changes.
    Rebalance,
    /// When it wakes and its session is over.
    Sleep,
    /// In a directory that has no files yet.
    NewDirectory,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) point: &'static Point,
    pub(super) action: Action,
}

impl Fault {
    /// All faults in a process of this part, or in a sink on a new directory.
    pub(super) fn all(part: Part, new_directory: bool) -> Vec<Self> {
        let points = POINTS.iter().filter(|point| point.part == part);
        let faults = points.flat_map(|point| {
            let actions = [Action::Crash, Action::Error, Action::Delay].into_iter();
            let possible = actions.filter(|action| point.fails || *action != Action::Error);
            possible.map(move |action| Self { point, action })
        });
        faults
            .filter(|fault| (fault.way() == Way::NewDirectory) == new_directory)
            .collect()
    }

    pub(super) fn way(&self) -> Way {
        let name = self.point.name;
        match name {
            "process.rewind.before" => Way::Error("process.send.before"),
            "process.revoke.before" | "process.revoke.settled" => Way::Rebalance,
            "sink.revoke.before" => Way::Sleep,
            "sink.open.cut" | "sink.open.cut.sync" => Way::StartAfter("sink.rows.sync"),
            "broker.transaction.resume" => Way::StartAfter("broker.transaction.decided"),
            // The world sees to it that some log rolls every second.
            "broker.log.roll" => Way::Steady,
            _ if name.starts_with("sink.create.") => Way::NewDirectory,
            _ if self.point.steady => Way::Steady,
            _ => Way::Start,
        }
    }

    /// What to write into the failpoints of the process.
    pub(super) fn setting(&self) -> String {
        format!("{}=1*{}", self.point.name, self.action_text())
    }

    /// For the count: `crash at sink.rows.sync`.
    pub(super) fn kind(&self) -> String {
        format!("{} at {}", self.action_text(), self.point.name)
    }

    /// What the process says when it happens.
    pub(super) fn mark(&self) -> String {
        format!("sluicebox-faults: {}", self.kind())
    }

    /// The exit code that the process must end with; `None`: it must go on by itself.
    pub(super) fn ends_with(&self) -> Option<i32> {
        match self.action {
            Action::Crash => Some(ABORTED),
            // What fails on the sink's disk cannot be waited for: after a failed sync nobody knows
            // what is there, and what does not open is refused. The next start recovers.
            Action::Error if self.point.part == Part::Sink => Some(FAILED),
            Action::Error if self.point.step() == "sync" => Some(FAILED),
            Action::Error | Action::Delay => None,
        }
    }

    fn action_text(&self) -> String {
        match self.action {
            Action::Crash => "crash".to_owned(),
            Action::Error => "error".to_owned(),
            Action::Delay => format!("delay({DELAY_MS})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failpoint_is_attacked_in_every_way_it_allows() {
        let parts = [Part::Process, Part::Sink, Part::Broker];
        let ways = parts.map(|part| [Fault::all(part, false), Fault::all(part, true)]);
        let faults: Vec<Fault> = ways.into_iter().flatten().flatten().collect();
        let failing = POINTS.iter().filter(|point| point.fails).count();
        assert_eq!(faults.len(), POINTS.len() * 2 + failing);
    }

    #[test]
    fn a_failed_sync_ends_the_process_and_a_lost_request_does_not() {
        let find = |name: &str| {
            let all = POINTS.iter().find(|point| point.name == name);
            let point = all.expect("a point");
            let action = Action::Error;
            Fault { point, action }.ends_with()
        };
        assert_eq!(find("sink.rows.sync"), Some(FAILED));
        assert_eq!(find("broker.journal.sync"), Some(FAILED));
        assert_eq!(find("broker.log.append"), None);
        assert_eq!(find("process.commit.sent"), None);
    }
}

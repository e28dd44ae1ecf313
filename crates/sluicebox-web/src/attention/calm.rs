//! What is said when nothing needs a person: it need not be that all is well.

use sluicebox_pipeline::state::TaskState;

use crate::flow::{Flow, PartFlow};

/// Offsets per second below which nothing is said to move.
pub(super) const STANDS_STILL_RATE: f64 = 0.1;

/// The sentence, and whether it is that all is well.
pub(crate) fn calm(flow: &Flow) -> (&'static str, bool) {
    let parts = [&flow.processor, &flow.sink];
    let is_there = |part: &PartFlow| !part.members.is_empty() || runs_here(part);
    let is_starting = |part: &PartFlow| {
        let starting = [TaskState::Starting, TaskState::Joining].map(TaskState::describe);
        part.members.is_empty()
            && (part.here.iter()).any(|here| starting.contains(&here.state.as_str()))
    };
    if flow.at_ms == 0 {
        return ("Looking at the cluster \u{2026}", false);
    }
    if parts.into_iter().any(is_starting) {
        return ("The pipeline is starting \u{2026}", false);
    }
    match parts.map(is_there) {
        [true, true] => {}
        [true, false] => return ("No sink runs. Nothing waits for one.", false),
        [false, true] => return ("No processor runs. Nothing waits for one.", false),
        [false, false] => {
            return (
                "Neither a processor nor a sink runs. Nothing waits for them.",
                false,
            );
        }
    }
    if flow.topics().all(|topic| topic.rate < STANDS_STILL_RATE) {
        return (
            "Nothing comes in, and nothing waits. Nothing needs you.",
            true,
        );
    }
    ("Everything flows. Nothing needs you.", true)
}

/// Whether a part of this machine works, or is about to. It knows that before its group tells.
pub(super) fn runs_here(part: &PartFlow) -> bool {
    let works = [TaskState::Joining, TaskState::Running].map(TaskState::describe);
    (part.here.iter()).any(|here| works.contains(&here.state.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::well;
    use super::*;
    use crate::flow::PartHere;

    #[test]
    fn it_is_not_said_that_all_flows_when_nothing_does() {
        let mut flow = well();
        assert!(calm(&flow).0.starts_with("Nothing comes in"));
        flow.outputs[0].rate = 5.0;
        assert_eq!(calm(&flow), ("Everything flows. Nothing needs you.", true));
        flow.sink.members.clear();
        assert!(calm(&flow).0.starts_with("No sink runs"));
        flow.processor.members.clear();
        assert!(calm(&flow).0.starts_with("Neither"));
        let here = |state: TaskState| PartHere {
            pid: 7,
            state: state.describe().to_owned(),
            waits_for: None,
        };
        flow.processor.here = vec![here(TaskState::Starting)];
        assert!(calm(&flow).0.contains("is starting"));
        flow.at_ms = 0;
        assert!(calm(&flow).0.starts_with("Looking"));
    }
}

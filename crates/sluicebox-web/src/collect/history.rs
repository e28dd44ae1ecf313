//! The past of a few numbers, for charts.

use std::collections::VecDeque;

use crate::flow::Flow;
use crate::limits::{HISTORY_POINTS_DRAWN, HISTORY_POINTS_MAX};

/// A few numbers of one snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) at_ms: i64,
    /// Records per second into the source topics.
    pub(crate) input: f64,
    /// Rows per second into all files.
    pub(crate) rows: f64,
    pub(crate) processor_lag: u64,
    pub(crate) sink_lag: u64,
}

/// The newest points.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Point>);

impl History {
    /// Adds a snapshot. One without the cluster says nothing: its zeros would be drawn as the truth.
    pub(super) fn add(&mut self, flow: &Flow) {
        if flow.cluster.error.is_some() {
            return;
        }
        if self.0.len() == HISTORY_POINTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Point {
            at_ms: flow.at_ms,
            input: flow.streams.iter().map(|stream| stream.topic.rate).sum(),
            rows: flow.files.iter().map(|file| file.rate).sum(),
            processor_lag: flow.processor.lag,
            sink_lag: flow.sink.lag,
        });
    }

    /// The points to draw: not more than a chart can show, the newest one among them.
    pub(super) fn points(&self) -> Vec<Point> {
        let step = self.0.len().div_ceil(HISTORY_POINTS_DRAWN).max(1);
        let newest = self.0.len().saturating_sub(1);
        let drawn = self
            .0
            .iter()
            .enumerate()
            .filter(|(at, _)| (newest - at).is_multiple_of(step));
        drawn.map(|(_, point)| *point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_bounded() {
        let mut history = History::default();
        for at_ms in 0..HISTORY_POINTS_MAX as i64 + 5 {
            history.add(&Flow {
                at_ms,
                ..Flow::default()
            });
        }
        assert_eq!(history.0.len(), HISTORY_POINTS_MAX);
        let points = history.points();
        assert_eq!(points.len(), HISTORY_POINTS_DRAWN);
        assert_eq!(
            points.last().map(|point| point.at_ms),
            Some(HISTORY_POINTS_MAX as i64 + 4)
        );
    }
}

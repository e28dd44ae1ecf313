//! Rates over the last seconds.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use crate::flow::Flow;
use crate::limits::RATE_WINDOW;

/// Counts of the last seconds, by what they count.
#[derive(Debug, Default)]
pub(super) struct Rates(VecDeque<(Instant, BTreeMap<String, f64>)>);

impl Rates {
    /// Fills the rates of a snapshot in.
    pub(super) fn fill(&mut self, flow: &mut Flow) {
        self.fill_at(flow, Instant::now());
    }

    fn fill_at(&mut self, flow: &mut Flow, now: Instant) {
        let mut counts = BTreeMap::new();
        let known = flow.cluster.error.is_none();
        for topic in flow.topics().filter(|_| known) {
            counts.insert(format!("topic {}", topic.name), topic.end as f64);
        }
        for file in &flow.files {
            counts.insert(format!("file {}", file.name), file.rows as f64);
        }
        let input: i64 = flow.streams.iter().map(|stream| stream.topic.end).sum();
        let output: i64 = flow.outputs.iter().map(|topic| topic.end).sum();
        if known {
            counts.insert(
                "processor".to_owned(),
                input as f64 - flow.processor.lag as f64,
            );
            counts.insert("sink".to_owned(), output as f64 - flow.sink.lag as f64);
        }
        let rate = |key: &str| self.rate(key, *counts.get(key)?, now);
        for topic in flow
            .streams
            .iter_mut()
            .map(|stream| &mut stream.topic)
            .chain(&mut flow.outputs)
        {
            topic.rate = rate(&format!("topic {}", topic.name)).unwrap_or(0.0);
        }
        for file in &mut flow.files {
            file.rate = rate(&format!("file {}", file.name)).unwrap_or(0.0);
        }
        flow.processor.rate = rate("processor").unwrap_or(0.0);
        flow.sink.rate = rate("sink").unwrap_or(0.0);
        self.0.push_back((now, counts));
        // The oldest one kept is the last that is older than the window.
        while self
            .0
            .get(1)
            .is_some_and(|(at, _)| now.duration_since(*at) >= RATE_WINDOW)
        {
            self.0.pop_front();
        }
    }

    fn rate(&self, key: &str, count: f64, now: Instant) -> Option<f64> {
        let (at, before) = self
            .0
            .iter()
            .find_map(|(at, counts)| Some((at, counts.get(key)?)))?;
        let seconds = now.duration_since(*at).as_secs_f64();
        (seconds > 0.0).then(|| ((count - before) / seconds).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::flow::FileFlow;

    #[test]
    fn a_rate_is_over_the_window_and_never_below_zero() {
        let (mut rates, began) = (Rates::default(), Instant::now());
        let mut at = |second: u64, rows: u64| {
            let file = FileFlow {
                name: "a.csv".to_owned(),
                rows,
                ..FileFlow::default()
            };
            let mut flow = Flow {
                files: vec![file],
                ..Flow::default()
            };
            rates.fill_at(&mut flow, began + Duration::from_secs(second));
            flow.files[0].rate
        };
        assert!(at(0, 100) < f64::EPSILON, "nothing is known yet");
        assert!((at(1, 110) - 10.0).abs() < 1e-9);
        for second in 2..=8 {
            at(second, 110);
        }
        assert!(at(9, 110) < f64::EPSILON, "the rise is out of the window");
        assert!(at(10, 0) < f64::EPSILON, "a file that began anew");
    }
}

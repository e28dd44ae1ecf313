//! How fast letters are read: slowly while the pipeline works hard.

use std::time::{Duration, Instant};

use crate::flow::{FileFlow, Flow, StreamFlow};
use crate::limits;

/// How many bytes of letters may be read in a second while the pipeline does what this snapshot says.
pub(super) fn bytes_per_second(flow: &Flow) -> f64 {
    // Before the first snapshot nobody knows: what costs little can be made good later.
    if flow.at_ms == 0 || busiest(flow) >= limits::LETTERS_BUSY_RATE {
        limits::LETTERS_BUSY_BYTES_PER_SECOND
    } else {
        limits::LETTERS_BYTES_PER_SECOND
    }
}

/// The highest of the rates that the snapshot knows. A dashboard beside parts that run elsewhere may not
/// have the files; what comes into the topics and what the groups commit, the cluster says to everybody.
fn busiest(flow: &Flow) -> f64 {
    let rows: f64 = flow.files.iter().map(|file: &FileFlow| file.rate).sum();
    let of_topic = |stream: &StreamFlow| stream.topic.rate;
    let input: f64 = flow.streams.iter().map(of_topic).sum();
    rows.max(input).max(flow.processor.rate).max(flow.sink.rate)
}

/// Bytes that were read, and are paid for with time in which nothing is.
#[derive(Debug)]
pub(super) struct Pace {
    owed_bytes: f64,
    /// Until when is paid.
    paid: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            owed_bytes: 0.0,
            paid: now,
        }
    }

    /// So many bytes were read.
    pub(super) fn took(&mut self, bytes: usize) {
        self.owed_bytes += bytes as f64;
    }

    /// How long to leave the cluster to the pipeline, before this is asked again; `None`: not at all. Asked
    /// anew in short steps, so that a rate that changes counts at once.
    pub(super) fn pause(&mut self, now: Instant, rate: impl FnOnce() -> f64) -> Option<Duration> {
        let since = now.duration_since(self.paid).as_secs_f64();
        self.paid = now;
        if self.owed_bytes <= 0.0 {
            return None;
        }
        let rate = rate();
        self.owed_bytes = (self.owed_bytes - since * rate).max(0.0);
        let left = Duration::from_secs_f64(self.owed_bytes / rate);
        (!left.is_zero()).then(|| left.min(limits::LETTERS_PAUSE_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{PartFlow, TopicFlow};

    const FAST: f64 = limits::LETTERS_BYTES_PER_SECOND;
    const SLOW: f64 = limits::LETTERS_BUSY_BYTES_PER_SECOND;

    fn is_slow(flow: &Flow) -> bool {
        bytes_per_second(flow) < FAST
    }

    fn known() -> Flow {
        Flow {
            at_ms: 1,
            ..Flow::default()
        }
    }

    fn file(rate: f64) -> FileFlow {
        FileFlow {
            rate,
            ..FileFlow::default()
        }
    }

    #[test]
    fn letters_are_read_slowly_while_rows_are_written_fast_into_all_files_together() {
        let mut flow = known();
        assert!(!is_slow(&flow));
        flow.files = vec![file(limits::LETTERS_BUSY_RATE / 2.0); 2];
        assert!(is_slow(&flow));
        flow.files[0].rate -= 1.0;
        assert!(!is_slow(&flow));
    }

    #[test]
    fn without_the_files_the_cluster_tells_how_much_moves() {
        type Change = fn(&mut Flow);
        let changes: [Change; 3] = [
            |flow| {
                let topic = TopicFlow {
                    rate: 50_000.0,
                    ..TopicFlow::default()
                };
                flow.streams = vec![StreamFlow {
                    topic,
                    ..StreamFlow::default()
                }];
            },
            |flow| {
                flow.processor = PartFlow {
                    rate: 50_000.0,
                    ..PartFlow::default()
                };
            },
            |flow| flow.sink.rate = 50_000.0,
        ];
        for change in changes {
            let mut flow = known();
            change(&mut flow);
            assert!(is_slow(&flow));
        }
    }

    #[test]
    fn before_the_first_snapshot_little_is_read() {
        assert!(is_slow(&Flow::default()));
    }

    /// How long it pauses in all after so many bytes, where the rate is that of each step's number.
    fn pauses(bytes: usize, rate: impl Fn(u32) -> f64) -> Duration {
        let began = Instant::now();
        let (mut pace, mut now, mut step) = (Pace::new(began), began, 0);
        pace.took(bytes);
        while let Some(pause) = pace.pause(now, || rate(step)) {
            assert!(pause <= limits::LETTERS_PAUSE_MAX);
            (now, step) = (now + pause, step + 1);
        }
        now - began
    }

    #[test]
    fn large_letters_are_read_slowly_and_small_ones_are_not() {
        let small = 1_000 * 200;
        assert!(pauses(small, |_| FAST) < Duration::from_millis(20));
        assert!(
            pauses(small, |_| SLOW) < Duration::from_millis(100),
            "thousands of them in a second, also while the pipeline works hard"
        );
        let close = |found: Duration, seconds: f64| (found.as_secs_f64() - seconds).abs() < 0.001;
        assert!(close(pauses(FAST as usize / 4, |_| FAST), 0.25));
        assert!(close(pauses(5 * SLOW as usize, |_| SLOW), 5.0));
    }

    #[test]
    fn a_rate_that_changes_counts_at_once() {
        let long = 8 * SLOW as usize;
        let step = limits::LETTERS_PAUSE_MAX;
        let freed = pauses(long, |number| if number < 2 { SLOW } else { FAST });
        assert!(freed < 2 * step + Duration::from_secs(1), "{freed:?}");
        let held = pauses(
            2 * FAST as usize,
            |number| {
                if number < 2 { FAST } else { SLOW }
            },
        );
        assert!(held > Duration::from_secs(8), "{held:?}");
    }

    #[test]
    fn time_without_letters_is_no_credit() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        let later = began + Duration::from_mins(1);
        assert_eq!(pace.pause(later, || SLOW), None);
        pace.took(SLOW as usize);
        assert_eq!(pace.pause(later, || SLOW), Some(limits::LETTERS_PAUSE_MAX));
    }
}

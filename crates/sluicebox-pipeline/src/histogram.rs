//! A histogram of durations that many threads write to without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets per power of two: the relative error of a quantile is at most 1/8.
const STEPS: u64 = 8;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Powers of two above the exact range: up to 2^40 ms, about 34 years.
const POWERS: u64 = 37;
const BUCKETS: usize = ((POWERS + 1) * STEPS) as usize;

/// Counts of durations in milliseconds, in buckets that grow with the duration.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum_ms: AtomicU64,
}

/// The counts of a [`Histogram`] at one moment; differences of two of them describe the time
/// between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistogramSnapshot {
    buckets: Vec<u64>,
    /// Sum of all durations in milliseconds.
    pub sum_ms: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self {
            buckets,
            sum_ms: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one duration in milliseconds; a negative one (clocks that disagree) counts as zero.
    pub fn record_ms(&self, ms: i64) {
        let ms = ms.max(0) as u64;
        self.buckets[bucket_of(ms)].fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// The counts now.
    pub fn snapshot(&self) -> HistogramSnapshot {
        HistogramSnapshot {
            buckets: self
                .buckets
                .iter()
                .map(|b| b.load(Ordering::Relaxed))
                .collect(),
            sum_ms: self.sum_ms.load(Ordering::Relaxed),
        }
    }
}

impl HistogramSnapshot {
    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// What was counted since `earlier`, a snapshot of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.buckets.iter().zip(&earlier.buckets);
        Self {
            buckets: pairs.map(|(now, then)| now.saturating_sub(*then)).collect(),
            sum_ms: self.sum_ms.saturating_sub(earlier.sum_ms),
        }
    }

    /// How many durations were at most so many milliseconds long, for limits that double: what a
    /// histogram for Prometheus is made of. Ends with the limit that all are below.
    pub fn cumulative(&self) -> Vec<(u64, u64)> {
        let steps = self.buckets.chunks(STEPS as usize).enumerate();
        let mut seen = 0;
        let mut found = Vec::new();
        for (power, counts) in steps {
            seen += counts.iter().sum::<u64>();
            let last = (power + 1) * STEPS as usize - 1;
            found.push((upper_edge_ms(last), seen));
            if seen == self.count() {
                break;
            }
        }
        found
    }

    /// The duration that the share `quantile` (0..=1) of all durations does not exceed, rounded up
    /// to the bucket's upper edge; `None` when nothing was counted.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let count = self.count();
        let rank = ((count as f64 * quantile.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, counted) in self.buckets.iter().enumerate() {
            seen += counted;
            if seen >= rank {
                return Some(Duration::from_millis(upper_edge_ms(bucket)));
            }
        }
        None
    }
}

fn bucket_of(ms: u64) -> usize {
    if ms < STEPS {
        return ms as usize;
    }
    let power = ms.ilog2() - STEP_BITS;
    let step = (ms >> power) - STEPS;
    let bucket = u64::from(power + 1) * STEPS + step;
    (bucket as usize).min(BUCKETS - 1)
}

fn upper_edge_ms(bucket: usize) -> u64 {
    let (power, step) = (bucket as u64 / STEPS, bucket as u64 % STEPS);
    if power == 0 {
        step
    } else {
        ((STEPS + step + 1) << (power - 1)) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket_and_the_error_is_bounded() {
        for ms in (0..5_000).chain((13..40).map(|p| (1_u64 << p) + 12_345)) {
            let edge = upper_edge_ms(bucket_of(ms));
            assert!(edge >= ms, "{ms} lies above its bucket's edge {edge}");
            assert!(edge - ms <= ms / STEPS, "{ms} is rounded to {edge}");
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_of_a_uniform_spread() {
        let histogram = Histogram::default();
        assert_eq!(histogram.snapshot().quantile(0.5), None);
        for ms in 1..=1000 {
            histogram.record_ms(ms);
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.count(), 1000);
        assert_eq!(snapshot.sum_ms, 500_500);
        let p50 = snapshot.quantile(0.5).unwrap().as_millis();
        let p99 = snapshot.quantile(0.99).unwrap().as_millis();
        assert!((500..=563).contains(&p50), "{p50}");
        assert!((990..=1115).contains(&p99), "{p99}");
    }

    #[test]
    fn cumulative_counts_are_of_limits_that_double() {
        let histogram = Histogram::default();
        for ms in [0, 7, 8, 15, 16, 1_000] {
            histogram.record_ms(ms);
        }
        let found = histogram.snapshot().cumulative();
        assert_eq!(found[..3], [(7, 2), (15, 4), (31, 5)]);
        assert_eq!(found.last(), Some(&(1_023, 6)));
    }

    #[test]
    fn negative_durations_count_as_zero_and_differences_describe_the_time_between() {
        let histogram = Histogram::default();
        histogram.record_ms(-5);
        let first = histogram.snapshot();
        assert_eq!(first.quantile(1.0), Some(Duration::ZERO));
        histogram.record_ms(100);
        let second = histogram.snapshot().since(&first);
        assert_eq!(second.count(), 1);
        assert_eq!(second.sum_ms, 100);
    }
}

//! A token bucket without a clock: time comes in as an argument.

use super::limits::BURST_MS;
use super::rate::Rate;

const NS_PER_MS: u128 = 1_000_000;
/// Nanoseconds per second times thousandths per record.
const SCALE: u128 = 1_000_000_000_000;

/// Says how many records may go out by a given time.
///
/// Record `i` is due at `i / rate` after the start, as its event time says. Whoever is late
/// (a full queue, a busy machine) makes up for at most [`BURST_MS`]; the rest is forgiven, so that
/// a cluster that was away is not met with everything it missed.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: Rate,
    /// The time at which record number `taken - since` is due is counted from here.
    origin_ns: u64,
    since: u64,
    taken: u64,
}

impl TokenBucket {
    /// A bucket whose first record is due at `now_ns` (nanoseconds on any steady clock).
    pub fn new(rate: Rate, now_ns: u64) -> Self {
        Self {
            rate,
            origin_ns: now_ns,
            since: 0,
            taken: 0,
        }
    }

    /// How many records may be taken at `now_ns`.
    pub fn available(&mut self, now_ns: u64) -> u64 {
        let Rate::Thousandths(thousandths) = self.rate else {
            return u64::MAX;
        };
        let passed = u128::from(now_ns.saturating_sub(self.origin_ns));
        let due = (passed * u128::from(thousandths) / SCALE) as u64 + 1;
        let available = due.saturating_sub(self.taken - self.since);
        let burst = Self::burst(thousandths);
        if available <= burst {
            return available;
        }
        // Too far behind: count anew from a time at which just the burst is due.
        let back_ns = (u128::from(burst - 1) * SCALE).div_ceil(u128::from(thousandths)) as u64;
        self.origin_ns = now_ns.saturating_sub(back_ns);
        self.since = self.taken;
        burst
    }

    /// Takes `records`, which must not be more than are available.
    pub fn take(&mut self, records: u64) {
        self.taken += records;
    }

    /// When the next record is due; in the past when some are available, 0 without a bound.
    pub fn next_due_ns(&self) -> u64 {
        let Rate::Thousandths(thousandths) = self.rate else {
            return 0;
        };
        let ahead = u128::from(self.taken - self.since) * SCALE;
        self.origin_ns
            .saturating_add(ahead.div_ceil(u128::from(thousandths)) as u64)
    }

    /// What may go out at once: the records of [`BURST_MS`], at least two (one is due, one late).
    fn burst(thousandths: u64) -> u64 {
        let records = u128::from(BURST_MS) * NS_PER_MS * u128::from(thousandths) / SCALE;
        (records as u64).max(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    /// Runs a bucket for `seconds` on a simulated clock that wakes `late_ns` too late each time.
    fn sent_in(rate: Rate, seconds: u64, late_ns: u64) -> (u64, u64) {
        let start = 77;
        let (mut now, mut sent, mut largest) = (start, 0, 0);
        let mut bucket = TokenBucket::new(rate, start);
        while now - start < seconds * SECOND_NS {
            let records = bucket.available(now);
            bucket.take(records);
            sent += records;
            largest = largest.max(records);
            now = bucket.next_due_ns().max(now + 4_000_000) + late_ns;
        }
        (sent, largest)
    }

    #[test]
    fn rates_from_one_to_half_a_million_hold_within_two_percent_over_ten_seconds() {
        for per_second in [1, 2, 3, 7, 10, 99, 1000, 12_345, 100_000, 500_000] {
            for late_ns in [0, 150_000, 9_000_000] {
                let (sent, largest) = sent_in(Rate::per_second(per_second), 10, late_ns);
                let wanted = per_second * 10;
                let off = sent.abs_diff(wanted);
                assert!(
                    off * 50 <= wanted,
                    "{per_second}/s, {late_ns} ns late: {sent}"
                );
                assert!(
                    largest <= (per_second / 2).max(2),
                    "{per_second}/s: burst {largest}"
                );
            }
        }
    }

    #[test]
    fn a_long_pause_is_made_up_for_by_one_burst_only() {
        let mut bucket = TokenBucket::new(Rate::per_second(1000), 0);
        assert_eq!(bucket.available(0), 1);
        bucket.take(1);
        assert_eq!(bucket.available(60 * SECOND_NS), 500);
        bucket.take(500);
        assert_eq!(bucket.available(60 * SECOND_NS), 0);
        assert_eq!(
            bucket.available(61 * SECOND_NS),
            500,
            "a second later: the burst again"
        );
    }

    #[test]
    fn a_pause_within_the_burst_is_made_up_for_in_full() {
        let mut bucket = TokenBucket::new(Rate::per_second(1000), 0);
        let first = bucket.available(0);
        bucket.take(first);
        let after_pause = bucket.available(400_000_000);
        bucket.take(after_pause);
        assert_eq!(first + after_pause, 401);
        assert_eq!(bucket.next_due_ns(), 401_000_000);
    }

    #[test]
    fn without_a_bound_everything_is_due_at_once() {
        let mut bucket = TokenBucket::new(Rate::Max, 5);
        bucket.take(1_000_000);
        assert_eq!(bucket.available(5), u64::MAX);
        assert_eq!(bucket.next_due_ns(), 0);
    }
}

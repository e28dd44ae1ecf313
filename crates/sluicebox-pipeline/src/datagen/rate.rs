//! How fast records are made, and when the events in them happened.

use super::limits::{EVENT_RATE_AT_MAX_PER_S, RATE_MAX_PER_S};
use std::fmt;
use std::str::FromStr;

/// Records per second over all streams together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// So many thousandths of a record per second: whole numbers keep event times exact.
    Thousandths(u64),
    /// As fast as the machine and the cluster allow.
    Max,
}

impl Rate {
    /// A whole number of records per second, within `1..=RATE_MAX_PER_S`.
    pub fn per_second(records: u64) -> Self {
        Self::Thousandths(records.clamp(1, RATE_MAX_PER_S) * 1000)
    }

    /// Event time of event `index` in epoch milliseconds: `start + index / rate`.
    pub fn event_time_ms(self, start_ms: i64, index: u64) -> i64 {
        let thousandths = match self {
            Self::Thousandths(thousandths) => thousandths,
            Self::Max => EVENT_RATE_AT_MAX_PER_S * 1000,
        };
        let passed_ms = u128::from(index) * 1_000_000 / u128::from(thousandths);
        start_ms.saturating_add(i64::try_from(passed_ms).unwrap_or(i64::MAX))
    }

    /// How many records a duration of `ms` milliseconds holds; `None` for [`Rate::Max`].
    pub fn records_in_ms(self, ms: u64) -> Option<u64> {
        match self {
            Self::Thousandths(thousandths) => {
                Some((u128::from(ms) * u128::from(thousandths)).div_ceil(1_000_000) as u64)
            }
            Self::Max => None,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Thousandths(n) if n % 1000 == 0 => write!(f, "{}", n / 1000),
            Self::Thousandths(n) => {
                write!(
                    f,
                    "{}",
                    format!("{}.{:03}", n / 1000, n % 1000).trim_end_matches('0')
                )
            }
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// `max`, or a positive number with at most three digits after the point.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let bad = || {
            format!(
                "`{text}` is not a rate: give records per second as 0.001 to {RATE_MAX_PER_S} \
                 (at most three digits after the point), or `max`"
            )
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 3 {
            return Err(bad());
        }
        let whole: u64 = whole.parse().map_err(|_| bad())?;
        let part: u64 = format!("{part:0<3}").parse().map_err(|_| bad())?;
        match whole
            .checked_mul(1000)
            .map(|thousandths| thousandths + part)
        {
            Some(n) if n > 0 && n <= RATE_MAX_PER_S * 1000 => Ok(Self::Thousandths(n)),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown_alike() {
        for (text, rate) in [
            ("max", Rate::Max),
            ("1000", Rate::Thousandths(1_000_000)),
            ("0.5", Rate::Thousandths(500)),
            ("2.125", Rate::Thousandths(2125)),
        ] {
            assert_eq!(text.parse(), Ok(rate));
            assert_eq!(rate.to_string(), text);
        }
        for bad in [
            "", "0", "0.000", "-1", "1.2345", "1e3", "fast", ".5", "5.", "10000001",
        ] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn event_time_is_start_plus_index_over_rate() {
        let third = Rate::per_second(3);
        let times: Vec<_> = (0..5).map(|i| third.event_time_ms(1000, i)).collect();
        assert_eq!(times, [1000, 1333, 1666, 2000, 2333]);
        assert_eq!(Rate::Thousandths(500).event_time_ms(0, 3), 6000);
        assert_eq!(Rate::Max.event_time_ms(0, EVENT_RATE_AT_MAX_PER_S), 1000);
        assert_eq!(
            Rate::per_second(1).event_time_ms(i64::MAX, u64::MAX),
            i64::MAX
        );
    }

    #[test]
    fn a_duration_holds_the_events_that_start_within_it() {
        assert_eq!(Rate::per_second(1000).records_in_ms(2500), Some(2500));
        assert_eq!(Rate::Thousandths(500).records_in_ms(3000), Some(2));
        assert_eq!(Rate::Max.records_in_ms(1), None);
    }
}

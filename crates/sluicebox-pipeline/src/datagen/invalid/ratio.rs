//! Which share of the records is made invalid.

use std::fmt;
use std::str::FromStr;

const PARTS: u64 = 1_000_000;

/// A share between 0 and 1 in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InvalidRatio(u32);

impl InvalidRatio {
    /// No invalid records.
    pub const NONE: Self = Self(0);

    /// True if record number `sequence` of a stream is to be invalid.
    ///
    /// Evenly spread instead of by chance, so that of `n` records always `n * ratio` are invalid,
    /// rounded down.
    pub fn picks(self, sequence: u64) -> bool {
        let up_to = |n: u64| u128::from(n) * u128::from(self.0) / u128::from(PARTS);
        up_to(sequence + 1) > up_to(sequence)
    }
}

impl FromStr for InvalidRatio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => {
                Ok(Self((share * PARTS as f64).round() as u32))
            }
            _ => Err(format!(
                "`{text}` is not a share: give a number between 0 and 1"
            )),
        }
    }
}

impl fmt::Display for InvalidRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / PARTS as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_exact_and_evenly_spread() {
        for (text, of_ten_thousand) in [("0", 0), ("0.01", 100), ("0.333", 3330), ("1", 10_000)] {
            let ratio: InvalidRatio = text.parse().unwrap();
            let picked = (0..10_000).filter(|n| ratio.picks(*n)).count();
            assert_eq!(picked, of_ten_thousand, "{text}");
            assert_eq!(ratio.to_string(), text);
        }
        for bad in ["-0.1", "1.1", "NaN", "inf", "", "10%"] {
            assert!(bad.parse::<InvalidRatio>().is_err(), "{bad}");
        }
    }
}

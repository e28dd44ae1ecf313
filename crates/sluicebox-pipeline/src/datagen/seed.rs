//! One seed from the user, many independent ones for the parts.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Splits the user's seed into one sub-seed per stream and device.
///
/// The parts do not disturb each other: a stream makes the same events whether or not another
/// runs beside it, since each part reads its own `ChaCha` stream under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seeds {
    seed: u64,
    stream: u64,
}

impl Seeds {
    /// The seeds of the stream called `stream` under the user's `seed`.
    pub(super) fn new(seed: u64, stream: &str) -> Self {
        Self {
            seed,
            stream: fnv1a(stream.as_bytes()),
        }
    }

    /// A generator for the part called `part` (such as `"device"`), number `index`.
    pub(super) fn dice(&self, part: &str, index: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(
            self.stream ^ fnv1a(part.as_bytes()).rotate_left(21) ^ index.wrapping_mul(ODD),
        );
        Dice {
            state: rng.next_u64(),
        }
    }
}

const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
const FORK: u64 = 0xD1B5_4A32_D192_ED03;

/// FNV-1a: names to numbers, the same on every machine and in every version.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// `SplitMix64`: eight bytes of state, for a million devices that each walk on their own.
///
/// `ChaCha` splits, `SplitMix` walks: a `ChaCha` state per device would be 320 bytes each, and
/// `rand`'s small generators do not promise the same numbers in the next version.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    /// Dice of its own for number `index`, without touching this one.
    pub(super) fn fork(&self, index: u64) -> Self {
        let mut forked = Self {
            state: self.state ^ index.wrapping_add(1).wrapping_mul(FORK),
        };
        forked.state = forked.bits();
        forked
    }

    /// The next 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(ODD);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; `0` for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high` (the range must hold fewer than 2^63 numbers).
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Bell-shaped around 0 within ±3 × `spread`; its standard deviation is `spread`.
    pub(super) fn bell(&mut self, spread: i64) -> i64 {
        // The sum of three uniform numbers of 16 bits has a standard deviation of 2^15.
        let bits = self.bits();
        let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF);
        let centred = sum as i64 - 98_303;
        centred * spread / 32_768
    }

    /// Index of one of the weights, each as likely as it is heavy.
    pub(super) fn pick(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let total: u64 = weights.clone().map(u64::from).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.enumerate() {
            match left.checked_sub(u64::from(weight)) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_their_own_seeds_and_the_same_part_the_same() {
        let first = |seeds: Seeds, part, index| seeds.dice(part, index).bits();
        let a = Seeds::new(7, "a");
        assert_eq!(
            first(a, "device", 3),
            first(Seeds::new(7, "a"), "device", 3)
        );
        let all = [
            first(a, "device", 3),
            first(a, "device", 4),
            first(a, "order", 3),
            first(Seeds::new(7, "b"), "device", 3),
            first(Seeds::new(8, "a"), "device", 3),
        ];
        for (i, x) in all.iter().enumerate() {
            assert!(!all[..i].contains(x), "{i} repeats an earlier seed");
        }
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_reach_them() {
        let mut dice = Seeds::new(1, "t").dice("t", 0);
        let seen: std::collections::BTreeSet<_> = (0..1000).map(|_| dice.between(-2, 2)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
        let picks: Vec<_> = (0..4000)
            .map(|_| dice.pick([3, 0, 1].into_iter()))
            .collect();
        assert!(!picks.contains(&1));
        let heavy = picks.iter().filter(|pick| **pick == 0).count();
        assert!((2800..3200).contains(&heavy), "{heavy}");
    }

    #[test]
    fn the_bell_has_the_spread_it_says() {
        let mut dice = Seeds::new(1, "t").dice("bell", 0);
        let draws: Vec<i64> = (0..20_000).map(|_| dice.bell(1000)).collect();
        let mean = draws.iter().sum::<i64>() / 20_000;
        let deviation =
            ((draws.iter().map(|d| (d - mean) * (d - mean)).sum::<i64>() / 20_000) as f64).sqrt();
        assert!(mean.abs() < 30, "{mean}");
        assert!((950.0..1050.0).contains(&deviation), "{deviation}");
        assert!(draws.iter().all(|d| d.abs() <= 3000));
    }
}

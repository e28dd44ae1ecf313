//! Chance that can be replayed.

use std::hash::{BuildHasher, RandomState};

/// The variable that sets the seed of every test that draws.
const SEED_VARIABLE: &str = "SLUICEBOX_CRASH_SEED";

/// The seed from the environment, else another one every time. Print it.
///
/// # Panics
/// When the variable is no number.
pub fn seed_from_environment() -> u64 {
    match std::env::var(SEED_VARIABLE) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{SEED_VARIABLE}={text} is no number")),
        Err(_) => RandomState::new().hash_one(SEED_VARIABLE),
    }
}

/// Draws numbers; the same seed draws the same ones, in every version.
///
/// `SplitMix64`, since a state is drawn for many times: a generator of a library takes more time in a
/// debug build than the recovery that is tested.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.any() % limit as u64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

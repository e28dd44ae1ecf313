//! Damage that no crash leaves: what a failing disk or a stray hand does to files.

use std::fmt;

use crate::dice::Dice;

const SECTOR_BYTES: usize = 512;

/// One damage to the content of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// This bit is flipped.
    Flip {
        /// Where, in bits.
        bit: usize,
    },
    /// This sector of 512 bytes reads as zeros.
    ZeroSector {
        /// Which one.
        sector: usize,
    },
    /// The file ends here.
    Cut {
        /// Its length, in bytes.
        length: usize,
    },
}

impl Damage {
    /// A flipped bit anywhere in `length` bytes (more than 0).
    pub fn flip(length: usize, dice: &mut Dice) -> Self {
        Self::Flip {
            bit: dice.below(length * 8),
        }
    }

    /// Whole sectors zeroed, or a cut, anywhere in `length` bytes (more than 0).
    pub fn large(length: usize, dice: &mut Dice) -> Self {
        if dice.one_in(2) {
            let sector = dice.below(length.div_ceil(SECTOR_BYTES));
            Self::ZeroSector { sector }
        } else {
            let length = dice.below(length);
            Self::Cut { length }
        }
    }

    /// Does it.
    pub fn apply(self, content: &mut Vec<u8>) {
        match self {
            Self::Flip { bit } => content[bit / 8] ^= 1 << (bit % 8),
            Self::ZeroSector { sector } => {
                let from = sector * SECTOR_BYTES;
                let to = content.len().min(from + SECTOR_BYTES);
                content[from..to].fill(0);
            }
            Self::Cut { length } => content.truncate(length),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flip { bit } => write!(f, "bit {} of byte {} flipped", bit % 8, bit / 8),
            Self::ZeroSector { sector } => {
                write!(f, "512 bytes from byte {} zeroed", sector * SECTOR_BYTES)
            }
            Self::Cut { length } => write!(f, "cut to {length} bytes"),
        }
    }
}

//! A disk that loses power, for tests of what writes files.
//!
//! [`Disk`] is a tree of files in memory that keeps a log of every effect on it. [`Explorer`] goes
//! through a run again, stops after each of its operations, and gives every directory that a power
//! loss may leave there, as an [`Image`] from which a new disk begins.
//!
//! # What a power loss may leave
//!
//! What POSIX promises, and nothing more:
//!
//! - An `fdatasync` makes all writes and lengths of its file durable, not the file's name. A sync of
//!   a directory makes the names in it durable, not what they name.
//! - Of everything else any part may be lost and any part kept, whatever came first: writes and
//!   truncations file by file, names one by one. Only a rename is atomic.
//! - A write that is kept in part: the new length may be there without the data (zeros), and of the
//!   data any sectors of 512 bytes; one sector may be cut at any byte, or hold anything. What was
//!   durable before stays, also in a sector that is written again.
//!
//! Operations that touch the same bytes take effect in their order, as a page cache has it: so a
//! reordering is the same as the loss of some of them, and the subsets are all there is.
//!
//! Up to [`EXHAUSTIVE_MAX_COUNT`] operations that are not durable, every combination is tried;
//! beyond, and for torn sectors, combinations are drawn from a seed. `SLUICEBOX_CRASH_SEED` sets it.

mod damage;
mod dice;
mod disk;
mod explorer;
mod fates;
mod faults;
mod image;
mod names;
mod operation;
pub mod planted;
mod running;
mod survivors;
#[cfg(test)]
mod tests;

pub use damage::Damage;
pub use dice::{Dice, seed_from_environment};
pub use disk::{Disk, FileId};
pub use explorer::{Explorer, History, Violation};
pub use fates::EXHAUSTIVE_MAX_COUNT;
pub use image::{Image, Node};
pub use running::{explored, say, side_by_side};

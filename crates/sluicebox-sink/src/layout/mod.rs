//! Layouts: which files a directory holds and how rows get into them.
//!
//! [`SingleLayout`] writes one file per stream. A layout with a file per partition that is rolled
//! by size and age would stand beside it, on the same storage and manifest.

mod commit;
mod files;
mod identity;
mod open;
mod recover;
mod rotate;
mod single;
mod sources;

pub use identity::Identity;
pub use open::{OpenOptions, Opening};
pub use recover::{FileRecovery, Recovery};
pub use single::{Committed, SingleLayout};

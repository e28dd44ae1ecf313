//! The manifest: which bytes of the data files count, and which input offsets they stand for.
//!
//! One file, `manifest.sluicebox`: a checkpoint of everything, then one small record per commit
//! that holds what changed. A record is synced before the next one is appended, and the file
//! itself only ever appears whole (written beside, synced, renamed). So a crash can leave damage
//! in the last record only; anything else wrong in it is refused, never repaired.
//!
//! ```text
//! file    = "SLUICEMF" | version u8 | 3 zero bytes | CRC-32C u32 of the 12 bytes before
//!           frame(checkpoint) frame(commit)*
//! frame   = length u32 | sequence u64 | CRC-32C u32 of the payload
//!           | CRC-32C u32 of the 16 bytes before | payload of `length` bytes
//! payload = kind u8 | fields (see `record`)
//! ```
//!
//! Numbers of fixed size are little endian. The frame's head has a checksum of its own so that a
//! damaged length cannot make the records after it look like an unfinished one.

mod frame;
mod log;
mod record;
mod state;
mod varint;

pub(crate) use log::{ManifestLog, read_log};
pub(crate) use state::{Delta, FileDelta};
pub use state::{
    FileState, Gap, LAYOUT_SINGLE, ManifestState, SealedFile, SourceHighest, TopicIdentity,
};

/// The newest format version; older ones stay readable.
pub const FORMAT_VERSION: u8 = 1;

use crate::error::OpenError;
use crate::storage::Storage;

/// Reads the manifest of a directory, at any time, also while a sink writes to it: no lock is
/// needed, and a record that is just being written is not seen. `None` when there is none.
///
/// The lengths in it are safe to read up to: they end where a row ends, and the rows before are
/// durable or about to be reported as such.
///
/// # Errors
/// [`Refusal::DamagedManifest`](crate::Refusal::DamagedManifest),
/// [`Refusal::NewerManifest`](crate::Refusal::NewerManifest), or an I/O error.
pub fn read_manifest<S: Storage>(storage: &S) -> Result<Option<ManifestState>, OpenError> {
    Ok(read_log(storage)?.map(|read| read.state))
}

#[cfg(test)]
mod tests;

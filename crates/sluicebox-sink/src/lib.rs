//! Files that are written exactly once.
//!
//! The directory is the truth: rows are appended and synced first, then a manifest record says
//! how long each file is and which input offsets those bytes stand for. Whatever a crash leaves
//! behind the last whole manifest record is cut when the directory is opened again.
//!
//! ```text
//! append(rows) -> fdatasync(files) -> append(manifest record) -> fdatasync(manifest)
//! ```
//!
//! - [`storage`]: every effect on the directory goes through one trait.
//! - [`manifest`]: the format of `manifest.sluicebox`, its reader and its writer.
//! - [`layout`]: which files there are, recovery, appending, committing.
//! - [`positions`]: where each input stands, indexed by arrays, no hash per record.
//!
//! Deliberately absent: Kafka, the clock, the network, JSON.

pub mod error;
pub mod format;
pub mod layout;
pub mod limits;
pub mod manifest;
pub mod names;
pub mod positions;
pub mod storage;

pub use error::{CommitError, FatalError, OpenError, Refusal};
pub use format::{FileSpec, Format};
pub use layout::{Committed, Identity, OpenOptions, Opening, Recovery, SingleLayout};
pub use manifest::{
    FileState, Gap, ManifestState, SealedFile, SourceHighest, TopicIdentity, read_manifest,
};
pub use positions::{Accept, AppendError, InputRef, Repeat, SourceRef};
pub use storage::{Attempt, DiskLock, DiskStorage, Holder, Storage, StorageFile};

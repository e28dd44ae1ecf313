//! Why a commit did not happen.

use std::io;

use crate::storage::make_room;

/// A commit that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// No room. Everything was cut back to the last commit, and the rows are still held:
    /// call `commit` again later.
    #[error(
        "no room for {needed_bytes} more bytes in {file}: {source}; {}, writing goes on by \
         itself (nothing is lost)",
        make_room(source)
    )]
    DiskFull {
        /// The file that could not grow.
        file: String,
        /// How many bytes this commit wants to append to it.
        needed_bytes: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// The state of the disk is unknown: end the process; the next start recovers.
    #[error(transparent)]
    Fatal(#[from] FatalError),
}

/// A failure after which nothing may be written any more; the next start recovers from the disk.
#[derive(Debug, thiserror::Error)]
pub enum FatalError {
    /// A write, a cut, a rename or a sync failed. Syncs are never tried again: after a failed
    /// one the kernel may have dropped the data, so that a later success proves nothing.
    #[error(
        "cannot {operation} {file} at byte {offset}: {source}; check the health of this disk \
         and start again, which recovers everything committed"
    )]
    Io {
        /// A verb: `append to`, `sync`, `cut`.
        operation: &'static str,
        /// The file.
        file: String,
        /// The length up to which the file was committed, in bytes.
        offset: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is gone, or has no name any more: somebody deleted the directory under the sink.
    #[error(
        "{file} was removed while the sink wrote to it: its {committed} committed bytes are gone, \
         and what was not committed is in no file; put the whole directory back from a copy and \
         start again; or start on an empty directory with another group (sink.group in the \
         configuration): rows are rebuilt from the topics as far back as these reach"
    )]
    Removed {
        /// The file.
        file: String,
        /// The length up to which it was committed, in bytes.
        committed: u64,
    },
    /// A file does not have the length it must have: someone else writes to it.
    #[error(
        "{file} has {found} bytes where {expected} were expected: something else writes to it; \
         find and stop that, then start again, which cuts the file to what was committed or \
         refuses it"
    )]
    ChangedByAnother {
        /// The file.
        file: String,
        /// Its length in bytes.
        found: u64,
        /// The length it must have.
        expected: u64,
    },
    /// A commit failed before; nothing is written after that.
    #[error("an earlier commit failed ({reason}); start again, which recovers")]
    Poisoned {
        /// The first failure.
        reason: String,
    },
}

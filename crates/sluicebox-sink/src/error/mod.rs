//! Errors: what failed, in which file, at which byte, and what to do about it.

mod commit;
mod refusal;

use std::io;

pub use commit::{CommitError, FatalError};
pub use refusal::Refusal;

/// The directory was not opened. Nothing in it was changed, unless the refusal says so.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}\n  {}", refusal.way_out())]
pub struct OpenError {
    refusal: Box<Refusal>,
}

impl OpenError {
    /// Why: for callers that decide, and for messages without the way out.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// What a person can do about it.
    pub fn way_out(&self) -> String {
        self.refusal.way_out()
    }

    /// Whether only room is missing: then opening again later may go well.
    pub fn is_disk_full(&self) -> bool {
        matches!(
            self.refusal(),
            Refusal::Io { source, .. } | Refusal::NotWritable { source, .. }
                if crate::storage::is_full(source)
        )
    }
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Box::new(refusal),
        }
    }
}

/// For `map_err`: names the operation and the file of an I/O error at open.
pub(crate) fn refuse_io(
    operation: &'static str,
    file: String,
) -> impl FnOnce(io::Error) -> OpenError {
    move |source| {
        Refusal::Io {
            operation,
            file,
            source,
        }
        .into()
    }
}

//! Why a broker does not start.

use std::io;
use std::path::PathBuf;

use crate::data_dir::LockError;
use crate::journal::JournalError;

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process has the data directory open.
    #[error("{path} is held by {holder}; stop it, or use another data directory")]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// Who holds it, as far as is known.
        holder: String,
    },
    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried, and on what.
        what: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file in the data directory is not what the broker wrote.
    #[error("{0}")]
    Damaged(String),
    /// `advertise` is not `host:port`.
    #[error("cannot advertise {0:?}: it must be host:port, for example localhost:9092")]
    Advertise(String),
}

impl StartError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

impl From<LockError> for StartError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { path, holder } => Self::Locked { path, holder },
            LockError::Io { path, source } => Self::Io {
                what: format!("lock {}", path.display()),
                source,
            },
        }
    }
}

impl From<JournalError> for StartError {
    fn from(error: JournalError) -> Self {
        Self::Damaged(error.to_string())
    }
}

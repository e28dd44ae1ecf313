//! What can go wrong with a log.

use std::io;
use std::path::PathBuf;

use kafka_protocol::ResponseError;

/// Why a batch was not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// The producer broke a rule of idempotence or transactions; the code says which.
    #[error("{message}")]
    Refused {
        /// What the client is told.
        code: ResponseError,
        /// For people.
        message: String,
    },
    /// The disk is full, or refuses for another reason; nothing of the batch stayed.
    #[error("cannot write {path}: {source}{}", make_room(source))]
    Storage {
        /// The segment.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The broker has failed.
    #[error("the broker has failed")]
    Failed,
}

impl AppendError {
    pub(crate) fn refused(code: ResponseError, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// The code for the client. Storage errors are retriable: space may be made.
    pub(crate) fn code(&self) -> ResponseError {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Storage { .. } | Self::Failed => ResponseError::KafkaStorageError,
        }
    }
}

/// What to do where only room is missing: clients send again until there is some.
fn make_room(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room on this disk, writing goes on by itself"
        }
        io::ErrorKind::FileTooLarge => {
            "; raise the limit for the size of a file (RLIMIT_FSIZE: `prlimit --fsize` while it runs, \
             `ulimit -f` or LimitFSIZE of systemd before), writing goes on by itself"
        }
        _ => "",
    }
}

/// Why a read gives nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The offset is not in the log.
    #[error("offset {offset} is outside of {start}..={end}")]
    OutOfRange {
        /// Asked for.
        offset: i64,
        /// First offset there is.
        start: i64,
        /// End of the log.
        end: i64,
    },
    /// Bytes on the disk are not what was written.
    #[error("{path} is damaged at byte {position}: {what}")]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where.
        position: u64,
        /// How.
        what: String,
    },
    /// The operating system cannot read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The segment.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

impl ReadError {
    /// The code for the client.
    pub(crate) fn code(&self) -> ResponseError {
        match self {
            Self::OutOfRange { .. } => ResponseError::OffsetOutOfRange,
            Self::Damaged { .. } => ResponseError::CorruptMessage,
            Self::Io { .. } => ResponseError::KafkaStorageError,
        }
    }
}

/// Why a partition's log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenLogError {
    /// The operating system refused.
    #[error("cannot open {path}: {source}")]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// A file is not what was written, and the damage is no torn tail.
    #[error(
        "{path} is damaged at byte {position}: {what}; restore it from a backup, or delete the \
         topic's directory to give its records up"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        position: u64,
        /// How.
        what: String,
    },
}

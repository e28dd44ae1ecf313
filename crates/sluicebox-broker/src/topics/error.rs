//! What can go wrong with a topic.

use kafka_protocol::ResponseError;

use crate::journal::JournalError;
use crate::log::OpenLogError;

/// Why a topic was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TopicError {
    /// Against a rule; the code says which.
    #[error("{message}")]
    Refused {
        /// For the client.
        code: ResponseError,
        /// For people.
        message: String,
    },
    /// The disk.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The disk, or damage.
    #[error(transparent)]
    Log(#[from] OpenLogError),
}

impl TopicError {
    pub(crate) fn refused(code: ResponseError, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// The code for the client.
    pub(crate) fn code(&self) -> ResponseError {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Journal(_) | Self::Log(_) => ResponseError::KafkaStorageError,
        }
    }

    pub(super) fn unknown(name: &str) -> Self {
        let message = format!("there is no topic {name}");
        Self::refused(ResponseError::UnknownTopicOrPartition, message)
    }
}

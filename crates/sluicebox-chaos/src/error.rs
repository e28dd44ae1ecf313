//! Why an attack ended early.

use std::io;

/// An attack found something, or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ChaosError {
    /// The product broke its promise.
    #[error("FOUND: {0}")]
    Finding(String),
    /// What the attack stands on does not work.
    #[error("the attack could not be made: {0}")]
    Fixture(String),
}

impl From<io::Error> for ChaosError {
    fn from(error: io::Error) -> Self {
        Self::Fixture(error.to_string())
    }
}

impl From<sluicebox_kafka::KafkaError> for ChaosError {
    fn from(error: sluicebox_kafka::KafkaError) -> Self {
        Self::Fixture(error.to_string())
    }
}

impl From<sluicebox_conformance::real_kafka::KafkaError> for ChaosError {
    fn from(error: sluicebox_conformance::real_kafka::KafkaError) -> Self {
        Self::Fixture(error.to_string())
    }
}

/// The result of anything here.
pub type Result<T> = std::result::Result<T, ChaosError>;

/// A finding.
pub fn found<T>(what: impl Into<String>) -> Result<T> {
    Err(ChaosError::Finding(what.into()))
}

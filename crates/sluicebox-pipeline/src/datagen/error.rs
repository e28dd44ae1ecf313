//! What can go wrong with datagen.

use super::report::DatagenReport;
use sluicebox_kafka::KafkaError;

/// Why datagen did not deliver what it made.
#[derive(Debug, thiserror::Error)]
pub enum DatagenError {
    /// The client refused a record for good.
    #[error("cannot send: {0}")]
    Send(#[from] KafkaError),
    /// Some records were not acknowledged. What was is in the report.
    #[error(
        "{} of {} records were not delivered; the first failure: {first}",
        report.failed, report.made()
    )]
    Delivery {
        /// Topic, partition and reason of the first failure.
        first: String,
        /// What was made and acknowledged nevertheless.
        report: Box<DatagenReport>,
    },
}

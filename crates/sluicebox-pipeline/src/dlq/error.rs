//! What can go wrong with dead letters.

use sluicebox_kafka::KafkaError;

use super::letter::{KeptParts, LetterId};
use crate::error::PipelineError;

/// A replay that was refused, or broke off. What was replayed before stays replayed.
#[derive(Debug, thiserror::Error)]
pub enum DlqError {
    /// Letters cannot be read, or the cluster does not answer.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// There is no such letter (any more).
    #[error("there is no dead letter {id}: it was removed by retention, or never was there")]
    NoLetter {
        /// The id that was asked for.
        id: LetterId,
    },
    /// The letter does not hold all of its source record.
    #[error("the dead letter {id} holds only {parts}; it can be replayed with a value alone")]
    Cut {
        /// The letter.
        id: LetterId,
        /// What it holds.
        parts: KeptParts,
    },
    /// The letter's source topic is none of the streams'.
    #[error(
        "the dead letter {id} comes from the topic `{}`, which no stream reads",
        topic.escape_debug()
    )]
    NoStream {
        /// The letter.
        id: LetterId,
        /// Its source topic.
        topic: String,
    },
    /// Another replay runs on the same cluster; this one was called off.
    #[error("another replay took over; what this one had not committed is not replayed")]
    TakenOver(#[source] KafkaError),
    /// The cluster did not take it.
    #[error("the replay broke off: {0}")]
    Kafka(#[from] KafkaError),
    /// Told to stop.
    #[error("stopped")]
    Stopped,
}

//! Which source topics the partitions are of.

use std::time::{Duration, Instant};

use sluicebox_kafka::{TopicId, TopicPartition};

use super::instance::{Instance, REQUEST_WAIT};
use crate::error::PipelineError;
use crate::limits::NEW_TOPIC_MS;
use crate::topics::not_heard_of_yet;

impl Instance {
    /// Asks which topics the partitions are of, before anything of them is read. `None`: told to
    /// stop.
    pub(super) fn identify_sources(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<()>, PipelineError> {
        let mut ids = Vec::new();
        for topic in 0..self.topics.len() as TopicId {
            if partitions.iter().all(|at| at.topic != topic) {
                continue;
            }
            let name = self.topics[usize::from(topic)].0.clone();
            // It was assigned, so it is there: a broker may not have heard of it yet.
            let began = Instant::now();
            let id = self.patiently(|consumer| {
                let id = consumer.topic_identity(topic, REQUEST_WAIT);
                id.map_err(|error| {
                    let new = began.elapsed() < Duration::from_millis(NEW_TOPIC_MS);
                    if new { not_heard_of_yet(error) } else { error }
                })
            })?;
            let Some(id) = id else { return Ok(None) };
            ids.push((name, id));
        }
        // Partitions may come in several steps (cooperative rebalancing).
        self.notes = self.notes.and(ids);
        Ok(Some(()))
    }

    /// The topic is another one than the one that was read.
    pub(super) fn recreated(&self, topic: TopicId) -> PipelineError {
        PipelineError::Recreated {
            topic: self.topics[usize::from(topic)].0.clone(),
            is_source: true,
        }
    }
}

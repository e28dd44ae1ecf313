//! Where an instance that is to stop at the end stands: the whole group has to reach the end of the
//! sources, and what it wrote has to be readable: a sink that is started next would stop short of
//! markers that are not written yet, and of a killed instance's open transaction.

use std::time::Duration;

use sluicebox_kafka::{Admin, KafkaError};

use super::instance::{Instance, REQUEST_WAIT};
use crate::config::ProcessorConfig;
use crate::end::End;
use crate::error::PipelineError;
use crate::limits::OUTPUTS_DECIDED_MS;
use crate::stop::StopLevel;
use crate::written::Written;

/// What an instance has found out about the end.
#[derive(Default)]
pub(super) struct Ending {
    admin: Option<Admin>,
    sources: Option<End>,
    /// What the outputs held when the sources' end was reached.
    outputs: Option<Written>,
}

impl Instance {
    /// Whether this instance is to stop at an end that the whole group has reached.
    pub(super) fn end_is_reached(&mut self) -> Result<bool, PipelineError> {
        if !self.config.stop_at_end && self.stop.level() < StopLevel::ToEnd {
            return Ok(false);
        }
        if self.ending.sources.is_none() {
            let topics: Vec<_> = self.topics.iter().map(|(topic, _)| topic.clone()).collect();
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
            let Some(end) = self.ask(|admin| End::now(admin, &topics))? else {
                return Ok(true);
            };
            self.ending.sources = Some(end);
            // Not needed on the way there, which may be long.
            self.ending.admin = None;
        }
        if self.ending.outputs.is_none() {
            if !self.sources_are_covered() {
                return Ok(false);
            }
            let topics = self.config.topics.clone();
            let topics = [topics.processed.as_str(), &topics.dead_letters];
            let Some(written) = self.ask(|admin| Written::now(admin, &topics))? else {
                return Ok(true);
            };
            self.ending.outputs = Some(written);
        }
        Ok(self.outputs_are_readable())
    }

    fn sources_are_covered(&mut self) -> bool {
        let Some(end) = &mut self.ending.sources else {
            return false;
        };
        let here = self.consumer.positions();
        let passed = here
            .iter()
            .all(|at| end.covers(at.topic_partition(), at.offset));
        if !passed || !end.asks() {
            return false;
        }
        let partitions = end.all_partitions();
        // Not answered now: asked again at the next turn.
        let Ok(committed) = self.consumer.committed(&partitions, REQUEST_WAIT) else {
            return false;
        };
        let of = |partition: &_| {
            let index = partitions.iter().position(|known| known == partition)?;
            committed[index]
        };
        let targets: Vec<_> = end.partitions().iter().map(of).collect();
        // Taking the partition over is what notices that records are gone.
        end.is_covered(&targets) && end.overtaken(of).is_none()
    }

    fn outputs_are_readable(&mut self) -> bool {
        let (Some(sources), Some(written)) = (&mut self.ending.sources, &self.ending.outputs)
        else {
            return false;
        };
        if !sources.asks() {
            return false;
        }
        let readable = look(&mut self.ending.admin, &self.config, |admin| {
            written.readable(|topic| admin.log_ranges(topic))
        });
        if readable.is_ok_and(|readable| written.is_all(&readable)) {
            return true;
        }
        let is_late = written.age() >= Duration::from_millis(OUTPUTS_DECIDED_MS);
        if is_late {
            let (processed, letters) = (
                &self.config.topics.processed,
                &self.config.topics.dead_letters,
            );
            tracing::warn!(
                processed,
                dead_letters = letters,
                waited_s = written.age().as_secs(),
                "a transaction of somebody else stays open there: readers do not get to see yet what was written after it"
            );
        }
        is_late
    }

    /// Asks the cluster for as long as it takes. `None`: told to stop.
    fn ask<T>(
        &mut self,
        mut request: impl FnMut(&Admin) -> Result<T, KafkaError>,
    ) -> Result<Option<T>, PipelineError> {
        let waiting = |failure: Option<&_>| self.metrics.process_asks(self.number, failure);
        let (admin, config) = (&mut self.ending.admin, &self.config);
        self.patience
            .retry(waiting, || look(admin, config, &mut request))
    }
}

/// Asks the cluster once, over the connection that the last look was content with.
fn look<T>(
    kept: &mut Option<Admin>,
    config: &ProcessorConfig,
    request: impl FnOnce(&Admin) -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    let admin = match kept.take() {
        Some(admin) => admin,
        None => Admin::connect(&config.client, REQUEST_WAIT)?,
    };
    let answer = request(&admin)?;
    *kept = Some(admin);
    Ok(answer)
}

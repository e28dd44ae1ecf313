//! Where an instance starts to read a partition.

use std::time::Duration;

use sluicebox_kafka::{Committed, LogRange, TopicPartition, TopicPartitionOffset};

use super::instance::{Instance, REQUEST_WAIT};
use crate::error::PipelineError;
use crate::limits::LOG_RANGE_TIMEOUT_MS;
use crate::offset_notes::Owner;
use crate::positions;

/// Where partitions start.
#[derive(Default)]
pub(super) struct Starts {
    pub(super) positions: Vec<TopicPartitionOffset>,
    /// Those whose position the group does not have from a processor: the next transaction commits
    /// it, so that nobody has to look for it in the outputs, or to accept a loss, again.
    pub(super) unknown: Vec<TopicPartition>,
}

/// What is known of a partition before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) at: TopicPartition,
    pub(super) log: LogRange,
    /// Where the group stands, or what the outputs say instead.
    pub(super) offset: Option<i64>,
    pub(super) ours: bool,
}

impl Instance {
    /// The group's committed offsets; where it has none, after what the outputs say is done; where
    /// they say nothing, the earliest record. `None`: told to stop.
    pub(super) fn find_starts(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Starts>, PipelineError> {
        // Before the offsets: those that are committed from here on are noted with these topics.
        if self.identify_sources(partitions)?.is_none() {
            return Ok(None);
        }
        let Some(mut known) = self.look_up(partitions)? else {
            return Ok(None);
        };
        if !self.compare_with_outputs(&mut known)? {
            return Ok(None);
        }
        let mut starts = Starts::default();
        for known in &known {
            let offset = self.judge_position(known.at, known.offset, known.log)?;
            if !known.ours || known.offset != Some(offset) {
                starts.unknown.push(known.at);
            }
            let TopicPartition { topic, partition } = known.at;
            starts.positions.push(TopicPartitionOffset {
                topic,
                partition,
                offset,
            });
        }
        Ok(Some(starts))
    }

    /// What the group and the logs say.
    fn look_up(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Vec<Known>>, PipelineError> {
        let committed =
            self.patiently(|consumer| consumer.committed_with_notes(partitions, REQUEST_WAIT))?;
        let Some(committed) = committed else {
            return Ok(None);
        };
        let mut known = Vec::with_capacity(partitions.len());
        for (at, committed) in partitions.iter().zip(committed) {
            let Some(log) = self.log_range(*at)? else {
                return Ok(None);
            };
            known.push(Known {
                at: *at,
                log,
                offset: committed.as_ref().map(|committed| committed.offset),
                ours: self.is_ours(*at, committed.as_ref())?,
            });
        }
        Ok(Some(known))
    }

    fn is_ours(
        &self,
        at: TopicPartition,
        committed: Option<&Committed>,
    ) -> Result<bool, PipelineError> {
        let Some(committed) = committed else {
            return Ok(false);
        };
        match self.notes.owner(&self.topic_name(at), &committed.note) {
            Owner::Ours => Ok(true),
            Owner::Another => Ok(false),
            Owner::OldTopic => Err(self.recreated(at.topic)),
        }
    }

    /// The position to take, or the error that names the range that is gone.
    pub(super) fn judge_position(
        &mut self,
        partition: TopicPartition,
        known: Option<i64>,
        log: LogRange,
    ) -> Result<i64, PipelineError> {
        let outside = match positions::start(known, log) {
            Ok(offset) => return Ok(offset),
            Err(outside) => outside,
        };
        let gone = outside.at(
            "processor",
            &self.topic_name(partition),
            partition.partition,
        );
        if !self.config.accept_loss {
            return Err(gone.into());
        }
        let (lost, going_on_at) = (gone.lost(), gone.resume_at());
        tracing::warn!(%gone, lost, going_on_at, "loss accepted");
        self.metrics.process_lost_offsets.add(lost);
        Ok(going_on_at)
    }

    pub(super) fn log_range(
        &mut self,
        partition: TopicPartition,
    ) -> Result<Option<LogRange>, PipelineError> {
        let wait = Duration::from_millis(LOG_RANGE_TIMEOUT_MS);
        self.patiently(|consumer| consumer.offsets(partition, wait))
    }
}

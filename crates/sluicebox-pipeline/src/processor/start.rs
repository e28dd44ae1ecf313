//! Where an instance starts to read a partition.

use sluicebox_kafka::{LogRange, TopicPartition, TopicPartitionOffset};

use super::instance::{Instance, REQUEST_WAIT};
use crate::error::PipelineError;
use crate::output_scan::{ScanOutcome, scan_outputs};
use crate::positions;
use crate::same_source;

/// Where partitions start.
#[derive(Default)]
pub(super) struct Starts {
    pub(super) positions: Vec<TopicPartitionOffset>,
    /// Those that the group has no offset of: the next transaction gives it one, so that nobody
    /// has to look for them in the outputs again.
    pub(super) unknown: Vec<TopicPartition>,
}

impl Instance {
    /// The group's committed offsets; where it has none, after what the outputs say is done; where
    /// they say nothing, the earliest record. `None`: told to stop.
    pub(super) fn find_starts(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Starts>, PipelineError> {
        let Some(mut known) = self.committed_offsets(partitions)? else {
            return Ok(None);
        };
        let mut logs = Vec::with_capacity(partitions.len());
        for partition in partitions {
            let Some(log) = self.log_range(*partition)? else {
                return Ok(None);
            };
            logs.push(log);
        }
        let unknown: Vec<bool> = known.iter().map(Option::is_none).collect();
        // Only where there is something to repeat.
        let repeats =
            |(unknown, log): (&bool, &LogRange)| *unknown && log.high_watermark > log.earliest;
        if unknown.iter().zip(&logs).any(repeats) {
            let scan = scan_outputs(&self.config, &self.topics, &self.patience)?;
            let ScanOutcome::Done(highest) = scan else {
                return Ok(None);
            };
            let mut lasts = Vec::new();
            for ((known, at), log) in known.iter_mut().zip(partitions).zip(&logs) {
                let last = highest
                    .last(at.topic, at.partition)
                    .filter(|_| known.is_none());
                if let Some(last) = last {
                    *known = Some(last.at.offset + 1);
                    self.say_resumed(*at, *known);
                    // Outside the log there is nothing to compare; the position is judged below.
                    lasts.extend(
                        (log.earliest..log.high_watermark)
                            .contains(&last.at.offset)
                            .then_some(last),
                    );
                }
            }
            let names: Vec<_> = self.topics.iter().map(|(name, _)| name.clone()).collect();
            if !same_source::check(&self.config, &names, &lasts, &self.stop)? {
                return Ok(None);
            }
        }
        let mut starts = Starts::default();
        for (index, partition) in partitions.iter().enumerate() {
            let offset = self.judge_position(*partition, known[index], logs[index])?;
            if unknown[index] {
                starts.unknown.push(*partition);
            }
            let (topic, partition) = (partition.topic, partition.partition);
            starts.positions.push(TopicPartitionOffset {
                topic,
                partition,
                offset,
            });
        }
        Ok(Some(starts))
    }

    fn say_resumed(&self, partition: TopicPartition, found: Option<i64>) {
        if let Some(offset) = found {
            let topic = self.topic_name(partition);
            let partition = partition.partition;
            tracing::warn!(
                topic,
                partition,
                offset,
                "the group has no offset; going on after the highest one found in the outputs"
            );
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
        self.patiently(|consumer| consumer.offsets(partition, REQUEST_WAIT))
    }
}

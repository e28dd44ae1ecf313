//! Partitions come and go.

use sluicebox_faults::point;
use sluicebox_kafka::{OutOfRange, TopicPartition, TopicPartitionOffset};

use super::instance::{Flow, Instance, REQUEST_WAIT};
use crate::error::PipelineError;
use crate::state::TaskState;

impl Instance {
    /// Takes partitions over at the positions that [`super::start`] finds.
    pub(super) fn assigned(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Flow, PipelineError> {
        let Some(starts) = self.find_starts(partitions)? else {
            return Ok(Flow::End);
        };
        point!("process.assign.before");
        self.consumer.assign(&starts.positions)?;
        self.starts.extend(
            starts
                .positions
                .iter()
                .map(|at| (at.topic_partition(), at.offset)),
        );
        let all = self.consumer.positions();
        self.take_positions(&all);
        for partition in &starts.unknown {
            self.submitted.remove(partition);
        }
        self.member = self.consumer.group_metadata();
        let (instance, partitions) = (self.number, partitions.len());
        tracing::info!(instance, partitions, "partitions assigned");
        Ok(Flow::GoOn)
    }

    /// Gives partitions up. What is being committed may finish: the member is still in its
    /// generation until this is answered. The batch that is being filled is dropped.
    pub(super) fn revoked(&mut self) -> Result<Flow, PipelineError> {
        self.give_up()
    }

    /// The partitions are somebody else's already: nothing may be committed any more.
    pub(super) fn lost(&mut self) -> Result<Flow, PipelineError> {
        tracing::warn!(
            instance = self.number,
            "the group went on without this instance"
        );
        self.lanes.call_off();
        self.give_up()
    }

    fn give_up(&mut self) -> Result<Flow, PipelineError> {
        point!("process.revoke.before");
        self.drop_records();
        self.member = None;
        let called_off = !self.lanes.is_idle();
        if !self.settle()? {
            return Ok(Flow::End);
        }
        point!("process.revoke.settled");
        self.consumer.unassign()?;
        let kept: Vec<_> = self
            .consumer
            .positions()
            .iter()
            .map(|p| p.topic_partition())
            .collect();
        let given: Vec<_> = self
            .starts
            .keys()
            .filter(|p| !kept.contains(p))
            .copied()
            .collect();
        for partition in given {
            self.starts.remove(&partition);
            self.submitted.remove(&partition);
            self.forget_lag(partition);
        }
        self.metrics
            .set_process_state(self.number, TaskState::Joining);
        tracing::info!(
            instance = self.number,
            kept = kept.len(),
            "partitions given up"
        );
        if called_off && self.lanes.has_failed() {
            return self.recover();
        }
        self.member = self.consumer.group_metadata();
        self.rewind()
    }

    /// Retention went past the position while it was read, or the log was cut.
    pub(super) fn out_of_range(&mut self, out: &OutOfRange) -> Result<Flow, PipelineError> {
        let partition = out.at.topic_partition();
        let Some(log) = self.log_range(partition)? else {
            return Ok(Flow::End);
        };
        let offset = self.judge_position(partition, Some(out.at.offset), log)?;
        let position = [TopicPartitionOffset { offset, ..out.at }];
        let Self {
            consumer, patience, ..
        } = self;
        patience.retry(|_| {}, || consumer.seek(&position, REQUEST_WAIT))?;
        self.starts.insert(partition, offset);
        Ok(Flow::GoOn)
    }

    pub(super) fn forget_lag(&self, partition: TopicPartition) {
        self.metrics
            .process_lag
            .forget(&self.topic_name(partition), partition.partition);
    }
}

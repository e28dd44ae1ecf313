//! After a failure: new producers, and back to what the group says is done.

use std::time::Instant;

use sluicebox_faults::{planted, point};
use sluicebox_kafka::{
    Consumer, ErrorClass, ErrorCode, KafkaError, TopicPartition, TopicPartitionOffset,
};

use super::instance::{Flow, Instance, REQUEST_WAIT};
use crate::backoff::Backoff;
use crate::error::PipelineError;
use crate::limits::FAILURES_BEFORE_ERROR;
use crate::pushed_aside::PushedAside;
use crate::state::TaskState;

/// How often the instance was pushed aside, and how often it failed in a row.
#[derive(Debug)]
pub(super) struct Fencings {
    pub(super) pushed_aside: PushedAside,
    failures: u32,
    backoff: Backoff,
    /// What the cluster refused to the last transaction.
    refused: Option<String>,
}

impl Default for Fencings {
    fn default() -> Self {
        Self {
            pushed_aside: PushedAside::default(),
            failures: 0,
            backoff: Backoff::new(),
            refused: None,
        }
    }
}

impl Fencings {
    /// What the cluster refuses, until a transaction commits.
    pub(super) fn refused(&self) -> Option<String> {
        self.refused.clone()
    }

    /// A transaction has committed.
    pub(super) fn forget_failures(&mut self) {
        if self.failures > 0 {
            self.failures = 0;
            self.refused = None;
            self.backoff = Backoff::new();
        }
    }
}

impl Instance {
    /// Throws both producers away, connects new ones, and rewinds to the committed offsets.
    pub(super) fn recover(&mut self) -> Result<Flow, PipelineError> {
        self.lanes.call_off();
        self.drop_records();
        if !self.settle()? {
            return Ok(Flow::End);
        }
        self.metrics.aborted.add(1);
        if let Some(error) = self.lanes.take_failure() {
            self.judge(error)?;
        }
        if self.fencings.failures > 1 {
            let pause = self.fencings.backoff.pause();
            if self.stop.sleep(pause) >= crate::stop::StopLevel::Drain {
                return Ok(Flow::End);
            }
        }
        if self.reconnect()? == Flow::End {
            return Ok(Flow::End);
        }
        if planted!("processor-does-not-rewind") {
            return Ok(Flow::GoOn);
        }
        self.rewind()
    }

    /// New producers; waits a lost cluster out.
    pub(super) fn reconnect(&mut self) -> Result<Flow, PipelineError> {
        self.metrics.rebuilds.add(1);
        let Self {
            lanes,
            patience,
            stop,
            metrics,
            number,
            fencings,
            ..
        } = self;
        let waiting = |failure: Option<&_>| metrics.process_asks(*number, failure);
        let connected = patience.retry(waiting, || {
            // What a try that failed has asked for may still come to pass, and fence a later one.
            (lanes.connect(stop))
                .inspect_err(|error| fencings.pushed_aside.failed(error, Instant::now()))
        })?;
        Ok(if connected == Some(true) {
            Flow::GoOn
        } else {
            Flow::End
        })
    }

    /// Ends the instance where trying again cannot help, else says what goes on.
    fn judge(&mut self, error: KafkaError) -> Result<(), PipelineError> {
        self.fencings.failures += 1;
        if error.class == ErrorClass::Stop {
            return Err(error.into());
        }
        let aside = &mut self.fencings.pushed_aside;
        aside.failed(&error, Instant::now());
        aside.lost(self.consumer.last_loss());
        aside.lost(self.lanes.last_loss());
        if is_fencing(error.code) && self.fencings.pushed_aside.too_often(Instant::now()) {
            return Err(PipelineError::Fenced {
                transactional_id: format!("{}-{}", self.config.group, self.slot.id()),
                state_file: self.slot.path().to_owned(),
            });
        }
        let (instance, times) = (self.number, self.fencings.failures);
        if error.class == ErrorClass::Refused {
            let help = error.way_out();
            tracing::error!(instance, %error, help, "the cluster refuses a transaction; trying again");
            self.metrics.process_asks(instance, Some(&error));
            self.fencings.refused = Some(error.to_string());
            return Ok(());
        }
        if times >= FAILURES_BEFORE_ERROR {
            tracing::error!(instance, times, %error, "transactions keep failing; trying again");
        } else {
            tracing::warn!(instance, %error, "a transaction failed; it is done again");
        }
        Ok(())
    }

    /// Seeks all assigned partitions to the group's committed offsets, which alone say what is
    /// done: the outcome of a commit that was cut off is known to the broker only.
    pub(super) fn rewind(&mut self) -> Result<Flow, PipelineError> {
        // A transaction that is under way would commit behind the positions read here.
        if !self.settle()? {
            return Ok(Flow::End);
        }
        if self.lanes.has_failed() {
            return self.recover();
        }
        let partitions: Vec<_> = self.starts.keys().copied().collect();
        if partitions.is_empty() {
            self.is_ahead = false;
            return Ok(Flow::GoOn);
        }
        let Some(positions) = self.committed_or_started(&partitions)? else {
            return Ok(Flow::End);
        };
        point!("process.rewind.before");
        let seek = |consumer: &mut Consumer| consumer.seek(&positions, REQUEST_WAIT);
        if self.patiently(seek)?.is_none() {
            return Ok(Flow::End);
        }
        self.take_positions(&positions);
        self.is_ahead = false;
        Ok(Flow::GoOn)
    }

    fn committed_or_started(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Vec<TopicPartitionOffset>>, PipelineError> {
        let Some(committed) = self.committed_offsets(partitions)? else {
            return Ok(None);
        };
        let known = partitions
            .iter()
            .zip(committed)
            .map(|(partition, committed)| {
                let start = self.starts.get(partition).copied().unwrap_or_default();
                let offset = committed.map_or(start, |committed| committed.max(start));
                TopicPartitionOffset {
                    topic: partition.topic,
                    partition: partition.partition,
                    offset,
                }
            });
        Ok(Some(known.collect()))
    }

    /// The group's committed offsets; waits a lost cluster out. `None`: told to stop.
    pub(super) fn committed_offsets(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Vec<Option<i64>>>, PipelineError> {
        self.patiently(|consumer| consumer.committed(partitions, REQUEST_WAIT))
    }

    /// Asks the cluster, waits a lost one out, and shows that it waits. `None`: told to stop.
    pub(super) fn patiently<T>(
        &mut self,
        mut request: impl FnMut(&mut Consumer) -> Result<T, KafkaError>,
    ) -> Result<Option<T>, PipelineError> {
        let Self {
            consumer,
            patience,
            metrics,
            number,
            ..
        } = self;
        let waiting = |failure: Option<&_>| metrics.process_asks(*number, failure);
        patience.retry(waiting, || request(consumer))
    }

    pub(super) fn take_positions(&mut self, positions: &[TopicPartitionOffset]) {
        self.submitted = positions
            .iter()
            .map(|at| (at.topic_partition(), at.offset))
            .collect();
        self.metrics
            .set_process_state(self.number, TaskState::Running);
    }
}

/// Whether somebody else has the transactional id. The other codes of the class are the group's:
/// the member missed a rebalance, and joins again by itself.
fn is_fencing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::FENCED
            | ErrorCode::PRODUCER_FENCED
            | ErrorCode::INVALID_PRODUCER_EPOCH
            | ErrorCode::TRANSACTION_COORDINATOR_FENCED
    )
}

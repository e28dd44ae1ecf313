//! The sink in its group: all partitions or none.

use std::time::{Duration, Instant};

use sluicebox_faults::{planted, point};
use sluicebox_kafka::{
    Consumer, KafkaError, LogRange, OutOfRange, TopicId, TopicPartition, TopicPartitionOffset,
};

use super::standing::rows_elsewhere;
use super::task::SinkTask;
use crate::error::PipelineError;
use crate::limits::{LOG_RANGE_TIMEOUT_MS, PARTIAL_GRACE_MS, REQUEST_TIMEOUT_MS};
use crate::offset_notes::Owner;
use crate::positions;
use crate::state::TaskState;

const REQUEST_WAIT: Duration = Duration::from_millis(REQUEST_TIMEOUT_MS);

impl SinkTask {
    /// Takes all partitions over where the manifest says, or notes that some are missing.
    pub(super) fn take_over(&mut self, partitions: &[TopicPartition]) -> Result<(), PipelineError> {
        if partitions.len() < self.partitions {
            if self.consumer.refusal().is_some() {
                return self.wait_for_rights();
            }
            return self.is_partial(partitions);
        }
        (self.partial_since, self.was_whole) = (None, true);
        let Some(positions) = self.find_positions(partitions)? else {
            return Ok(());
        };
        point!("sink.assign.before");
        self.consumer.assign(&positions)?;
        self.assigned = partitions.to_vec();
        self.partitions = partitions.len();
        if self.disk.is_full() {
            self.consumer.pause(&self.assigned)?;
        } else {
            self.metrics.set_sink_state(TaskState::Running);
        }
        tracing::info!(partitions = partitions.len(), "the sink has all partitions");
        Ok(())
    }

    /// Rows that were read stay: the directory is ours whatever the group says.
    pub(super) fn give_up(&mut self) -> Result<(), PipelineError> {
        self.append_held()?;
        self.commit()?;
        self.held.clear();
        self.forget_lags();
        self.assigned.clear();
        point!("sink.revoke.before");
        self.consumer.unassign()?;
        self.metrics.set_sink_state(TaskState::Joining);
        Ok(())
    }

    /// The client asks the group for the topics only that it may read. It looks again and again
    /// whether there are more, and then asks for all of them.
    fn wait_for_rights(&mut self) -> Result<(), PipelineError> {
        self.consumer.assign(&[])?;
        let reason = self.consumer.refusal();
        let waits = TaskState::WaitingForCluster;
        self.metrics.set_sink_waiting(waits, reason);
        Ok(())
    }

    /// Another member has the rest. A sink that was whole waits a while for the newcomer to stop;
    /// a newcomer stops.
    fn is_partial(&mut self, partitions: &[TopicPartition]) -> Result<(), PipelineError> {
        self.consumer.assign(&[])?;
        if self.partial_since.is_none() && self.others().is_empty() {
            // A name that comes back gets the assignment that it had (KIP-345), from before
            // partitions were added. One that is known asks for a new one.
            let (assigned, needed) = (partitions.len(), self.partitions);
            tracing::info!(
                assigned,
                needed,
                "partitions were added; asking the group for all of them"
            );
            self.partial_since = Some(Instant::now());
            return Ok(self.consumer.rejoin()?);
        }
        if !self.was_whole {
            return Err(self.not_alone(partitions.len()));
        }
        tracing::warn!(
            assigned = partitions.len(),
            needed = self.partitions,
            "another member of the group took partitions; waiting for it to leave"
        );
        self.partial_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Gives up waiting for partitions that another member keeps.
    pub(super) fn check_partial(&mut self) -> Result<(), PipelineError> {
        let grace = Duration::from_millis(PARTIAL_GRACE_MS);
        match self.partial_since {
            Some(since) if since.elapsed() >= grace => Err(self.not_alone(0)),
            _ => Ok(()),
        }
    }

    /// The other members of the group, in words; none, too, when nobody answers.
    fn others(&self) -> Vec<String> {
        let me = self.consumer.group_metadata();
        let groups = self.admin.describe_groups(&[&self.config.group]);
        let members = groups.ok().and_then(|groups| groups.into_iter().next());
        (members
            .map(|group| group.members)
            .unwrap_or_default()
            .iter())
        .filter(|member| me.as_ref().is_none_or(|me| me.member() != member.member))
        .map(|member| {
            let count = member.partitions.len();
            format!(
                "{} at {} ({count} partitions)",
                member.client_id, member.host
            )
        })
        .collect()
    }

    fn not_alone(&self, assigned: usize) -> PipelineError {
        let others = self.others();
        PipelineError::NotAlone {
            group: self.config.group.clone(),
            assigned,
            needed: self.partitions,
            others: if others.is_empty() {
                "a member unknown".into()
            } else {
                others.join(", ")
            },
        }
    }

    /// The manifest's positions; where it knows none, the group's; else the earliest record.
    fn find_positions(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Option<Vec<TopicPartitionOffset>>, PipelineError> {
        let committed =
            self.patiently(|consumer| consumer.committed_with_notes(partitions, REQUEST_WAIT))?;
        let Some(committed) = committed else {
            return Ok(None);
        };
        let mut found = Vec::with_capacity(partitions.len());
        for (at, committed) in partitions.iter().zip(committed) {
            let recorded = self.layout.next_offset(at.topic, at.partition);
            let Some(log) = self.log_range(*at)? else {
                return Ok(None);
            };
            // An offset of an earlier topic of that name says nothing about this one.
            let committed = committed
                .filter(|known| self.notes.owner(self.topic(*at), &known.note) != Owner::OldTopic);
            let offset = match (recorded, committed) {
                (_, Some(known)) if planted!("sink-trusts-the-group") => {
                    self.judge_position(*at, Some(known.offset), log)?
                }
                (None, Some(known)) => self.begin_at_group(*at, known.offset, log)?,
                _ => self.judge_position(*at, recorded, log)?,
            };
            if recorded.is_none() {
                self.layout.advance(at.topic, at.partition, offset);
            }
            let (topic, partition) = (at.topic, at.partition);
            found.push(TopicPartitionOffset {
                topic,
                partition,
                offset,
            });
        }
        Ok(Some(found))
    }

    /// The group knows a partition that the directory has never seen; see [`rows_elsewhere`].
    fn begin_at_group(
        &mut self,
        at: TopicPartition,
        committed: i64,
        log: LogRange,
    ) -> Result<i64, PipelineError> {
        if committed <= log.earliest {
            // Nothing that the topic still has is elsewhere.
            return self.judge_position(at, Some(committed), log);
        }
        if !self.config.accept_loss {
            let (topic, partition) = (self.topic(at), at.partition);
            return Err(rows_elsewhere(&self.config, topic, partition, committed));
        }
        let offset = committed.clamp(log.earliest, log.high_watermark);
        let (topic, partition) = (self.topic(at), at.partition);
        tracing::warn!(
            topic,
            partition,
            offset,
            "this directory has no rows of the partition; going on at the group's offset, the gap before it is recorded in the manifest"
        );
        let left_out = offset.abs_diff(log.earliest);
        self.metrics.sink_lost_offsets.add(left_out);
        self.layout.record_gap(at.topic, at.partition, offset);
        Ok(offset)
    }

    fn judge_position(
        &mut self,
        at: TopicPartition,
        known: Option<i64>,
        log: LogRange,
    ) -> Result<i64, PipelineError> {
        let outside = match positions::start(known, log) {
            Ok(offset) => return Ok(offset),
            Err(outside) => outside,
        };
        let gone = outside.at("sink", self.topic(at), at.partition);
        if !self.config.accept_loss {
            return Err(gone.into());
        }
        let (lost, going_on_at) = (gone.lost(), gone.resume_at());
        tracing::warn!(%gone, lost, going_on_at, "loss accepted; the gap is recorded in the manifest");
        self.metrics.sink_lost_offsets.add(lost);
        self.layout.record_gap(at.topic, at.partition, going_on_at);
        Ok(going_on_at)
    }

    /// Retention went past the position while it was read.
    pub(super) fn out_of_range(&mut self, out: &OutOfRange) -> Result<(), PipelineError> {
        let partition = out.at.topic_partition();
        self.append_held()?;
        let Some(log) = self.log_range(partition)? else {
            return Ok(());
        };
        let offset = self.judge_position(partition, Some(out.at.offset), log)?;
        let position = [TopicPartitionOffset { offset, ..out.at }];
        self.patiently(|consumer| consumer.seek(&position, REQUEST_WAIT))?;
        self.metrics.set_sink_state(TaskState::Running);
        Ok(())
    }

    /// The topic is another one than the one that was read. What was read is kept; the next start
    /// finds the topic's new id and says how to go on.
    pub(super) fn recreated(&mut self, topic: TopicId) -> PipelineError {
        let name = self.consumer.topic_name(topic).unwrap_or_default();
        let recreated = PipelineError::Recreated {
            topic: name.to_owned(),
            is_source: false,
        };
        let appended = self.append_held();
        // The group must not hear of these positions: they are the old topic's.
        self.assigned.clear();
        match appended.and_then(|()| self.commit_rows()) {
            Ok(()) => recreated,
            Err(error) => error,
        }
    }

    fn log_range(&mut self, at: TopicPartition) -> Result<Option<LogRange>, PipelineError> {
        let wait = Duration::from_millis(LOG_RANGE_TIMEOUT_MS);
        self.patiently(|consumer| consumer.offsets(at, wait))
    }

    /// Asks the cluster, and waits a lost one out. `None`: told to stop.
    fn patiently<T>(
        &mut self,
        mut request: impl FnMut(&mut Consumer) -> Result<T, KafkaError>,
    ) -> Result<Option<T>, PipelineError> {
        let Self {
            consumer,
            patience,
            metrics,
            ..
        } = self;
        patience.retry(|failure| metrics.sink_asks(failure), || request(consumer))
    }
}

//! The sink's loop: read, append, commit.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_event::Scratch;
use sluicebox_faults::point;
use sluicebox_kafka::{
    Admin, Consumer, ErrorClass, Polled, RecordBatch, TopicPartition, TopicPartitionOffset,
};
use sluicebox_sink::{DiskStorage, SingleLayout};

use super::disk::DiskTrouble;
use super::open::Opened;
use super::rejoin::join;
use crate::config::SinkConfig;
use crate::end::End;
use crate::error::PipelineError;
use crate::limits::{CLOSE_TIMEOUT_MS, HOUSEKEEPING_MS, POLL_RECORDS_MAX, POLL_WAIT_MS};
use crate::metrics::Metrics;
use crate::offset_notes::OffsetNotes;
use crate::pushed_aside::PushedAside;
use crate::retry::{Patience, cluster_is_away};
use crate::slots::Slot;
use crate::state::TaskState;
use crate::stop::{StopLevel, StopSignal};

/// Indexes of the subscription.
pub(super) const PROCESSED: u16 = 0;
pub(super) const LETTERS: u16 = 1;

pub(super) struct SinkTask {
    pub(super) config: SinkConfig,
    pub(super) stop: StopSignal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) patience: Patience,
    pub(super) admin: Admin,
    pub(super) consumer: Consumer,
    pub(super) layout: SingleLayout<DiskStorage>,
    pub(super) scratch: Scratch,
    /// The row being made. Reused.
    pub(super) row: Vec<u8>,
    /// Rows per file since the last commit.
    pub(super) rows: Vec<u64>,
    /// Source timestamps of the rows since the last commit, for the end-to-end latency.
    pub(super) timestamps: Vec<i64>,
    /// When the oldest row since the last commit was appended.
    pub(super) began: Option<Instant>,
    /// Records that were read and are not appended yet: a batch, and how many of it are done.
    pub(super) held: VecDeque<(RecordBatch, usize)>,
    /// Types of records that no definition names, as they were warned of.
    pub(super) strangers: BTreeSet<String>,
    /// Partitions there are, as far as is known.
    pub(super) partitions: usize,
    pub(super) assigned: Vec<TopicPartition>,
    /// Which topics the offsets are of.
    pub(super) notes: OffsetNotes,
    /// Since when another member has some of the partitions.
    pub(super) partial_since: Option<Instant>,
    pub(super) was_whole: bool,
    pub(super) disk: DiskTrouble,
    end: Option<End>,
    housekept: Instant,
    /// The sink's name in its group, held as long as the task.
    pub(super) slot: Slot,
    pub(super) pushed_aside: PushedAside,
}

impl SinkTask {
    /// Joins the group.
    pub(super) fn start(opened: Opened) -> Result<Self, PipelineError> {
        let Opened {
            config,
            stop,
            metrics,
            patience,
            slot,
            admin,
            layout,
            partitions,
        } = opened;
        // From here on there is something to lose by ending.
        let patience = Patience {
            outwaits_refusals: true,
            ..patience
        };
        let consumer = join(&config, &slot)?;
        let topics = layout.state().topics.iter();
        let notes = OffsetNotes::new(topics.map(|topic| (topic.name.clone(), topic.id.clone())));
        Ok(Self {
            rows: vec![0; config.plans.streams().len() + 1],
            config,
            stop,
            metrics,
            patience,
            admin,
            consumer,
            layout,
            scratch: Scratch::default(),
            row: Vec::new(),
            timestamps: Vec::new(),
            began: None,
            held: VecDeque::new(),
            strangers: BTreeSet::new(),
            partitions,
            assigned: Vec::new(),
            notes,
            partial_since: None,
            was_whole: false,
            disk: DiskTrouble::default(),
            end: None,
            housekept: Instant::now(),
            slot,
            pushed_aside: PushedAside::default(),
        })
    }

    /// Works until told to stop.
    pub(super) fn run(mut self) -> Result<(), PipelineError> {
        let result = self.work().map_err(|error| self.or_lock_lost(error));
        let orderly = result.is_ok() && self.stop.level() < StopLevel::Now;
        self.forget_lags();
        let Self {
            consumer,
            layout,
            slot,
            ..
        } = self;
        consumer.close(Duration::from_millis(if orderly {
            CLOSE_TIMEOUT_MS
        } else {
            0
        }));
        // The directory last: a standby that gets it must find the name in the group free.
        drop(slot);
        drop(layout);
        result
    }

    /// What another sink on the same directory does to this one looks like many things: only the lock
    /// tells what it is.
    fn or_lock_lost(&self, error: PipelineError) -> PipelineError {
        match self.layout.lost_lock() {
            Some(lock) => PipelineError::LockLost {
                lock,
                seen: Box::new(error),
            },
            None => error,
        }
    }

    fn work(&mut self) -> Result<(), PipelineError> {
        loop {
            match self.stop.level() {
                StopLevel::Now => return Ok(()),
                StopLevel::Drain => return self.drain(),
                StopLevel::ToEnd | StopLevel::Run => {}
            }
            self.pushed_aside.runs(Instant::now());
            self.commit_if_due()?;
            self.append_held()?;
            self.housekeep()?;
            self.check_partial()?;
            if self.end_is_reached()? {
                return Ok(());
            }
            self.poll()?;
        }
    }

    fn poll(&mut self) -> Result<(), PipelineError> {
        let polled = match self.consumer.poll(POLL_RECORDS_MAX, self.poll_wait()) {
            Err(error) if error.class == ErrorClass::Fenced => return self.rejoin(&error),
            polled => polled?,
        };
        match polled {
            Polled::Records(batch) => {
                point!("sink.poll.after");
                self.held.push_back((batch, 0));
            }
            Polled::Assigned(partitions) => self.take_over(&partitions)?,
            Polled::Revoked(_) | Polled::Lost(_) => self.give_up()?,
            Polled::OutOfRange(out) => self.out_of_range(&out)?,
            Polled::Recreated(topic) => return Err(self.recreated(topic)),
            _ => {}
        }
        self.append_held()
    }

    fn poll_wait(&self) -> Duration {
        let idle = Duration::from_millis(POLL_WAIT_MS);
        let left = self
            .began
            .map(|began| self.config.linger.saturating_sub(began.elapsed()));
        left.map_or(idle, |left| left.clamp(Duration::from_millis(1), idle))
    }

    fn commit_if_due(&mut self) -> Result<(), PipelineError> {
        let rows: u64 = self.rows.iter().sum();
        let old = self
            .began
            .is_some_and(|began| began.elapsed() >= self.config.linger);
        if old || rows >= self.config.records_max as u64 {
            self.commit()?;
        }
        Ok(())
    }

    fn housekeep(&mut self) -> Result<(), PipelineError> {
        if self.housekept.elapsed() < Duration::from_millis(HOUSEKEEPING_MS) {
            return Ok(());
        }
        self.housekept = Instant::now();
        self.publish_lags();
        self.say_if_waiting();
        if self.held.is_empty() && self.began.is_none() && self.advance_past_markers() {
            self.commit()?;
        }
        Ok(())
    }

    /// The client library looks for the cluster, and asks for what it is refused, without a word.
    fn say_if_waiting(&self) {
        let away = match self.assigned.is_empty() {
            true => cluster_is_away(&self.consumer),
            false => self.consumer.refusal(),
        };
        if let Some(reason) = away {
            let waits = TaskState::WaitingForCluster;
            self.metrics.set_sink_waiting(waits, Some(reason));
        } else if !self.assigned.is_empty() && !self.disk.is_full() {
            self.metrics.set_sink_state(TaskState::Running);
        }
    }

    /// Moves positions past transaction markers; whether any moved.
    pub(super) fn advance_past_markers(&mut self) -> bool {
        let mut moved = false;
        for at in self.consumer.positions() {
            if self.layout.next_offset(at.topic, at.partition) < Some(at.offset) {
                self.layout.advance(at.topic, at.partition, at.offset);
                moved = true;
            }
        }
        moved
    }

    /// Commits what was read. Where the disk is full, that cannot be waited for: the next start
    /// reads it again.
    fn drain(&mut self) -> Result<(), PipelineError> {
        self.metrics.set_sink_state(TaskState::Draining);
        self.append_held()?;
        self.commit()?;
        if self.disk.is_full() {
            tracing::warn!(
                "the disk is full: the last rows are not written; the next start reads them again"
            );
        }
        Ok(())
    }

    /// Whether this sink is to stop at an end that its files have reached.
    fn end_is_reached(&mut self) -> Result<bool, PipelineError> {
        if !self.config.stop_at_end && self.stop.level() < StopLevel::ToEnd {
            return Ok(false);
        }
        if self.end.is_none() {
            let topics = [
                self.config.topics.processed.as_str(),
                &self.config.topics.dead_letters,
            ];
            let end = self
                .patience
                .retry(|_| {}, || End::now(&self.admin, &topics))?;
            let Some(end) = end else { return Ok(true) };
            self.end = Some(end);
        }
        if !self.held.is_empty() || self.disk.is_full() {
            return Ok(false);
        }
        let Some(end) = &self.end else {
            return Ok(false);
        };
        let at = |partition: &TopicPartition| {
            self.layout
                .next_offset(partition.topic, partition.partition)
        };
        let read: Vec<_> = end.partitions().iter().map(at).collect();
        // Taking the partition over is what notices that records are gone.
        if !end.is_covered(&read) || end.overtaken(at).is_some() {
            return Ok(false);
        }
        self.commit()?;
        Ok(!self.disk.is_full())
    }

    /// What the layout counts as read of each assigned partition.
    pub(super) fn next_offsets(&self) -> Vec<TopicPartitionOffset> {
        let at = |partition: &TopicPartition| {
            let TopicPartition { topic, partition } = *partition;
            let offset = self.layout.next_offset(topic, partition)?;
            Some(TopicPartitionOffset {
                topic,
                partition,
                offset,
            })
        };
        self.assigned.iter().filter_map(at).collect()
    }
}

//! One instance: the consuming thread and its loop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_event::{Scratch, StreamId};
use sluicebox_faults::point;
use sluicebox_kafka::{Consumer, ConsumerOptions, GroupMetadata, Polled, TopicPartition};

use super::batch::{Filling, Planner};
use super::ending::Ending;
use super::lanes::{Event, Lanes};
use super::recovery::Fencings;
use crate::clock::now_ms;
use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::limits::{
    CLOSE_TIMEOUT_MS, HOUSEKEEPING_MS, MAX_POLL_INTERVAL_MS, OUTPUT_RESERVE_BYTES,
    POLL_RECORDS_MAX, POLL_WAIT_MS, QUEUED_MAX_KBYTES, REQUEST_TIMEOUT_MS, SESSION_TIMEOUT_MS,
};
use crate::metrics::Metrics;
use crate::offset_notes::OffsetNotes;
use crate::retry::{Patience, cluster_is_away};
use crate::slots::Slot;
use crate::state::TaskState;
use crate::stop::{StopLevel, StopSignal};

pub(super) const REQUEST_WAIT: Duration = Duration::from_millis(REQUEST_TIMEOUT_MS);

pub(super) struct Instance {
    pub(super) number: usize,
    pub(super) config: Arc<ProcessorConfig>,
    pub(super) stop: StopSignal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) slot: Slot,
    pub(super) patience: Patience,
    pub(super) consumer: Consumer,
    pub(super) lanes: Lanes,
    /// Topics of the subscription, by `TopicId`.
    pub(super) topics: Arc<[(String, StreamId)]>,
    pub(super) scratch: Scratch,
    pub(super) filling: Filling,
    /// Positions are ahead of what is processed: records were dropped, and reading has not gone
    /// back to them yet. Nothing may be committed until it has.
    pub(super) is_ahead: bool,
    /// Membership under which the present partitions were assigned.
    pub(super) member: Option<GroupMetadata>,
    /// Where each assigned partition began, for those that the group has no offset of.
    pub(super) starts: BTreeMap<TopicPartition, i64>,
    /// The next offset of each partition as the last transactions handed over have it.
    pub(super) submitted: BTreeMap<TopicPartition, i64>,
    /// Which topics the present partitions are of.
    pub(super) notes: OffsetNotes,
    pub(super) fencings: Fencings,
    pub(super) ending: Ending,
    housekept: Instant,
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    /// The task is to end; what is at hand stays undone.
    End,
}

impl Instance {
    /// Takes a slot, fences what an earlier holder left open, joins the group. `None`: told to
    /// stop before that was done.
    pub(super) fn start(
        number: usize,
        config: Arc<ProcessorConfig>,
        stop: StopSignal,
        metrics: Arc<Metrics>,
    ) -> Result<Option<Self>, PipelineError> {
        let slot = Slot::take(&config.state_dir, "process")?;
        let id = format!("{}-{}", config.group, slot.id());
        tracing::info!(instance = number, slot = slot.number(), %id, "processor instance starts");
        let client = slot.named(&config.client);
        let mut lanes = Lanes::start(&config, &client, &id)?;
        let servers = config.client.bootstrap_servers.clone();
        let mut patience = Patience {
            servers,
            wait: config.wait,
            stop: stop.clone(),
            outwaits_refusals: false,
        };
        metrics.set_process_state(number, TaskState::Joining);
        // Before joining: offsets of transactions that a dead predecessor left open become stable.
        let waiting = |failure: Option<&_>| metrics.process_asks(number, failure);
        if patience
            .retry(waiting, || lanes.connect(&stop))?
            .is_none_or(|connected| !connected)
        {
            lanes.close(false);
            return Ok(None);
        }
        // From here on there is something to lose by ending.
        patience.outwaits_refusals = true;
        let topics: Arc<[_]> = (config.plans.streams().iter().zip(0..))
            .map(|(stream, id)| (stream.source_topic().to_owned(), StreamId(id)))
            .collect();
        let names = topics.iter().map(|(topic, _)| topic.clone()).collect();
        let options = ConsumerOptions {
            session_timeout_ms: SESSION_TIMEOUT_MS,
            max_poll_interval_ms: MAX_POLL_INTERVAL_MS,
            queued_max_kbytes: QUEUED_MAX_KBYTES,
            ..ConsumerOptions::new(config.group.clone(), names)
        };
        let consumer = Consumer::subscribe(&client, options)?;
        Ok(Some(Self {
            number,
            config,
            stop,
            metrics,
            slot,
            patience,
            consumer,
            lanes,
            topics,
            scratch: Scratch::default(),
            filling: Filling::default(),
            is_ahead: false,
            member: None,
            starts: BTreeMap::new(),
            submitted: BTreeMap::new(),
            notes: OffsetNotes::default(),
            fencings: Fencings::default(),
            ending: Ending::default(),
            housekept: Instant::now(),
        }))
    }

    /// Works until told to stop.
    pub(super) fn run(mut self) -> Result<(), PipelineError> {
        let result = self.work();
        let orderly = result.is_ok() && self.stop.level() < StopLevel::Now;
        let partitions = std::mem::take(&mut self.starts);
        for partition in partitions.keys() {
            self.forget_lag(*partition);
        }
        self.lanes.close(orderly);
        // Also after an error: a member that stays behind keeps its partitions for its session.
        let leaves = self.stop.level() < StopLevel::Now;
        self.consumer.close(Duration::from_millis(if leaves {
            CLOSE_TIMEOUT_MS
        } else {
            0
        }));
        result
    }

    fn work(&mut self) -> Result<(), PipelineError> {
        loop {
            match self.stop.level() {
                StopLevel::Now => return Ok(()),
                StopLevel::Drain => return self.drain(),
                StopLevel::ToEnd | StopLevel::Run => {}
            }
            if self.step()? == Flow::End && self.stop.level() < StopLevel::Drain {
                return Ok(());
            }
        }
    }

    fn step(&mut self) -> Result<Flow, PipelineError> {
        self.fencings.pushed_aside.runs(Instant::now());
        self.take_events()?;
        if self.lanes.has_failed() && self.recover()? == Flow::End {
            return Ok(Flow::End);
        }
        self.submit_if_due()?;
        self.housekeep()?;
        if self.end_is_reached()? {
            // Producers may go on: what came behind the end is at hand, and is not thrown away.
            if self.stop.level() < StopLevel::Drain {
                self.drain()?;
            }
            return Ok(Flow::End);
        }
        self.poll()
    }

    fn take_events(&mut self) -> Result<(), PipelineError> {
        self.lanes.check_threads()?;
        while let Some(event) = self.lanes.next_event(Duration::ZERO) {
            self.note(event);
        }
        Ok(())
    }

    pub(super) fn note(&mut self, event: Event) {
        if let Event::Committed(counts) = event {
            self.committed(&counts);
        }
    }

    pub(super) fn committed(&mut self, counts: &super::batch::Counts) {
        self.metrics.transactions.add(1);
        counts.publish(&self.topics, &self.metrics);
        self.fencings.forget_failures();
    }

    fn poll(&mut self) -> Result<Flow, PipelineError> {
        let limits = self.config.transaction;
        let room = limits.records_max.saturating_sub(self.filling.records);
        if room == 0 || self.filling.bytes() >= limits.bytes_max {
            // Nothing more fits, and both lanes are under way: their waits are bounded.
            if let Some(event) = self.lanes.next_event(Duration::from_millis(POLL_WAIT_MS)) {
                self.note(event);
            }
            return Ok(Flow::GoOn);
        }
        match self
            .consumer
            .poll(room.min(POLL_RECORDS_MAX), self.poll_wait())?
        {
            Polled::Records(batch) => {
                point!("process.poll.after");
                let mut planner = Planner {
                    plans: &self.config.plans,
                    topics: &self.topics,
                    scratch: &mut self.scratch,
                    record_bytes_max: output_bytes_max(&self.config),
                };
                self.filling.add(&mut planner, &batch, now_ms());
                point!("process.plan.after");
                Ok(Flow::GoOn)
            }
            Polled::Assigned(partitions) => self.assigned(&partitions),
            Polled::Revoked(_) => self.revoked(),
            Polled::Lost(_) => self.lost(),
            Polled::OutOfRange(out) => self.out_of_range(&out),
            Polled::Recreated(topic) => Err(self.recreated(topic)),
            _ => Ok(Flow::GoOn),
        }
    }

    fn poll_wait(&self) -> Duration {
        let idle = Duration::from_millis(POLL_WAIT_MS);
        let Some(began) = self.filling.began else {
            return idle;
        };
        let left = self
            .config
            .transaction
            .linger
            .saturating_sub(began.elapsed());
        // Overdue means that the lanes are busy: look again soon, records may come meanwhile.
        left.clamp(Duration::from_millis(1), idle)
    }

    fn housekeep(&mut self) -> Result<(), PipelineError> {
        if self.housekept.elapsed() < Duration::from_millis(HOUSEKEEPING_MS) {
            return Ok(());
        }
        self.housekept = Instant::now();
        if self.filling.records == 0 && self.lanes.is_idle() && self.member.is_some() {
            self.submit()?;
        }
        self.publish_lags();
        self.say_if_waiting();
        Ok(())
    }

    /// Without partitions the client library looks for the cluster by itself, without a word.
    fn say_if_waiting(&self) {
        let away = match self.starts.is_empty() {
            true => cluster_is_away(&self.consumer),
            false => self.consumer.refusal(),
        };
        let away = self.fencings.refused().or(away);
        if let Some(reason) = away {
            let waits = TaskState::WaitingForCluster;
            self.metrics
                .set_process_waiting(self.number, waits, Some(reason));
        } else if !self.starts.is_empty() {
            self.metrics
                .set_process_state(self.number, TaskState::Running);
        }
    }

    pub(super) fn topic_name(&self, partition: TopicPartition) -> String {
        self.topics[usize::from(partition.topic)].0.clone()
    }
}

/// Key and value of the largest output record: the topic's limit is on the whole batch.
fn output_bytes_max(config: &ProcessorConfig) -> usize {
    config
        .client
        .message_max_bytes
        .saturating_sub(OUTPUT_RESERVE_BYTES)
}

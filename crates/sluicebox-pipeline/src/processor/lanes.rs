//! The two lanes of an instance, seen from the consuming thread.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use sluicebox_kafka::{ClientOptions, GroupMetadata, KafkaError, OutBatch, TransactionOptions};

use super::batch::{Counts, Filling};
use super::lane::{Command, Failure, Lane, Outcome, Report, Work};
use super::turn::Turn;
use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::offset_notes::OffsetNotes;
use crate::stop::{StopLevel, StopSignal};

/// Two transactional ids in turn: while one commits, the other sends.
const LANES: usize = 2;
const LANE_NAMES: [&str; LANES] = ["a", "b"];
/// Most batches whose memory is kept: two in the lanes, two being filled, letters with each.
const SPARES_MAX: usize = 6;

pub(super) struct Lanes {
    commands: Vec<Sender<Command>>,
    threads: Vec<JoinHandle<()>>,
    busy: [bool; LANES],
    reports: Receiver<Report>,
    turn: Turn,
    /// Of the last transaction that was submitted.
    sequence: u64,
    spares: Vec<OutBatch>,
    /// Why the present transactions failed: the first real failure.
    failure: Option<Failure>,
    /// When a producer last lost a connection or a request.
    last_loss: Option<Instant>,
}

/// What happened in the lanes.
pub(super) enum Event {
    Committed(Counts),
    Failed,
}

impl Lanes {
    /// Starts the threads; nothing is connected yet.
    pub(super) fn start(
        config: &ProcessorConfig,
        client: &ClientOptions,
        id: &str,
    ) -> Result<Self, PipelineError> {
        let (report_sender, reports) = unbounded();
        let turn = Turn::default();
        let (mut commands, mut threads) = (Vec::new(), Vec::new());
        for (number, name) in LANE_NAMES.iter().enumerate() {
            let (sender, receiver) = unbounded();
            let lane = Lane {
                number,
                client: client.clone(),
                transaction: TransactionOptions {
                    timeout_ms: config.transaction.timeout_ms,
                    ..TransactionOptions::new(format!("{id}-{name}"))
                },
                topics: config.topics.clone(),
                turn: turn.clone(),
                commands: receiver,
                reports: report_sender.clone(),
            };
            let name = format!("process-lane-{name}");
            let thread = std::thread::Builder::new()
                .name(name.clone())
                .spawn(|| lane.run());
            threads.push(thread.map_err(|source| PipelineError::Thread { name, source })?);
            commands.push(sender);
        }
        let busy = [false; LANES];
        let (spares, failure) = (Vec::new(), None);
        Ok(Self {
            commands,
            threads,
            busy,
            reports,
            turn,
            sequence: 0,
            spares,
            failure,
            last_loss: None,
        })
    }

    /// Whether the next transaction can be submitted.
    pub(super) fn is_free(&self) -> bool {
        !self.busy[self.next_lane()]
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.busy.iter().all(|busy| !busy)
    }

    /// Hands a transaction over and leaves `filling` empty, with memory of an earlier one.
    pub(super) fn submit(
        &mut self,
        filling: &mut Filling,
        offsets: Vec<(String, i32, i64)>,
        notes: OffsetNotes,
        group: GroupMetadata,
    ) {
        let lane = self.next_lane();
        self.sequence += 1;
        let processed = self.spares.pop().unwrap_or_default();
        let letters = self.spares.pop().unwrap_or_default();
        let work = Work {
            sequence: self.sequence,
            processed: std::mem::replace(&mut filling.processed, processed),
            letters: std::mem::replace(&mut filling.letters, letters),
            offsets,
            notes,
            group,
            counts: std::mem::take(&mut filling.counts),
        };
        filling.clear();
        self.command(lane, Command::Transact(Box::new(work)));
    }

    /// The next event, waiting at most `wait`.
    pub(super) fn next_event(&mut self, wait: Duration) -> Option<Event> {
        let report = self.reports.recv_timeout(wait).ok()?;
        self.busy[report.lane] = false;
        self.last_loss = self.last_loss.max(report.last_loss);
        match report.outcome {
            Outcome::Committed(counts, mut arenas) => {
                // The largest last, so that the next batch of processed records gets it.
                arenas.sort_by_key(OutBatch::bytes);
                self.spares.append(&mut arenas);
                self.spares.truncate(SPARES_MAX);
                Some(Event::Committed(counts))
            }
            Outcome::Failed(failure) => {
                if !matches!(self.failure, Some(Failure::Kafka(_))) {
                    self.failure = Some(failure);
                }
                Some(Event::Failed)
            }
            Outcome::Connected(result) => {
                let failure = result.err().map(Failure::Kafka)?;
                self.failure = Some(failure);
                Some(Event::Failed)
            }
        }
    }

    /// Calls off what has not begun to commit.
    pub(super) fn call_off(&self) {
        self.turn.fail();
    }

    /// Waits until nothing is under way; what commits meanwhile goes to `committed`. Every wait in
    /// a lane is bounded, so this is too. `Ok(false)`: the task is to stop at once.
    pub(super) fn settle(
        &mut self,
        stop: &StopSignal,
        mut committed: impl FnMut(Counts),
    ) -> Result<bool, PipelineError> {
        while !self.is_idle() {
            self.check_threads()?;
            if stop.level() == StopLevel::Now {
                return Ok(false);
            }
            if let Some(Event::Committed(counts)) = self.next_event(Duration::from_millis(20)) {
                committed(counts);
            }
        }
        Ok(true)
    }

    /// When a producer, of those that have failed and connected, last lost a connection or a
    /// request.
    pub(super) fn last_loss(&self) -> Option<Instant> {
        self.last_loss
    }

    /// Whether a transaction failed since the last [`Self::connect`].
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// The first failure; `None` where all were called off by us.
    pub(super) fn take_failure(&mut self) -> Option<KafkaError> {
        match self.failure.take() {
            Some(Failure::Kafka(error)) => Some(error),
            _ => None,
        }
    }

    /// New producers in both lanes; nothing must be under way. `Ok(false)`: the task is to end.
    pub(super) fn connect(&mut self, stop: &StopSignal) -> Result<bool, KafkaError> {
        debug_assert!(self.is_idle());
        self.failure = None;
        self.turn.restart_after(self.sequence);
        (0..LANES).for_each(|lane| self.command(lane, Command::Connect));
        while !self.is_idle() {
            if stop.is_ending() {
                return Ok(false);
            }
            let _ = self.next_event(Duration::from_millis(20));
        }
        match self.take_failure() {
            Some(error) => Err(error),
            None => Ok(true),
        }
    }

    /// Ends the threads. With `wait`, until the producers are gone.
    pub(super) fn close(self, wait: bool) {
        self.turn.fail();
        drop(self.commands);
        if wait {
            for thread in self.threads {
                // A panic in a lane was seen as a lane that never answers; nothing to add here.
                let _ = thread.join();
            }
        }
    }

    fn next_lane(&self) -> usize {
        ((self.sequence + 1) % LANES as u64) as usize
    }

    fn command(&mut self, lane: usize, command: Command) {
        self.busy[lane] = true;
        // Fails only after a panic of the lane's thread, which `check_threads` finds.
        let _ = self.commands[lane].send(command);
    }

    /// A lane's thread ends by a panic only.
    pub(super) fn check_threads(&self) -> Result<(), PipelineError> {
        match self.threads.iter().find(|thread| thread.is_finished()) {
            None => Ok(()),
            Some(thread) => {
                let name = thread.thread().name().unwrap_or_default().to_owned();
                Err(PipelineError::Panicked { name })
            }
        }
    }
}

//! What an attack is given: its options, its dice, and where it counts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_conformance::real_kafka::KafkaOptions;

use crate::dice::Dice;
use crate::error::Result;
use crate::ledger::Load;
use crate::limits::RECOVERY_MS;
use crate::proxy::Proxy;
use crate::verdict::{Verdict, verdict};
use crate::world::{ClusterKind, Part, Program, World};

/// What was asked for on the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// Every choice follows from it.
    pub seed: u64,
    /// Rounds; `None`: as many as the attack's table says.
    pub rounds: Option<u64>,
    /// No new round begins after this time.
    pub duration: Option<Duration>,
    /// The form for every change rather than for a release.
    pub short: bool,
    /// The brokers.
    pub cluster: ClusterKind,
    /// Records per second.
    pub rate: u64,
    /// The program; `None`: the one beside this one.
    pub program: Option<PathBuf>,
}

/// One attack on its way.
#[derive(Debug)]
pub struct Context {
    /// What was asked for.
    pub options: Options,
    /// The attack's own randomness.
    pub dice: Dice,
    /// Rounds done.
    pub rounds_done: u64,
    /// Faults made, by kind.
    pub faults: BTreeMap<String, u64>,
    /// The sums of all verdicts.
    pub judged: Verdict,
    /// How long it took after each fault until rows flowed again.
    pub recoveries: Vec<Duration>,
    rounds: u64,
    failing: bool,
    began: Instant,
}

impl Context {
    /// A context for the attack `name`, which does `rounds` rounds unless told otherwise.
    pub fn new(options: Options, name: &str, rounds: u64) -> Self {
        Self {
            dice: Dice::new(options.seed, name),
            rounds: options.rounds.unwrap_or(rounds),
            options,
            rounds_done: 0,
            faults: BTreeMap::new(),
            judged: Verdict::default(),
            recoveries: Vec::new(),
            failing: false,
            began: Instant::now(),
        }
    }

    /// Starts the cluster that was asked for.
    pub fn world(&self) -> Result<World> {
        self.world_on(&KafkaOptions::nodes(3))
    }

    /// The same, with a real cluster of these options where a real one was asked for.
    pub fn world_on(&self, kafka: &KafkaOptions) -> Result<World> {
        let program = Program::find(self.options.program.clone())?;
        World::start(&program, self.options.cluster, kafka)
    }

    /// The same with a proxy in front of every broker.
    pub fn world_behind_proxy(&self, kafka: &KafkaOptions) -> Result<(World, Arc<Proxy>)> {
        let program = Program::find(self.options.program.clone())?;
        World::start_behind_proxy(&program, self.options.cluster, kafka, self.options.seed)
    }

    /// Whether there is another round to do; counts it.
    pub fn next_round(&mut self) -> bool {
        let late = self
            .options
            .duration
            .is_some_and(|limit| self.began.elapsed() >= limit);
        if self.rounds_done >= self.rounds || late {
            return false;
        }
        self.rounds_done += 1;
        true
    }

    /// Rounds that are still to do.
    pub fn rounds_left(&self) -> u64 {
        self.rounds.saturating_sub(self.rounds_done)
    }

    /// Something was found: whoever attacks at the same time stops.
    pub fn fail(&mut self) {
        self.failing = true;
    }

    /// Whether something was found.
    pub fn is_failing(&self) -> bool {
        self.failing
    }

    /// Counts a fault, and says so.
    pub fn fault(&mut self, kind: &str) {
        *self.faults.entry(kind.to_owned()).or_default() += 1;
        let (seconds, round) = (self.began.elapsed().as_secs_f32(), self.rounds_done);
        eprintln!("  {seconds:7.1} s  round {round}: {kind}");
    }

    /// Takes a verdict; the processes are down afterwards.
    pub fn judge(&mut self, world: &mut World, load: &Load) -> Result<()> {
        let verdict = verdict(world, load)?;
        // A ledger grows with its world, so the last verdict of a world counts all of it.
        self.judged.acknowledged = self.judged.acknowledged.max(verdict.acknowledged);
        self.judged.rows = self.judged.rows.max(verdict.rows);
        self.judged.letters = self.judged.letters.max(verdict.letters);
        let (seconds, records) = (self.began.elapsed().as_secs_f32(), verdict.acknowledged);
        eprintln!("  {seconds:7.1} s  verdict: {records} acknowledged records, all there once");
        Ok(())
    }

    /// Takes a verdict, starts the processes again, and lets the load go on.
    pub fn judge_and_go_on(&mut self, world: &mut World, load: &Load) -> Result<()> {
        self.judge(world, load)?;
        world.parts.iter_mut().try_for_each(Part::start)?;
        load.set_rate(self.options.rate);
        Ok(())
    }

    /// Rows must flow again within the promised time, and nobody may have ended.
    pub fn rows_flow(&mut self, world: &mut World) -> Result<()> {
        let limit = Duration::from_millis(RECOVERY_MS);
        let took = world.rows_flow_within(limit)?;
        self.recovered(took);
        world.all_run()
    }

    /// Notes how long rows took to flow again.
    pub fn recovered(&mut self, took: Duration) {
        eprintln!("             rows flow again after {} ms", took.as_millis());
        self.recoveries.push(took);
    }

    /// How long the attack runs.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

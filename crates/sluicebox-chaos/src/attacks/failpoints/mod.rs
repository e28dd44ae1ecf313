//! Crash, error and delay at every failpoint, under load.
//!
//! Processor, sink and broker are struck at the same time, each through a list of its own; sinks on
//! new directories beside them. After every batch everything drains and is judged.

mod fault;
pub(super) mod lanes;
mod new_directory;
mod target;
pub(super) mod zombies;

use std::sync::Mutex;

use sluicebox_faults::points::Part as Where;

use crate::context::Context;
use crate::dice::Dice;
use crate::error::{ChaosError, Result};
use crate::ledger::Load;
use crate::world::{ClusterKind, Nodes, World};
use fault::Fault;
use target::Target;

/// How often every fault is made in the full form.
const TIMES: usize = 20;
/// Faults between two verdicts, in the full and in the short form.
const FAULTS_A_VERDICT: usize = 150;
const FAULTS_A_VERDICT_SHORT: usize = 20;
/// Dead members are noticed soon.
const SESSION: [&str; 4] = [
    "--kafka",
    "session.timeout.ms=1500",
    "--kafka",
    "heartbeat.interval.ms=300",
];

/// The lists of faults, in the order in which they are made.
struct Lists {
    process: Vec<Fault>,
    sink: Vec<Fault>,
    broker: Vec<Fault>,
    new_directory: Vec<Fault>,
}

/// One part of each list.
struct Batch<'a> {
    process: &'a [Fault],
    sink: &'a [Fault],
    broker: &'a [Fault],
    new_directory: &'a [Fault],
}

/// Makes every fault there is, in an order drawn from the seed.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    world.program.expect_failpoints()?;
    let load = Load::start(&world.servers, context.options.rate);
    for verb in ["process", "process", "sink"] {
        let words = [&[verb][..], &SESSION].concat();
        world.spawn(&words)?;
    }
    let lists = Lists::draw(&mut context.dice, context.options.cluster);
    let wanted = lists.len().min(context.rounds_left() as usize);
    let a_verdict = if wanted <= 10 * FAULTS_A_VERDICT_SHORT {
        FAULTS_A_VERDICT_SHORT
    } else {
        FAULTS_A_VERDICT
    };
    let batches = wanted.div_ceil(a_verdict).max(1);
    for number in 0..batches {
        let share = wanted as f64 / lists.len() as f64 / batches as f64;
        if !lists.batch(number, share).make(context, &mut world)? {
            break;
        }
        context.judge_and_go_on(&mut world, &load)?;
    }
    context.rows_flow(&mut world)
}

impl Lists {
    fn draw(dice: &mut Dice, cluster: ClusterKind) -> Self {
        let mut list = |part, new_directory| {
            let mut faults = Fault::all(part, new_directory).repeat(TIMES);
            dice.shuffle(&mut faults);
            faults
        };
        Self {
            process: list(Where::Process, false),
            sink: list(Where::Sink, false),
            new_directory: list(Where::Sink, true),
            broker: match cluster {
                ClusterKind::Embedded => list(Where::Broker, false),
                ClusterKind::Kafka => Vec::new(),
            },
        }
    }

    fn len(&self) -> usize {
        self.process.len() + self.sink.len() + self.broker.len() + self.new_directory.len()
    }

    /// The batch of this number when each takes a share of every list.
    fn batch(&self, number: usize, share: f64) -> Batch<'_> {
        fn part(list: &[Fault], number: usize, share: f64) -> &[Fault] {
            let at = |number: usize| {
                let place = list.len() as f64 * share * number as f64;
                (place.round() as usize).min(list.len())
            };
            &list[at(number)..at(number + 1)]
        }
        Batch {
            process: part(&self.process, number, share),
            sink: part(&self.sink, number, share),
            broker: part(&self.broker, number, share),
            new_directory: part(&self.new_directory, number, share),
        }
    }
}

impl Batch<'_> {
    /// Makes the faults of all parts at the same time; whether there was time for all.
    fn make(&self, context: &mut Context, world: &mut World) -> Result<bool> {
        let common = world.new_directories();
        let World { parts, nodes, .. } = world;
        let [process, companion, sink] = parts.as_mut_slice() else {
            return Err(ChaosError::Fixture("three processes".to_owned()));
        };
        let mut broker = match nodes {
            Nodes::Embedded { broker, address } => Some((broker, address.clone())),
            Nodes::Kafka(_) => None,
        };
        let context = Mutex::new(context);
        std::thread::scope(|scope| {
            let process = scope.spawn(|| {
                let companion = Some(companion);
                let mut target = Target {
                    part: process,
                    companion,
                    address: None,
                };
                each(&context, self.process, |fault| target.strike(fault))
            });
            let sink = scope.spawn(|| {
                let mut target = Target {
                    part: sink,
                    companion: None,
                    address: None,
                };
                each(&context, self.sink, |fault| target.strike(fault))
            });
            let broker = broker.as_mut().map(|(part, address)| {
                let mut target = Target {
                    part,
                    companion: None,
                    address: Some(address.clone()),
                };
                let context = &context;
                scope.spawn(move || each(context, self.broker, |fault| target.strike(fault)))
            });
            let new = scope.spawn(|| {
                each(&context, self.new_directory, |fault| {
                    new_directory::strike(&common, fault)
                })
            });
            let results = [Some(process), Some(sink), Some(new), broker];
            let joined: Vec<Result<bool>> = results.into_iter().flatten().map(join).collect();
            joined
                .into_iter()
                .try_fold(true, |all, one| Ok(all && one?))
        })
    }
}

fn join(thread: std::thread::ScopedJoinHandle<'_, Result<bool>>) -> Result<bool> {
    let panicked = |_| {
        Err(ChaosError::Fixture(
            "an attacking thread panicked".to_owned(),
        ))
    };
    thread.join().unwrap_or_else(panicked)
}

/// Makes faults one after the other; whether there was time for all.
fn each(
    context: &Mutex<&mut Context>,
    faults: &[Fault],
    mut strike: impl FnMut(&Fault) -> Result<()>,
) -> Result<bool> {
    let lock = || {
        context
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    for fault in faults {
        if lock().is_failing() || !lock().next_round() {
            return Ok(false);
        }
        let struck = strike(fault);
        if struck.is_err() {
            lock().fail();
        }
        struck?;
        lock().fault(&fault.kind());
    }
    Ok(true)
}

//! Full disks: the sink's directory and the embedded broker's data directory are on small file systems
//! that fill up, and get room again. Needs the right to mount (root).

mod small_disk;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use small_disk::SmallDisk;

use crate::context::Context;
use crate::dice::Dice;
use crate::error::{ChaosError, Result, found};
use crate::ledger::Load;
use crate::limits::{POLL_MS, READY_MS, RECOVERY_MS, STOP_MS};
use crate::world::{ClusterKind, Nodes, Part, World, wait_until};

const OUTPUT_MIB: u64 = 96;
const BROKER_MIB: u64 = 384;
/// What is left when a disk is filled: whoever writes on meets the end in the middle of something.
const SPARE_BYTES_MAX: u64 = 200_000;
/// Full for so long at most.
const FULL_MS: (u64, u64) = (200, 3_000);
/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 20;
/// How a full disk is spoken of: by the sink, by the operating system.
const SAYS: [&str; 2] = ["disk is full", "os error 28"];

/// Each round fills a disk under load, now and then restarts who writes there, and makes room.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let output = SmallDisk::mount(&world.output_dir(), OUTPUT_MIB)?;
    let data = match context.options.cluster {
        ClusterKind::Embedded => Some(move_broker(&mut world)?),
        ClusterKind::Kafka => None,
    };
    let outcome = attack(context, &mut world, &output, data.as_ref());
    if outcome.is_err() {
        world.keep();
        // They are gone with their file systems.
        for disk in data.iter().chain([&output]) {
            disk.copy_beside()?;
        }
    }
    outcome
}

fn attack(
    context: &mut Context,
    world: &mut World,
    output: &SmallDisk,
    data: Option<&SmallDisk>,
) -> Result<()> {
    let load = Load::start(&world.servers, context.options.rate);
    world.spawn(&["process"])?;
    let sink = world.spawn(&["sink"])?;
    while context.next_round() {
        context.rows_flow(world)?;
        let restarts = context.dice.one_in(3);
        let kind = match data {
            Some(data) if context.dice.one_in(2) => {
                broker_is_full(world, data, &load, &mut context.dice, restarts)?
            }
            _ => sink_is_full(&mut world.parts[sink], output, &mut context.dice, restarts)?,
        };
        context.fault(kind);
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.rows_flow(world)?;
            context.judge_and_go_on(world, &load)?;
        }
    }
    context.rows_flow(world)?;
    context.judge(world, &load)
}

/// The broker's data directory goes to a small disk.
fn move_broker(world: &mut World) -> Result<SmallDisk> {
    let path = world.home().join("broker");
    if let Nodes::Embedded { broker, .. } = &mut world.nodes {
        broker.kill()?;
    }
    let before = world.home().join("broker-before");
    std::fs::rename(&path, &before)?;
    let disk = SmallDisk::mount(&path, BROKER_MIB)?;
    disk.take_over(&before)?;
    world.nodes.kill_and_restart()?;
    Ok(disk)
}

/// The sink says so and waits, or ends; with room it goes on.
fn sink_is_full(
    sink: &mut Part,
    disk: &SmallDisk,
    dice: &mut Dice,
    restarts: bool,
) -> Result<&'static str> {
    let mut from = sink.said_bytes();
    disk.fill(dice.between(0, SPARE_BYTES_MAX))?;
    says_so(sink, from)?;
    if restarts {
        from = sink.said_bytes();
        sink.restart()?;
        says_so(sink, from)?;
    }
    std::thread::sleep(dice.millis(FULL_MS.0, FULL_MS.1));
    let ended = has_ended(sink)?;
    disk.make_room()?;
    if ended {
        sink.start()?;
    }
    Ok(match (restarts, ended) {
        (false, false) => "the sink's disk is full: it waits",
        (false, true) => "the sink's disk is full: it ends",
        (true, false) => "the sink starts on a full disk: it waits",
        (true, true) => "the sink starts on a full disk: it ends",
    })
}

/// Nothing is acknowledged any more; the broker says so, and goes on with room, or ends.
fn broker_is_full(
    world: &mut World,
    disk: &SmallDisk,
    load: &Load,
    dice: &mut Dice,
    restarts: bool,
) -> Result<&'static str> {
    let Nodes::Embedded { broker, address } = &mut world.nodes else {
        return Err(ChaosError::Fixture(
            "there is no embedded broker".to_owned(),
        ));
    };
    let from = broker.said_bytes();
    disk.fill(dice.between(0, SPARE_BYTES_MAX))?;
    says_so(broker, from)?;
    if restarts {
        broker.restart()?;
    }
    std::thread::sleep(dice.millis(FULL_MS.0, FULL_MS.1));
    // One that has just been started may not have come to the end of the disk yet.
    let mut ended = has_ended(broker)?;
    disk.make_room()?;
    let deadline = Instant::now() + Duration::from_millis(READY_MS);
    while TcpStream::connect(address.as_str()).is_err() && Instant::now() < deadline {
        if has_ended(broker)? {
            ended = true;
            broker.start()?;
        }
    }
    let before = load.acknowledged();
    let limit = Duration::from_millis(RECOVERY_MS);
    wait_until(limit, "records are acknowledged again", || {
        load.acknowledged() > before
    })?;
    Ok(match (restarts, ended) {
        (false, false) => "the broker's disk is full: it goes on",
        (false, true) => "the broker's disk is full: it ends",
        (true, false) => "the broker starts on a full disk: it goes on",
        (true, true) => "the broker starts on a full disk: it ends",
    })
}

/// A process on a full disk must say what is wrong.
fn says_so(part: &Part, from: u64) -> Result<()> {
    let limit = Duration::from_millis(RECOVERY_MS);
    let what = format!("{} says that its disk is full", part.name());
    wait_until(limit, &what, || {
        let said = part.said_since(from);
        SAYS.iter().any(|words| said.contains(words))
    })?;
    Ok(())
}

/// Whether it has ended by itself, which it must not do with success.
fn has_ended(part: &mut Part) -> Result<bool> {
    std::thread::sleep(Duration::from_millis(POLL_MS));
    if part.is_running() {
        return Ok(false);
    }
    let code = part.exit_code_within(Duration::from_millis(STOP_MS))?;
    if code == Some(0) {
        let (name, said) = (part.name().to_owned(), part.log_tail());
        return found(format!("{name} ended well on a full disk:\n{said}"));
    }
    Ok(true)
}

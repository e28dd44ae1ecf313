//! SIGSTOP: a process that the others take for dead, and that wakes up later.

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::dice::Dice;
use crate::error::{Result, found};
use crate::ledger::Load;
use crate::limits::{POLL_MS, RECOVERY_MS};
use crate::world::{World, wait_until};

/// Processors; the first is never paused, so that somebody takes over.
const PROCESSORS: usize = 6;
/// Processors that sleep at the same time, at most.
const ASLEEP_MAX: usize = 4;
/// Shortest and longest sleep: below and far above the session and transaction timeouts.
const SLEEP_MS: (u64, u64) = (1_000, 90_000);
/// The same in the short form.
const SHORT_SLEEP_MS: (u64, u64) = (1_000, 15_000);
/// What the log of a sink says that waits for the directory.
const STANDING_BY: &str = "standing by";

/// Processors sleep and wake in turn; a woken one must not commit what others have done.
pub(super) fn processors(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let load = Load::start(&world.servers, context.options.rate);
    world.spawn(&["sink"])?;
    let mut places = Vec::new();
    for _ in 0..PROCESSORS {
        places.push(world.spawn(&["process"])?);
    }
    let sleep = sleep_limits(context);
    let mut asleep: Vec<(usize, Instant)> = Vec::new();
    loop {
        wake(&mut world, &mut asleep, Instant::now())?;
        let awake: Vec<usize> = places[1..]
            .iter()
            .copied()
            .filter(|place| asleep.iter().all(|(other, _)| other != place))
            .collect();
        if asleep.len() < ASLEEP_MAX {
            if !context.next_round() {
                break;
            }
            let place = *context.dice.pick(&awake);
            let length = context.dice.millis(sleep.0, sleep.1);
            world.parts[place].pause()?;
            asleep.push((place, Instant::now() + length));
            context.fault(&format!("a processor sleeps {}", decade(length)));
            std::thread::sleep(context.dice.millis(200, 2_000));
        }
        std::thread::sleep(Duration::from_millis(POLL_MS));
    }
    while !asleep.is_empty() {
        wake(&mut world, &mut asleep, Instant::now())?;
        std::thread::sleep(Duration::from_millis(POLL_MS));
    }
    context.rows_flow(&mut world)?;
    context.judge(&mut world, &load)
}

fn wake(world: &mut World, asleep: &mut Vec<(usize, Instant)>, now: Instant) -> Result<()> {
    for (place, _) in asleep.iter().filter(|(_, until)| *until <= now) {
        world.parts[*place].resume()?;
    }
    asleep.retain(|(_, until)| *until > now);
    Ok(())
}

/// A sink sleeps; a second one on its directory waits. Then the first wakes up, or dies.
pub(super) fn sinks(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let load = Load::start(&world.servers, context.options.rate);
    world.spawn(&["process"])?;
    let mut active = world.spawn(&["sink"])?;
    let mut other = world.add(&["sink"], &[])?;
    let sleep = if context.options.short {
        (1_000, 8_000)
    } else {
        (1_000, 20_000)
    };
    while context.next_round() {
        context.rows_flow(&mut world)?;
        let length = context.dice.millis(sleep.0, sleep.1);
        let dies = context.dice.one_in(2);
        if sleep_of_a_sink(&mut world, &mut context.dice, active, other, length, dies)? {
            context.fault("a sleeping sink dies, the standby takes over");
            (active, other) = (other, active);
        } else {
            context.fault("a sleeping sink wakes up, the standby goes on waiting");
            world.parts[other].kill()?;
        }
    }
    context.rows_flow(&mut world)?;
    context.judge(&mut world, &load)
}

/// Whether the standby has taken over.
fn sleep_of_a_sink(
    world: &mut World,
    dice: &mut Dice,
    active: usize,
    other: usize,
    length: Duration,
    dies: bool,
) -> Result<bool> {
    world.parts[active].pause()?;
    let said = world.parts[other].log().matches(STANDING_BY).count();
    world.parts[other].start()?;
    let began = Instant::now();
    let limit = Duration::from_millis(RECOVERY_MS);
    wait_until(limit, "the second sink stands by", || {
        world.parts[other].log().matches(STANDING_BY).count() > said
    })?;
    let before = world.rows_bytes();
    std::thread::sleep(length.saturating_sub(began.elapsed()));
    if world.rows_bytes() != before {
        return found("files grew while the sink that holds them slept");
    }
    if dies {
        world.parts[active].kill()?;
    } else {
        world.parts[active].resume()?;
    }
    world.rows_flow_within(limit)?;
    std::thread::sleep(dice.millis(0, 1_000));
    Ok(dies)
}

fn sleep_limits(context: &Context) -> (u64, u64) {
    if context.options.short {
        SHORT_SLEEP_MS
    } else {
        SLEEP_MS
    }
}

/// Sleeps are counted by their length: below the session timeout, below the transaction timeout,
/// above both.
fn decade(length: Duration) -> &'static str {
    match length.as_secs() {
        0..6 => "less than 6 s",
        6..12 => "6 to 12 s",
        12..30 => "12 to 30 s",
        _ => "30 to 90 s",
    }
}

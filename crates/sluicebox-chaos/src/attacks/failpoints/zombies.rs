//! A processor falls asleep in the middle of a transaction, others take its partitions over, and it
//! wakes up while the transaction is still open: what it says then is out of date.

use std::time::Duration;

use super::SESSION;
use super::target::Target;
use crate::context::Context;
use crate::error::Result;
use crate::ledger::Load;
use crate::world::Part;

/// Where it falls asleep.
const POINTS: [&str; 5] = [
    "process.send.before",
    "process.send.after",
    "process.flush.after",
    "process.offsets.before",
    "process.commit.before",
];
/// It stays there for so long, so that it can be put to sleep.
const HOLD_MS: u64 = 400;
/// Longer than the session, shorter than the transaction timeout (12 s), in the two forms.
const SLEEP_MS: (u64, u64) = (2_500, 10_000);
const SHORT_SLEEP_MS: (u64, u64) = (2_500, 4_000);
/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 20;

/// Three processors and a sink; the first processor never sleeps.
pub(in crate::attacks) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    world.program.expect_failpoints()?;
    let load = Load::start(&world.servers, context.options.rate);
    for verb in ["process", "process", "process", "sink"] {
        world.spawn(&[&[verb][..], &SESSION].concat())?;
    }
    let sleep = if context.options.short {
        SHORT_SLEEP_MS
    } else {
        SLEEP_MS
    };
    while context.next_round() {
        let place = *context.dice.pick(&[1, 2]);
        let point = *context.dice.pick(&POINTS);
        let length = context.dice.millis(sleep.0, sleep.1);
        fall_asleep(&mut world.parts[place], point, length)?;
        context.fault(&format!("wakes up in an open transaction at {point}"));
        context.rows_flow(&mut world)?;
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.judge_and_go_on(&mut world, &load)?;
        }
    }
    context.judge(&mut world, &load)
}

fn fall_asleep(part: &mut Part, point: &str, length: Duration) -> Result<()> {
    let from = part.said_bytes();
    part.set_failpoints(&format!("{point}=1*delay({HOLD_MS})"))?;
    let mut target = Target {
        part,
        companion: None,
        address: None,
    };
    target.reach(from, &format!("delay({HOLD_MS}) at {point}"))?;
    target.part.pause()?;
    std::thread::sleep(length);
    target.part.resume()?;
    target.heal(false)
}

//! Two overlapping transactions of one processor: the first one is held up, the second one reaches it,
//! and then one of them fails or the process dies. Whoever does not keep their order loses the first.

use super::SESSION;
use super::target::Target;
use crate::context::Context;
use crate::error::Result;
use crate::ledger::Load;
use crate::world::Part;

/// Where the first transaction is held up.
const HOLDS: [&str; 4] = [
    "process.send.before",
    "process.offsets.before",
    "process.commit.before",
    "process.commit.sent",
];
/// What whoever comes there second runs into.
const STRIKES: [&str; 4] = [
    "process.flush.after",
    "process.offsets.before",
    "process.commit.before",
    "process.commit.after",
];
/// Long enough for the next transaction to be filled and sent.
const HOLD_MS: u64 = 400;
/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 30;
const ABORTED: i32 = 134;

/// Two processors and a sink; each round holds a transaction of one processor up, and strikes.
pub(in crate::attacks) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    world.program.expect_failpoints()?;
    let load = Load::start(&world.servers, context.options.rate);
    for verb in ["process", "process", "sink"] {
        world.spawn(&[&[verb][..], &SESSION].concat())?;
    }
    while context.next_round() {
        let place = *context.dice.pick(&[0, 1]);
        let hold = *context.dice.pick(&HOLDS);
        let strike = *context.dice.pick(&STRIKES);
        let dies = context.dice.one_in(2);
        round(&mut world.parts[place], hold, strike, dies)?;
        let how = if dies { "crash" } else { "error" };
        context.fault(&format!(
            "{how} of the second at {strike}, the first held at {hold}"
        ));
        context.rows_flow(&mut world)?;
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.judge_and_go_on(&mut world, &load)?;
        }
    }
    context.rows_flow(&mut world)?;
    context.judge(&mut world, &load)
}

fn round(part: &mut Part, hold: &str, strike: &str, dies: bool) -> Result<()> {
    let from = part.said_bytes();
    let action = if dies { "crash" } else { "error" };
    let setting = if hold == strike {
        format!("{hold}=1*delay({HOLD_MS})->1*{action}")
    } else {
        format!("{hold}=1*delay({HOLD_MS});{strike}=1*off->1*{action}")
    };
    part.set_failpoints(&setting)?;
    let mut target = Target {
        part,
        companion: None,
        address: None,
    };
    target.reach(from, &format!("sluicebox-faults: {action} at {strike}"))?;
    if dies {
        target.ended(from, ABORTED, false)?;
    }
    target.heal(dies)
}

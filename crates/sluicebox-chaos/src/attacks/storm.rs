//! A rebalance storm: processors join and leave all the time.

use std::time::Duration;

use crate::context::Context;
use crate::error::Result;
use crate::ledger::Load;

/// Processors at most.
const PROCESSORS: usize = 6;
/// Longest time between two changes of the group.
const PAUSE_MAX_MS: u64 = 900;
/// Changes between two verdicts.
const ROUNDS_A_VERDICT: u64 = 75;

/// Each round starts a processor, ends one in order, or kills one.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let load = Load::start(&world.servers, context.options.rate);
    let sink = world.spawn(&["sink"])?;
    let mut processors = Vec::new();
    for _ in 0..PROCESSORS {
        processors.push(world.add(&["process"], &[])?);
    }
    world.parts[processors[0]].start()?;
    while context.next_round() {
        std::thread::sleep(context.dice.millis(0, PAUSE_MAX_MS));
        let which = *context.dice.pick(&processors);
        if world.parts[which].pid().is_none() {
            world.parts[which].start()?;
            context.fault("a processor joins");
        } else if context.dice.one_in(2) {
            world.parts[which].terminate()?;
            let code = world.parts[which].exit_code_within(Duration::from_mins(1))?;
            if code != Some(0) {
                let log = world.parts[which].log_tail();
                return crate::error::found(format!("a leaving processor: {code:?}\n{log}"));
            }
            context.fault("a processor leaves");
        } else {
            world.parts[which].kill()?;
            context.fault("a processor is killed");
        }
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.judge(&mut world, &load)?;
            world.parts[sink].start()?;
            load.set_rate(context.options.rate);
        }
    }
    let last = processors[0];
    if world.parts[last].pid().is_none() {
        world.parts[last].start()?;
    }
    context.rows_flow(&mut world)?;
    context.judge(&mut world, &load)
}

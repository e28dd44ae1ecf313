//! Identity and positions: everything that makes an offset mean something else than it did.
//!
//! Each scenario breaks something, expects a refusal that names it or a recovery by itself, and
//! then follows the way out that the message names. In the end every record must be in exactly one
//! place, but for those that a person gave up.

mod directories;
mod files;
mod owners;
mod positions;
mod running;
mod site;
mod topics;

use crate::context::Context;
use crate::error::{ChaosError, Result};
use site::Site;

/// One thing that people do to a running system.
#[derive(Debug)]
pub(super) struct Scenario {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Site<'_>) -> Result<()>,
}

const fn scenario(
    name: &'static str,
    about: &'static str,
    run: fn(&mut Site<'_>) -> Result<()>,
) -> Scenario {
    Scenario { name, about, run }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario(
        "cluster",
        "another cluster under the same address",
        topics::other_cluster,
    ),
    scenario(
        "source-fewer",
        "source topic made anew, with fewer records",
        topics::source_fewer,
    ),
    scenario(
        "source-more",
        "source topic made anew, with more records",
        topics::source_more,
    ),
    scenario(
        "source-running",
        "the same under a running processor",
        running::source,
    ),
    scenario("processed", "processed_data made anew", topics::processed),
    scenario(
        "processed-running",
        "the same under a running sink",
        running::processed,
    ),
    scenario("letters", "dead_letters made anew", topics::letters),
    scenario(
        "partitions",
        "partitions added to all topics",
        topics::partitions,
    ),
    scenario(
        "back",
        "the processor's group set back",
        positions::processor_back,
    ),
    scenario(
        "forward",
        "the processor's group set forward",
        positions::processor_forward,
    ),
    scenario(
        "forward-accepted",
        "the same, and the records given up",
        positions::forward_accepted,
    ),
    scenario(
        "sink-group",
        "the sink's group set back and forward",
        positions::sink_group,
    ),
    scenario(
        "retention",
        "retention past the processor",
        positions::processor_retention,
    ),
    scenario(
        "sink-retention",
        "retention past the sink",
        positions::sink_retention,
    ),
    scenario(
        "group-deleted",
        "the processor's group deleted",
        positions::processor_group_deleted,
    ),
    scenario(
        "sink-group-deleted",
        "the sink's group deleted",
        positions::sink_group_deleted,
    ),
    scenario(
        "state-copied",
        "the state directory copied, two processors",
        owners::two_processors,
    ),
    scenario(
        "sink-state-copied",
        "the state directory copied, two sinks",
        owners::two_sinks,
    ),
    scenario(
        "no-manifest",
        "the output directory copied without its manifest",
        directories::no_manifest,
    ),
    scenario(
        "old-manifest",
        "the manifest restored from an older copy",
        directories::old_manifest,
    ),
    scenario(
        "old-files",
        "the CSV files restored from an older copy",
        directories::old_files,
    ),
    scenario(
        "empty",
        "an empty output directory, and the group has read on",
        directories::empty,
    ),
    scenario(
        "empty-accepted",
        "the same, and the gap accepted",
        directories::empty_accepted,
    ),
];

/// Each round is the next scenario, on topics and groups of its own.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let mut failures = Vec::new();
    // All of them in a full run; the short form takes some, by the seed.
    let all = SCENARIOS.len() as u64;
    let first = context.dice.between(0, all - 1);
    while context.next_round() {
        let round = context.rounds_done - 1;
        let scenario = &SCENARIOS[((first + round) % all) as usize];
        let mut site = Site::new(&world, &format!("{}-{round}", scenario.name))?;
        let outcome = (scenario.run)(&mut site);
        let story = std::mem::take(&mut site.story);
        context.fault(scenario.about);
        for line in story {
            eprintln!("             {line}");
        }
        if let Err(error) = outcome {
            eprintln!("             {error}");
            failures.push(format!("{}: {error}", scenario.name));
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    world.keep();
    Err(ChaosError::Finding(failures.join("\n")))
}

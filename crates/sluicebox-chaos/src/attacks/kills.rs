//! kill -9 at random moments.

use std::time::Duration;

use crate::context::Context;
use crate::error::{Result, found};
use crate::ledger::Load;
use crate::limits::READY_MS;
use crate::world::{ClusterKind, Nodes, wait_until};

/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 50;
/// Longest time between two kills: long enough for rows to flow, most of the time.
const PAUSE_MAX_MS: u64 = 1_500;
/// One round in so many kills the embedded broker.
const BROKER_ONE_IN: u64 = 5;

/// Two processors and a sink; each round kills one or two of them, now and then the broker too.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let load = Load::start(&world.servers, context.options.rate);
    let processors = [world.spawn(&["process"])?, world.spawn(&["process"])?];
    let sink = world.spawn(&["sink"])?;
    while context.next_round() {
        std::thread::sleep(context.dice.millis(0, PAUSE_MAX_MS));
        let processor = *context.dice.pick(&processors);
        world.parts[processor].restart()?;
        context.fault("kill -9 of a processor");
        std::thread::sleep(context.dice.millis(0, 300));
        world.parts[sink].restart()?;
        context.fault("kill -9 of the sink");
        if context.options.cluster == ClusterKind::Embedded && context.dice.one_in(BROKER_ONE_IN) {
            std::thread::sleep(context.dice.millis(0, 200));
            world.nodes.kill_and_restart()?;
            context.fault("kill -9 of the embedded broker");
        }
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.rows_flow(&mut world)?;
            context.judge_and_go_on(&mut world, &load)?;
        }
    }
    context.rows_flow(&mut world)?;
    context.judge(&mut world, &load)
}

/// `run --bootstrap-servers` is killed as a whole, with its generators: its own account is gone then,
/// so the source topics alone say what must be there.
pub(super) fn run_as_a_whole(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    if let Nodes::Embedded { broker, .. } = &mut world.nodes {
        // `run` brings its own.
        broker.kill()?;
    }
    let data = world.home().join("broker").display().to_string();
    let rate = context.options.rate.to_string();
    let out = world.output_dir().display().to_string();
    let mut arguments = vec!["run", "--rate", &rate, "--invalid-ratio", "0.02"];
    arguments.extend(["--data-dir", &data, "--output-dir", &out]);
    if context.options.cluster == ClusterKind::Kafka {
        arguments.extend(["--bootstrap-servers", &world.servers]);
    }
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    let whole = world.add_raw("run", &arguments, &[])?;
    world.parts[whole].start()?;
    while context.next_round() {
        let before = world.rows_bytes();
        let limit = Duration::from_millis(READY_MS);
        wait_until(limit, "new rows of `run`", || world.rows_bytes() > before)?;
        std::thread::sleep(context.dice.millis(0, 1_000));
        world.parts[whole].restart()?;
        context.fault("kill -9 of run");
    }
    world.rows_flow_within(Duration::from_millis(READY_MS))?;
    world.parts[whole].terminate()?;
    let code = world.parts[whole].exit_code_within(Duration::from_millis(READY_MS))?;
    if code != Some(0) {
        let log = world.parts[whole].log_tail();
        return found(format!("run ended with {code:?}:\n{log}"));
    }
    // Only `verify` can tell: it finds the stopped broker's log by itself.
    let mut verify = world.program.command(&["verify", "--strict", "--json"]);
    verify.args(["--output-dir", &out, "--data-dir", &data]);
    if context.options.cluster == ClusterKind::Kafka {
        verify.args(["--bootstrap-servers", &world.servers]);
    }
    let output = verify.output()?;
    if output.status.success() {
        count(context, &output.stdout);
        return Ok(());
    }
    world.keep();
    found(crate::world::said(&output))
}

/// What `verify` has looked at.
fn count(context: &mut Context, report: &[u8]) {
    let report: serde_json::Value = serde_json::from_slice(report).unwrap_or_default();
    let streams = report["streams"].as_array().into_iter().flatten();
    for stream in streams {
        let number = |name: &str| stream[name].as_u64().unwrap_or_default();
        context.judged.acknowledged += number("source_records");
        context.judged.rows += number("rows");
        context.judged.letters += number("letters");
    }
}

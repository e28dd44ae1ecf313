//! A bad network between all clients and the brokers.

use std::sync::Arc;
use std::time::Duration;

use sluicebox_conformance::real_kafka::KafkaOptions;

use crate::context::Context;
use crate::error::Result;
use crate::ledger::Load;
use crate::proxy::Proxy;
use crate::proxy::frame::api;
use crate::proxy::hold::Hold;
use crate::proxy::rules::{Action, Choice, Direction, Meanwhile, Rule};

/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 20;
/// Longest fault; in the short form much less.
const FAULT_MAX_MS: u64 = 20_000;
const SHORT_FAULT_MAX_MS: u64 = 2_000;
/// Bytes of a frame that get through before the connection breaks.
const CUT_MAX_BYTES: u64 = 200;

/// Requests that are held, cut and lost, with their names.
const REQUESTS: [(i16, &str); 8] = [
    (api::PRODUCE, "Produce"),
    (api::FETCH, "Fetch"),
    (api::TXN_OFFSET_COMMIT, "TxnOffsetCommit"),
    (api::ADD_OFFSETS_TO_TXN, "AddOffsetsToTxn"),
    (api::END_TXN, "EndTxn"),
    (api::JOIN_GROUP, "JoinGroup"),
    (api::HEARTBEAT, "Heartbeat"),
    (api::INIT_PRODUCER_ID, "InitProducerId"),
];

/// What the network does in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Delay,
    Drop,
    CutRequests,
    CutAnswers,
    LoseAnswers,
    Blackhole,
    Refuse,
    HoldSilently,
    HoldAndDisconnect,
}

const FAULTS: [Fault; 9] = [
    Fault::Delay,
    Fault::Drop,
    Fault::CutRequests,
    Fault::CutAnswers,
    Fault::LoseAnswers,
    Fault::Blackhole,
    Fault::Refuse,
    Fault::HoldSilently,
    Fault::HoldAndDisconnect,
];

/// Each round has one fault, on one broker or on all of them, and its end.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let (mut world, proxy) = context.world_behind_proxy(&KafkaOptions::nodes(3))?;
    let servers = world.nodes.direct_servers();
    let load = Load::start(
        servers.as_ref().unwrap_or(&world.servers),
        context.options.rate,
    );
    for verb in ["process", "process", "sink"] {
        world.spawn(&[verb])?;
    }
    context.recovered(world.rows_flow_within(Duration::from_mins(1))?);
    while context.next_round() {
        std::thread::sleep(context.dice.millis(300, 1_500));
        make(context, &proxy)?;
        context.rows_flow(&mut world)?;
        if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
            context.judge_and_go_on(&mut world, &load)?;
            context.recovered(world.rows_flow_within(Duration::from_mins(1))?);
        }
    }
    eprintln!("  the proxy: {}", proxy.counts());
    world.all_run()?;
    context.judge(&mut world, &load)
}

/// Makes a fault and ends it.
fn make(context: &mut Context, proxy: &Arc<Proxy>) -> Result<()> {
    let fault = *context.dice.pick(&FAULTS);
    let (api, name) = *context.dice.pick(&REQUESTS);
    let most = if context.options.short {
        SHORT_FAULT_MAX_MS
    } else {
        FAULT_MAX_MS
    };
    let time = context.dice.millis(most / 20, most);
    // One broker, or all of them.
    let node = context.dice.between(0, proxy.node_count() as u64) as usize;
    let nodes = if node == proxy.node_count() {
        0..node
    } else {
        node..node + 1
    };
    let hold = Hold::new();
    match fault {
        Fault::Delay => {
            let slow = context.dice.between(20, 800);
            for node in nodes.clone() {
                proxy.weather(node).delay(Direction::Request, 0..=slow);
                proxy.weather(node).delay(Direction::Answer, 0..=slow);
            }
        }
        Fault::Drop => {
            let steps = context.dice.between(1, 5) as u32;
            for _ in 0..steps {
                std::thread::sleep(time / steps / 4);
                nodes.clone().for_each(|node| {
                    proxy.drop_connections(node);
                });
            }
        }
        Fault::Blackhole => nodes.clone().for_each(|n| proxy.weather(n).blackhole(true)),
        Fault::Refuse => nodes.clone().for_each(|node| {
            proxy.weather(node).refuse(true);
            proxy.drop_connections(node);
        }),
        _ => {
            let rule = rule(context, fault, api, &hold);
            proxy.add(rule);
        }
    }
    let what = match fault {
        Fault::Delay | Fault::Drop | Fault::Blackhole | Fault::Refuse => format!("{fault:?}"),
        _ => format!("{fault:?} of {name}"),
    };
    context.fault(&what);
    if !matches!(fault, Fault::Drop) {
        std::thread::sleep(time);
    }
    proxy.calm();
    proxy.release(&hold)?;
    Ok(())
}

/// What happens to requests of one kind.
fn rule(context: &mut Context, fault: Fault, api: i16, hold: &Hold) -> Rule {
    let times = Some(context.dice.between(1, 6) as u32);
    let choice = Choice::of(api);
    let cut = Action::Cut(context.dice.between(0, CUT_MAX_BYTES) as usize);
    let rule = |at, action| Rule {
        choice: choice.clone(),
        at,
        action,
        times,
    };
    match fault {
        Fault::CutRequests => rule(Direction::Request, cut),
        Fault::CutAnswers => rule(Direction::Answer, cut),
        Fault::LoseAnswers => rule(Direction::Answer, Action::Lose),
        Fault::HoldAndDisconnect => Rule::hold(choice, hold, Meanwhile::Disconnect, times),
        _ => Rule::hold(choice, hold, Meanwhile::Silence, times),
    }
}

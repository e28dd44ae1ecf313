//! The attack on the whole program: `process` and `sink`, and a kill where it hurts.

use std::thread;
use std::time::{Duration, Instant};

use sluicebox_conformance::real_kafka::KafkaOptions;

use super::answers::{Fate, fate};
use crate::context::Context;
use crate::error::{ChaosError, Result, found};
use crate::ledger::Load;
use crate::proxy::Proxy;
use crate::proxy::frame::api;
use crate::proxy::hold::Hold;
use crate::proxy::rules::{Choice, Meanwhile, Rule};
use crate::world::World;

const ROUNDS_A_VERDICT: u64 = 25;
const ROUNDS_A_VERDICT_OF_THE_CONTROL: u64 = 4;
/// Longest wait for a request that is to be held; transactions are many a second.
const CATCH: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(1);

/// The planted bug that switches the protection off: the producer goes on in the same epoch.
const UNPROTECTED: (&str, &str) = ("SLUICEBOX_PLANT", "keep-producer-after-failed-commit");

/// The negative control: without the protection the same attack must find something.
pub(in crate::attacks) fn control(context: &mut Context) -> Result<()> {
    match attack(context, &[UNPROTECTED], ROUNDS_A_VERDICT_OF_THE_CONTROL) {
        Err(ChaosError::Finding(what)) => {
            eprintln!("{what}");
            context.fault("caught without the protection");
            Ok(())
        }
        Err(error) => Err(error),
        Ok(()) => found(
            "without the protection nothing went wrong: is the program built with its faults \
             (`cargo build -p sluicebox --features faults --bin sluicebox-faulty`)?",
        ),
    }
}

/// Each round holds a request of one transaction, and delivers it when a later transaction of the
/// same id has its records, and not yet its offsets. Every other time the processor is killed then.
pub(in crate::attacks) fn run(context: &mut Context) -> Result<()> {
    attack(context, &[], ROUNDS_A_VERDICT)
}

fn attack(context: &mut Context, environment: &[(&str, &str)], verdict_every: u64) -> Result<()> {
    let (mut world, proxy) = context.world_behind_proxy(&KafkaOptions::nodes(1))?;
    let servers = world.nodes.direct_servers();
    let load = Load::start(
        servers.as_ref().unwrap_or(&world.servers),
        context.options.rate,
    );
    let processor = world.add(&["process"], environment)?;
    world.parts[processor].start()?;
    world.spawn(&["sink"])?;
    context.recovered(world.rows_flow_within(Duration::from_mins(1))?);
    let mut took_effect = 0;
    while context.next_round() {
        thread::sleep(context.dice.millis(50, 400));
        took_effect += round(context, &mut world, &proxy, processor)?;
        context.rows_flow(&mut world)?;
        if context.rounds_done.is_multiple_of(verdict_every) {
            context.judge_and_go_on(&mut world, &load)?;
            context.recovered(world.rows_flow_within(Duration::from_mins(1))?);
        }
    }
    eprintln!("  the proxy: {}", proxy.counts());
    context.judge(&mut world, &load)?;
    if took_effect > 0 {
        return found(format!("{took_effect} late requests took effect"));
    }
    Ok(())
}

/// How many late requests took effect.
fn round(context: &mut Context, world: &mut World, proxy: &Proxy, processor: usize) -> Result<u64> {
    let late = Hold::new();
    let (key, name) = *context.dice.pick(&[
        (api::END_TXN, "EndTxn"),
        (api::TXN_OFFSET_COMMIT, "TxnOffsetCommit"),
    ]);
    proxy.add(Rule::hold(
        Choice::of(key),
        &late,
        Meanwhile::Disconnect,
        Some(1),
    ));
    caught(&late)?;
    let ids = late.requests();
    let id = ids
        .first()
        .and_then(|request| transactional_id(key, request.bytes(), request.first_text()));
    let id = id.ok_or_else(|| ChaosError::Fixture("a request without an id".to_owned()))?;
    // Some transactions later, and surely not in the one that was hit: another one has begun.
    thread::sleep(context.dice.millis(0, 700));
    let later = Hold::new();
    let begins = Choice::of(api::ADD_PARTITIONS_TO_TXN).containing(&id);
    proxy.add(Rule::hold(begins, &later, Meanwhile::Silence, Some(1)));
    caught(&later)?;
    let kill = context.dice.one_in(2);
    // A late EndTxn hurts before the offsets are in, late offsets when the others are in already.
    let (stop, before) = if key == api::END_TXN {
        (api::ADD_OFFSETS_TO_TXN, "records and offsets")
    } else {
        (api::END_TXN, "offsets and end")
    };
    let middle = Hold::new();
    let choice = Choice::of(stop).containing(&id);
    proxy.add(Rule::hold(choice, &middle, Meanwhile::Silence, Some(1)));
    proxy.release(&later)?;
    caught(&middle)?;
    let released = proxy.release(&late)?;
    if kill && key == api::END_TXN {
        world.parts[processor].restart()?;
        middle.discard();
    } else {
        proxy.release(&middle)?;
        if kill {
            thread::sleep(context.dice.millis(5, 60));
            world.parts[processor].restart()?;
        }
    }
    let then = if kill { ", then kill -9" } else { "" };
    context.fault(&format!("{name} held, delivered between {before}{then}"));
    let fates: Vec<Fate> = released.late.iter().map(fate).collect();
    for fate in &fates {
        context.fault(&format!("late request {}", fate.describe()));
    }
    let effective = fates.iter().filter(|fate| **fate == Fate::TookEffect);
    Ok(effective.count() as u64)
}

fn caught(hold: &Hold) -> Result<()> {
    let deadline = Instant::now() + CATCH;
    while hold.is_empty() {
        if Instant::now() > deadline {
            return found(format!("no transaction within {CATCH:?}"));
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// The id in an `EndTxn` of version 1, or a `TxnOffsetCommit` of version 3, whose header has an empty
/// list of tags and whose texts are short enough for a length of one byte (KIP-482).
fn transactional_id(key: i16, bytes: &[u8], first_text: Option<&str>) -> Option<String> {
    if key == api::END_TXN {
        return first_text.map(str::to_owned);
    }
    let client = usize::from(u16::from_be_bytes([*bytes.get(12)?, *bytes.get(13)?]));
    let at = 14 + client + 1;
    let length = usize::from(bytes.get(at)?.checked_sub(1)?);
    let text = bytes.get(at + 1..at + 1 + length)?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

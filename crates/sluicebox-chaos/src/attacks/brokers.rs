//! Brokers of a real cluster go: at random, and the one that hurts most.

use std::path::Path;

use crate::context::Context;
use crate::error::{ChaosError, Result};
use crate::ledger::Load;
use crate::world::World;

/// Rounds between two verdicts.
const ROUNDS_A_VERDICT: u64 = 15;
/// Partitions of Kafka's internal topics, as the fixture sets them.
const INTERNAL_PARTITIONS: u32 = 6;
/// How long a broker stays away at most.
const AWAY_MAX_MS: u64 = 8_000;

/// Which broker is aimed at.
#[derive(Clone, Copy, Debug)]
enum Aim {
    Any,
    LeaderOf(&'static str),
    GroupCoordinator(&'static str),
    TransactionCoordinator,
}

const AIMS: [Aim; 7] = [
    Aim::Any,
    Aim::LeaderOf("sensor_data"),
    Aim::LeaderOf("processed_data"),
    Aim::LeaderOf("dead_letters"),
    Aim::GroupCoordinator("processor-group"),
    Aim::GroupCoordinator("sink-group"),
    Aim::TransactionCoordinator,
];

/// Each round kills or stops one broker and brings it back.
pub(super) fn one(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    world.nodes.real()?;
    let load = Load::start(&world.servers, context.options.rate);
    start_parts(&mut world)?;
    while context.next_round() {
        std::thread::sleep(context.dice.millis(500, 3_000));
        let aim = *context.dice.pick(&AIMS);
        let number = context.dice.between(0, 5) as u32;
        let node = aimed_at(&world, aim, number)?;
        let away = context.dice.millis(0, AWAY_MAX_MS);
        let hard = context.dice.one_in(2);
        let cluster = world.nodes.real()?;
        if hard {
            cluster.kill_node(node)?;
        } else {
            cluster.stop_node(node)?;
        }
        context.fault(&format!(
            "{} of {}",
            if hard { "kill -9" } else { "stop" },
            aim.name()
        ));
        std::thread::sleep(away);
        world.nodes.real()?.start_node(node)?;
        after_round(context, &mut world, &load)?;
    }
    world.all_run()?;
    context.judge(&mut world, &load)
}

/// Each round takes all brokers at once and brings them back.
pub(super) fn all(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    world.nodes.real()?;
    let load = Load::start(&world.servers, context.options.rate);
    start_parts(&mut world)?;
    while context.next_round() {
        std::thread::sleep(context.dice.millis(500, 4_000));
        let away = context.dice.millis(0, AWAY_MAX_MS);
        let hard = !context.dice.one_in(3);
        let cluster = world.nodes.real()?;
        if hard {
            cluster.kill_all()?;
        } else {
            cluster.stop_all()?;
        }
        context.fault(if hard {
            "kill -9 of all brokers"
        } else {
            "stop of all brokers"
        });
        std::thread::sleep(away);
        world.nodes.real()?.start_all()?;
        after_round(context, &mut world, &load)?;
    }
    world.all_run()?;
    context.judge(&mut world, &load)
}

fn start_parts(world: &mut World) -> Result<()> {
    for verb in ["process", "process", "sink"] {
        world.spawn(&[verb])?;
    }
    Ok(())
}

/// Rows flow, nothing has ended, and now and then everything is judged.
fn after_round(context: &mut Context, world: &mut World, load: &Load) -> Result<()> {
    context.rows_flow(world)?;
    if context.rounds_done.is_multiple_of(ROUNDS_A_VERDICT) {
        context.judge_and_go_on(world, load)?;
    }
    Ok(())
}

impl Aim {
    fn name(self) -> String {
        match self {
            Self::Any => "any broker".to_owned(),
            Self::LeaderOf(topic) => format!("a leader of {topic}"),
            Self::GroupCoordinator(group) => format!("the coordinator of {group}"),
            Self::TransactionCoordinator => "a transaction coordinator".to_owned(),
        }
    }
}

/// The node, from 0. `number` chooses among equals.
fn aimed_at(world: &World, aim: Aim, number: u32) -> Result<usize> {
    let leader = match aim {
        Aim::Any => i64::from(number % 3) + 1,
        Aim::LeaderOf(topic) => leader(world, topic, number % INTERNAL_PARTITIONS)?,
        Aim::GroupCoordinator(group) => {
            leader(world, "__consumer_offsets", internal_partition(group))?
        }
        Aim::TransactionCoordinator => {
            let id = transactional_id(&world.output_dir(), number)?;
            leader(world, "__transaction_state", internal_partition(&id))?
        }
    };
    // Right after a fault there may be no leader: then any node will do.
    Ok(usize::try_from(leader - 1).unwrap_or(number as usize % 3))
}

/// Kafka's place for a group or transactional id: `String.hashCode`, made positive.
fn internal_partition(id: &str) -> u32 {
    let hash = id.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    (hash & i32::MAX) as u32 % INTERNAL_PARTITIONS
}

/// One of the ids that the processors use, by their state files.
fn transactional_id(output_dir: &Path, number: u32) -> Result<String> {
    let slot = output_dir.join(format!("state/process-{}.slot", number % 2));
    let id = std::fs::read_to_string(slot)?;
    let lane = ["a", "b"][number as usize / 2 % 2];
    Ok(format!("processor-group-{}-{lane}", id.trim()))
}

fn leader(world: &World, topic: &str, partition: u32) -> Result<i64> {
    let mut command = world
        .program
        .command(&["topics", "describe", topic, "--json"]);
    let output = command
        .args(["--bootstrap-servers", &world.servers])
        .output()?;
    let described: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|_| {
        ChaosError::Fixture(format!(
            "topics describe {topic}: {}",
            crate::world::said(&output)
        ))
    })?;
    let leader = &described["partitions"][partition as usize]["leader"];
    Ok(leader.as_i64().unwrap_or(-1))
}

#[cfg(test)]
mod tests {
    use super::internal_partition;

    #[test]
    fn groups_are_placed_as_kafka_places_them() {
        // From kafka-consumer-groups against 6 partitions: Utils.abs("sink-group".hashCode()) % 6.
        let java = |text: &str| {
            text.bytes().fold(0_i64, |hash, byte| {
                (hash * 31 + i64::from(byte)) & 0xffff_ffff
            }) & 0x7fff_ffff
        };
        for group in ["sink-group", "processor-group", "a"] {
            assert_eq!(i64::from(internal_partition(group)), java(group) % 6);
        }
    }
}

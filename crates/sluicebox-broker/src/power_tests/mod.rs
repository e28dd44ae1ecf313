//! The broker's state loses power at every operation, and the disk keeps any part of what was not
//! durable: logs, indexes, snapshots, and the journals of topics, groups and transactions.
//!
//! What was acknowledged stays, nothing is there twice, what was decided is carried out, what was
//! not stays open, no reader sees an end go back, and the client goes on to the end.

mod client;
mod damage;
#[cfg(feature = "faults")]
mod planted;
mod requests;
mod script;
mod served;
mod world;

use client::Client;
use script::{SCRIPTS, Script};
use sluicebox_crashsim::{Disk, Explorer, History, Violation, explored, side_by_side};

type Explored = Result<(), Violation>;

fn disk_of(script: &Script) -> Disk {
    let disk = Disk::new();
    disk.create_dir_all("parent").unwrap();
    disk.sync_dir("").unwrap();
    disk.limit_writes(script.write_max_bytes);
    disk
}

/// Goes through the script, and explores what a power loss leaves of it.
fn straight(script: &Script, explorer: &mut Explorer) -> Explored {
    let disk = disk_of(script);
    let mut client = Client::default();
    let mut history = History::begin(&disk, client.clone());
    world::run(script, &disk, &mut client, &mut history)
        .unwrap_or_else(|error| panic!("without any fault: {error}"));
    explorer.explore(script.name, &history, |image, client| {
        world::check(script, image, client)
    })
}

/// The process is killed somewhere, another one goes on from what is in memory, and then the power
/// fails.
fn after_a_kill(script: &Script, explorer: &mut Explorer) -> Explored {
    let mut at = 0;
    loop {
        at += 1 + explorer.dice().below(20);
        let disk = disk_of(script);
        let mut client = Client::default();
        let mut history = History::begin(&disk, client.clone());
        disk.die_in(at as u64);
        if world::run(script, &disk, &mut client, &mut history).is_ok() {
            return Ok(());
        }
        disk.revive();
        let mut history = History::begin(&disk, client.clone());
        world::run(script, &disk, &mut client, &mut history)
            .unwrap_or_else(|error| panic!("killed at operation {at}: {error}"));
        explorer.explore(script.name, &history, |image, client| {
            world::check(script, image, client)
        })?;
    }
}

/// The power fails, and once more while the broker starts.
fn in_recovery(script: &Script, explorer: &mut Explorer) -> Explored {
    let disk = disk_of(script);
    let mut client = Client::default();
    let mut history = History::begin(&disk, client.clone());
    world::run(script, &disk, &mut client, &mut history)
        .unwrap_or_else(|error| panic!("without any fault: {error}"));
    let mut states = Vec::new();
    let mut drawing = Explorer::with_seed(explorer.dice().any()).one_in(40);
    let drawn = drawing.explore(script.name, &history, |image, client| {
        states.push((image.clone(), client.clone()));
        Ok(())
    });
    drawn.unwrap_or_else(|violation| panic!("nothing is checked: {violation}"));
    for (image, client) in states {
        let disk = Disk::from_image(&image);
        let history = History::begin(&disk, client);
        // What is refused is found when the state itself is checked, before any operation.
        let _ = world::recover(&disk);
        explorer.explore(script.name, &history, |image, client| {
            world::check(script, image, client)
        })?;
    }
    Ok(())
}

/// A way to lose power, and of how many states one is tried.
struct Way {
    name: &'static str,
    explore: fn(&Script, &mut Explorer) -> Explored,
    one_in: usize,
}

const WAYS: [Way; 3] = [
    Way {
        name: "straight on",
        explore: straight,
        one_in: 1,
    },
    Way {
        name: "after a kill",
        explore: after_a_kill,
        one_in: 500,
    },
    Way {
        name: "in recovery",
        explore: in_recovery,
        one_in: 150,
    },
];

fn every_way(script: &Script) -> u64 {
    let in_this_way = |way: &Way| {
        let name = format!("broker, {}, {}", script.name, way.name);
        let explorer = Explorer::new().one_in(way.one_in);
        explored(&name, explorer, |explorer| (way.explore)(script, explorer))
    };
    let total: u64 = WAYS.iter().map(in_this_way).sum();
    assert!(total >= script.states_at_least, "{}: {total}", script.name);
    total
}

#[test]
fn a_power_loss_at_any_operation_loses_nothing_that_was_acknowledged() {
    let total = side_by_side("broker", &SCRIPTS, every_way);
    assert!(total >= 10_000, "{total} states");
}

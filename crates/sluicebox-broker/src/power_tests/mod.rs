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

use std::io::Write;
use std::time::Instant;

use client::Client;
use script::{SCRIPTS, Script};
use sluicebox_crashsim::{Disk, Explorer, History, Violation};

type Explored = Result<(), Violation>;

/// Past the capture of the test harness: these numbers are what the test is run for.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

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

fn explored(script: &Script) -> u64 {
    let mut total = 0;
    for way in WAYS {
        let (mut explorer, began) = (Explorer::new().one_in(way.one_in), Instant::now());
        if let Err(violation) = (way.explore)(script, &mut explorer) {
            panic!("{}, {}: {violation}", script.name, way.name);
        }
        let (summary, took) = (explorer.summary(), began.elapsed());
        say(&format!(
            "broker, {}, {}: {summary}, {took:.1?}",
            script.name, way.name
        ));
        total += explorer.states();
    }
    assert!(total >= script.states_at_least, "{}: {total}", script.name);
    total
}

#[test]
fn a_power_loss_at_any_operation_loses_nothing_that_was_acknowledged() {
    let started = Instant::now();
    let total: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = SCRIPTS
            .iter()
            .map(|script| scope.spawn(|| explored(script)))
            .collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|states| states.expect("see above")).sum()
    });
    let took = started.elapsed();
    say(&format!(
        "broker: recovered from {total} crash states in {took:.1?}"
    ));
    assert!(total >= 10_000, "{total} states");
}

//! Runs whose every moment is a moment at which the power fails.

use sluicebox_crashsim::{Explorer, History, Image, Violation};
use sluicebox_sink::CommitError;

use crate::common::simulated::SimulatedStorage;
use crate::common::{Acknowledged, ROWS, open, opening};
use crate::world::{World, changed_columns, check_rotation, disk_of, full};

const SHORT_ROWS: World = World { padding_bytes: 0 };
const LONG_ROWS: World = World { padding_bytes: 700 };

/// A way to lose power.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) explore: fn(&mut Explorer) -> Result<(), Violation>,
    /// So many different states it visits at least.
    pub(crate) states_at_least: u64,
}

pub(crate) const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "from the first start to the end",
        explore: first_start_to_the_end,
        states_at_least: 300,
    },
    Scenario {
        name: "writes in small pieces",
        explore: writes_in_small_pieces,
        states_at_least: 3_000,
    },
    Scenario {
        name: "a full disk, cut back",
        explore: full_disk,
        states_at_least: 3_000,
    },
    Scenario {
        name: "rotation",
        explore: rotation,
        states_at_least: 300,
    },
    Scenario {
        name: "recovery, and recovery of a recovery",
        explore: recovery_of_a_recovery,
        states_at_least: 3_000,
    },
    Scenario {
        name: "a killed process, then the power",
        explore: killed_before,
        states_at_least: 3_000,
    },
];

fn explore(explorer: &mut Explorer, world: World, history: &History<Acknowledged>) -> Explored {
    explorer.explore("power loss", history, |image, acknowledged| {
        world.check(image, acknowledged)
    })
}

type Explored = Result<(), Violation>;

fn first_start_to_the_end(explorer: &mut Explorer) -> Explored {
    for world in [SHORT_ROWS, LONG_ROWS] {
        let storage = SimulatedStorage::default();
        let mut history = History::begin(&storage.disk, Acknowledged::new());
        world.run(&storage, &mut history).unwrap();
        explore(explorer, world, &history)?;
    }
    Ok(())
}

fn writes_in_small_pieces(explorer: &mut Explorer) -> Explored {
    for (world, bytes) in [
        (SHORT_ROWS, 7),
        (SHORT_ROWS, 16),
        (SHORT_ROWS, 30),
        (LONG_ROWS, 600),
    ] {
        let storage = SimulatedStorage::default();
        storage.disk.limit_writes(bytes);
        let mut history = History::begin(&storage.disk, Acknowledged::new());
        world.run(&storage, &mut history).unwrap();
        explore(explorer, world, &history)?;
    }
    Ok(())
}

fn full_disk(explorer: &mut Explorer) -> Explored {
    let first = 400 + explorer.dice().below(29) as u64;
    let mut was_full = 0;
    for capacity in (first..1_500).step_by(29) {
        let storage = SimulatedStorage::default();
        storage.disk.set_capacity(Some(capacity));
        let Ok(mut sink) = open(&storage, opening()) else {
            continue;
        };
        let mut history = History::begin(&storage.disk, Acknowledged::new());
        let mut acknowledged = Acknowledged::new();
        while SHORT_ROWS.step(&mut sink) {
            while let Err(error) = sink.commit() {
                assert!(matches!(error, CommitError::DiskFull { .. }), "{error}");
                was_full += 1;
                // Room comes back piece by piece, so that it is full again soon.
                let used = 40 * was_full % 100;
                storage.disk.set_capacity(Some(capacity + used));
                if was_full % 3 == 0 {
                    storage.disk.set_capacity(None);
                }
            }
            for partition in 0..2 {
                let next = sink.next_offset(0, partition).unwrap();
                acknowledged.insert(partition, next);
            }
            history.tell(acknowledged.clone());
        }
        explore(explorer, SHORT_ROWS, &history)?;
    }
    assert!(was_full > 15, "the disk was full {was_full} times");
    Ok(())
}

fn rotation(explorer: &mut Explorer) -> Explored {
    for world in [SHORT_ROWS, LONG_ROWS] {
        let old = full(world);
        for with_surplus in [false, true] {
            let mut before = old.clone();
            if with_surplus {
                // Rows of a commit that did not happen are cut before the file is sealed.
                let rows = old.file(ROWS).unwrap();
                before.put(ROWS, [rows, b"surplus"].concat());
            }
            let (storage, disk) = disk_of(&before);
            disk.limit_writes(40);
            let mut history = History::begin(&disk, false);
            open(&storage, changed_columns(true)).unwrap();
            history.tell(true);
            explorer.explore("rotation", &history, |image, is_done| {
                check_rotation(image, &old, *is_done)
            })?;
        }
    }
    Ok(())
}

/// States that a power loss left, one in so many.
fn some_states(one_in: usize, explorer: &mut Explorer) -> Vec<(Image, Acknowledged)> {
    let storage = SimulatedStorage::default();
    storage.disk.limit_writes(16);
    let mut history = History::begin(&storage.disk, Acknowledged::new());
    SHORT_ROWS.run(&storage, &mut history).unwrap();
    let mut states = Vec::new();
    let mut dice = explorer.dice().clone();
    let mut drawing = Explorer::with_seed(dice.any());
    let drawn = drawing.explore("drawing", &history, |image, acknowledged| {
        if dice.one_in(one_in) {
            states.push((image.clone(), acknowledged.clone()));
        }
        Ok(())
    });
    assert!(drawn.is_ok(), "nothing is checked");
    states
}

fn recovery_of_a_recovery(explorer: &mut Explorer) -> Explored {
    for (image, acknowledged) in some_states(70, explorer) {
        let mut found = vec![image];
        for _ in 0..2 {
            let Some(image) = found.pop() else { break };
            let (storage, disk) = disk_of(&image);
            disk.limit_writes(60);
            let history = History::begin(&disk, acknowledged.clone());
            // A refusal is found when the state itself is checked, before any operation.
            let _ = open(&storage, opening());
            let mut dice = explorer.dice().clone();
            explorer.explore("recovery", &history, |image, acknowledged| {
                if dice.one_in(8) {
                    found.push(image.clone());
                }
                SHORT_ROWS.check(image, acknowledged)
            })?;
        }
    }
    Ok(())
}

fn killed_before(explorer: &mut Explorer) -> Explored {
    for at in (explorer.dice().below(6)..200).step_by(6) {
        let storage = SimulatedStorage::default();
        storage.disk.limit_writes(30);
        let mut history = History::begin(&storage.disk, Acknowledged::new());
        storage.disk.die_in(at as u64);
        if SHORT_ROWS.run(&storage, &mut history).is_ok() {
            break;
        }
        storage.disk.revive();
        SHORT_ROWS
            .run(&storage, &mut history)
            .unwrap_or_else(|error| panic!("killed at operation {at}: {error}"));
        explore(explorer, SHORT_ROWS, &history)?;
    }
    Ok(())
}

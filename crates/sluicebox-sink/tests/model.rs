//! Any sequence of appends, commits, restarts, full disks and power losses leaves the files and
//! positions that a trivial model says.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use common::simulated::SimulatedStorage;
use common::{DEAD, PARTITIONS, ROWS, append, content, open, opening, row_of};
use proptest::prelude::*;
use sluicebox_crashsim::Dice;
use sluicebox_sink::{CommitError, SingleLayout};

#[derive(Clone, Debug)]
enum Step {
    Append { partition: i32, count: i64 },
    Advance { partition: i32, by: i64 },
    Commit,
    Restart,
    ChangePlan(u8),
    CommitOnAFullDisk { room: u64 },
    PowerLossInCommit { at: u64, seed: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PARTITIONS, 1..5i64).prop_map(|(partition, count)| Step::Append { partition, count }),
        1 => (0..PARTITIONS, 1..9i64).prop_map(|(partition, by)| Step::Advance { partition, by }),
        3 => Just(Step::Commit),
        1 => Just(Step::Restart),
        1 => any::<u8>().prop_map(Step::ChangePlan),
        1 => (0..200u64).prop_map(|room| Step::CommitOnAFullDisk { room }),
        2 => (0..12u64, any::<u64>()).prop_map(|(at, seed)| Step::PowerLossInCommit { at, seed }),
    ]
}

/// What the directory should say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    files: [String; 2],
    next: [Option<i64>; PARTITIONS as usize],
}

struct World {
    storage: SimulatedStorage,
    sink: Option<SingleLayout<SimulatedStorage>>,
    plan: u8,
    committed: Model,
    pending: Model,
}

impl World {
    fn new() -> Self {
        let storage = SimulatedStorage::default();
        let sink = Some(open(&storage, opening()).unwrap());
        let files = ["partition,offset\n".to_owned(), "why,offset\n".to_owned()];
        let model = Model {
            files,
            next: [None; PARTITIONS as usize],
        };
        Self {
            storage,
            sink,
            plan: 1,
            committed: model.clone(),
            pending: model,
        }
    }

    fn sink(&mut self) -> &mut SingleLayout<SimulatedStorage> {
        self.sink.as_mut().unwrap()
    }

    fn restart(&mut self) {
        self.sink = None;
        let mut opening = opening();
        opening.identity.plan_hash = [self.plan; 32];
        self.sink = Some(open(&self.storage, opening).unwrap());
    }

    fn found(&self) -> Model {
        let text = |name| String::from_utf8(content(&self.storage, name).unwrap()).unwrap();
        let sink = self.sink.as_ref().unwrap();
        let next = std::array::from_fn(|partition| sink.next_offset(0, partition as i32));
        Model {
            files: [text(ROWS), text(DEAD)],
            next,
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Append { partition, count } => {
                for _ in 0..count {
                    let offset = self.pending.next[partition as usize].unwrap_or(0);
                    append(self.sink(), partition, offset);
                    let (file, row) = row_of(partition, offset);
                    self.pending.files[file].push_str(&row);
                    self.pending.next[partition as usize] = Some(offset + 1);
                }
            }
            Step::Advance { partition, by } => {
                let next = self.pending.next[partition as usize].unwrap_or(0) + by;
                self.sink().advance(0, partition, next);
                self.pending.next[partition as usize] = Some(next);
            }
            Step::Commit => self.commit(),
            Step::Restart => {
                self.restart();
                self.pending = self.committed.clone();
            }
            Step::ChangePlan(plan) => {
                self.plan = plan;
                self.take(&Step::Restart);
            }
            Step::CommitOnAFullDisk { room } => {
                let used: usize = common::used_bytes(&self.storage);
                self.storage.disk.set_capacity(Some(used as u64 + room));
                match self.sink().commit() {
                    Ok(_) => self.committed = self.pending.clone(),
                    Err(CommitError::DiskFull { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                self.storage.disk.set_capacity(None);
                self.commit();
            }
            Step::PowerLossInCommit { at, seed } => self.lose_power(at, seed),
        }
    }

    fn commit(&mut self) {
        self.sink().commit().unwrap();
        self.committed = self.pending.clone();
        assert_eq!(self.found(), self.committed);
    }

    fn lose_power(&mut self, at: u64, seed: u64) {
        self.storage.disk.die_in(at);
        if self.sink().commit().is_ok() {
            self.committed = self.pending.clone();
        }
        let left = self.storage.disk.lose_power(&mut Dice::new(seed));
        self.storage = SimulatedStorage::found(&left);
        self.restart();
        let found = self.found();
        assert!(
            found == self.committed || found == self.pending,
            "all of a commit or nothing"
        );
        self.committed = found.clone();
        self.pending = found;
    }
}

proptest! {
    #[test]
    fn the_directory_is_what_the_model_says(steps in prop::collection::vec(any_step(), 1..40)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.take(&Step::Restart);
        prop_assert_eq!(world.found(), world.committed.clone());
        let state = sluicebox_sink::read_manifest(&world.storage).unwrap().unwrap();
        for (file, content) in state.files.iter().zip(&world.committed.files) {
            prop_assert_eq!(file.length, content.len() as u64);
            prop_assert_eq!(file.crc, crc32c::crc32c(content.as_bytes()));
        }
    }
}

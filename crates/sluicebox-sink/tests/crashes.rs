//! Full disks at every byte, failing syncs at every sync, a process that dies at every operation.
//!
//! Whatever happens: every record's row stands in its file exactly once, none is torn, the header
//! is there once, and nothing acknowledged is lost. Power losses are in `power_loss`.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use common::simulated::SimulatedStorage;
use common::{Acknowledged, assert_complete, content, open, opening, run, step};
use sluicebox_crashsim::Dice;
use sluicebox_sink::storage::memory::MemoryStorage;
use sluicebox_sink::{CommitError, FatalError, Refusal};

#[test]
fn a_process_that_dies_without_a_power_loss_is_recovered_from() {
    // kill -9: the kernel keeps everything that was written, synced or not.
    for at in 0.. {
        let storage = SimulatedStorage::default();
        let mut acknowledged = Acknowledged::new();
        storage.disk.die_in(at);
        if run(&storage, opening(), &mut acknowledged).is_ok() {
            assert!(at > 40, "creation, commits and a checkpoint");
            break;
        }
        storage.disk.revive();
        let sink = open(&storage, opening()).unwrap();
        for file in &sink.state().files {
            let now = content(&storage, &file.name).unwrap();
            let found = now.len() as u64;
            assert_eq!(found, file.length, "operation {at}: cut to what counts");
        }
        drop(sink);
        run(&storage, opening(), &mut acknowledged).unwrap();
        assert_complete(&storage, &|| format!("operation {at}"));
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_loses_nothing_and_goes_on_once_there_is_room() {
    let mut full_in_commit = 0;
    for capacity in 0..2_500 {
        let storage = MemoryStorage::new();
        storage.set_capacity(Some(capacity));
        let mut sink = match open(&storage, opening()) {
            Ok(sink) => sink,
            Err(error) => {
                assert!(error.is_disk_full(), "{error}");
                assert!(error.way_out().contains("make room"), "{error}");
                storage.set_capacity(None);
                open(&storage, opening()).unwrap()
            }
        };
        while step(&mut sink) {
            match sink.commit() {
                Ok(_) => {}
                Err(CommitError::DiskFull { needed_bytes, .. }) => {
                    full_in_commit += 1;
                    assert!(needed_bytes > 0);
                    for file in &sink.state().files {
                        let now = storage.content(&file.name).unwrap();
                        assert_eq!(now.len() as u64, file.length, "cut back");
                    }
                    assert!(sink.buffered_bytes() > 0 || !sink.state().files.is_empty());
                    let again = sink.commit();
                    assert!(
                        matches!(again, Err(CommitError::DiskFull { .. })),
                        "still full"
                    );
                    storage.set_capacity(None);
                    sink.commit().unwrap();
                }
                Err(fatal @ CommitError::Fatal(_)) => panic!("{capacity}: {fatal}"),
            }
        }
        drop(sink);
        storage.set_capacity(None);
        run(&storage, opening(), &mut Acknowledged::new()).unwrap();
        assert_complete(&storage, &|| format!("{capacity} bytes"));
    }
    assert!(
        full_in_commit > 100,
        "the disk was full in {full_in_commit} commits"
    );
}

#[test]
fn a_failed_sync_is_fatal_and_nothing_is_written_after_it() {
    let (mut fatal, mut dice) = (0, Dice::new(1));
    for nth in 0.. {
        let storage = SimulatedStorage::default();
        storage.disk.fail_sync(nth);
        match open(&storage, opening()) {
            Err(error) => assert!(matches!(error.refusal(), Refusal::Io { .. }), "{error}"),
            Ok(mut sink) => {
                let mut result = Ok(());
                while result.is_ok() && step(&mut sink) {
                    result = sink.commit().map(|_| ());
                }
                let Err(error) = result else { break };
                assert!(
                    matches!(error, CommitError::Fatal(FatalError::Io { .. })),
                    "{error}"
                );
                assert!(
                    error.to_string().contains("sync") || error.to_string().contains("replace")
                );
                fatal += 1;
                let before = storage.disk.operations();
                let again = sink.commit().unwrap_err();
                assert!(matches!(
                    again,
                    CommitError::Fatal(FatalError::Poisoned { .. })
                ));
                let after = storage.disk.operations();
                assert_eq!(after, before, "nothing is tried again");
            }
        }
        for _ in 0..40 {
            let after = SimulatedStorage::found(&storage.disk.lose_power(&mut dice));
            run(&after, opening(), &mut Acknowledged::new()).unwrap();
            assert_complete(&after, &|| format!("sync {nth}"));
        }
    }
    assert!(fatal > 10, "{fatal} syncs failed in commits");
}

#[test]
fn short_writes_are_finished() {
    let storage = SimulatedStorage::default();
    storage.disk.limit_writes(3);
    run(&storage, opening(), &mut Acknowledged::new()).unwrap();
    assert_complete(&storage, &|| "short writes".into());
}

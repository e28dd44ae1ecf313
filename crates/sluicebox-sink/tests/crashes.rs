//! Power losses at every operation, full disks at every byte, failing syncs at every sync.
//!
//! Whatever happens: every record's row stands in its file exactly once, none is torn, the header
//! is there once, and nothing acknowledged is lost.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use common::{
    Acknowledged, DEAD, KILLED, Loss, Names, ROWS, Stop, all_losses, assert_complete, lose, open,
    opening, run, step,
};
use sluicebox_sink::storage::memory::{Keep, MemoryStorage};
use sluicebox_sink::{CommitError, FatalError, FileSpec, Opening, Refusal};

/// How many operations a whole run makes.
fn operations_of_a_run() -> u64 {
    let storage = MemoryStorage::new();
    run(&storage, opening(), &mut Acknowledged::new()).unwrap();
    assert_complete(&storage, &|| "no fault".into());
    storage.operations()
}

#[test]
fn a_power_loss_at_any_operation_neither_loses_nor_doubles_a_row() {
    let operations = operations_of_a_run();
    assert!(
        operations > 40,
        "the run goes through creation, commits and a checkpoint"
    );
    for at in 0..operations {
        let storage = MemoryStorage::new();
        let mut acknowledged = Acknowledged::new();
        storage.crash_at(at);
        run(&storage, opening(), &mut acknowledged).unwrap_err();
        assert!(storage.has_crashed());
        for loss in all_losses() {
            let after = lose(&storage, loss);
            run(&after, opening(), &mut acknowledged.clone())
                .unwrap_or_else(|stop| panic!("operation {at}, {loss:?}: {stop:?}"));
            assert_complete(&after, &|| format!("operation {at}, {loss:?}"));
        }
    }
}

#[test]
fn a_power_loss_during_recovery_is_recovered_from_as_well() {
    let is_even = |&(data, manifest, names): &Loss| {
        data == manifest && data != Keep::Zeros && [Names::Old, Names::New].contains(&names)
    };
    let losses: Vec<_> = all_losses().filter(is_even).collect();
    for at in 0..operations_of_a_run() {
        let storage = MemoryStorage::new();
        let mut acknowledged = Acknowledged::new();
        storage.crash_at(at);
        run(&storage, opening(), &mut acknowledged).unwrap_err();
        for &first in &losses {
            for second_at in 0.. {
                let again = lose(&storage, first);
                again.crash_at(second_at);
                if open(&again, opening()).is_ok() {
                    break;
                }
                assert!(again.has_crashed(), "operation {at} {first:?}: refused");
                for &second in &losses {
                    let after = lose(&again, second);
                    let context = || format!("{at} {first:?}, then {second_at} {second:?}");
                    run(&after, opening(), &mut acknowledged.clone())
                        .unwrap_or_else(|stop| panic!("{}: {stop:?}", context()));
                    assert_complete(&after, &context);
                }
            }
        }
    }
}

#[test]
fn a_process_that_dies_without_a_power_loss_is_recovered_from() {
    // kill -9: the kernel keeps everything that was written, synced or not.
    for at in 0..operations_of_a_run() {
        let storage = MemoryStorage::new();
        let mut acknowledged = Acknowledged::new();
        storage.crash_at(at);
        run(&storage, opening(), &mut acknowledged).unwrap_err();
        let after = lose(&storage, KILLED);
        let sink = open(&after, opening()).unwrap();
        for file in &sink.state().files {
            let now = after.content(&file.name).unwrap();
            assert_eq!(
                now.len() as u64,
                file.length,
                "operation {at}: cut to what counts"
            );
        }
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
fn a_power_loss_after_a_full_disk_neither_loses_nor_doubles_a_row() {
    for capacity in (400..1_200).step_by(23) {
        for at in 0..6 {
            let storage = MemoryStorage::new();
            storage.set_capacity(Some(capacity));
            let Ok(mut sink) = open(&storage, opening()) else {
                continue;
            };
            while step(&mut sink) && sink.commit().is_ok() {}
            storage.set_capacity(None);
            storage.crash_at(at);
            // Whether it gets through or not: nothing may be doubled.
            let _ = sink.commit();
            for loss in all_losses() {
                let after = lose(&storage, loss);
                run(&after, opening(), &mut Acknowledged::new()).unwrap();
                assert_complete(&after, &|| {
                    format!("{capacity} bytes, operation {at}, {loss:?}")
                });
            }
        }
    }
}

#[test]
fn a_failed_sync_is_fatal_and_nothing_is_written_after_it() {
    let mut fatal = 0;
    for nth in 0.. {
        let storage = MemoryStorage::new();
        storage.fail_sync(nth);
        let mut acknowledged = Acknowledged::new();
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
                let before = storage.operations();
                let again = sink.commit().unwrap_err();
                assert!(matches!(
                    again,
                    CommitError::Fatal(FatalError::Poisoned { .. })
                ));
                assert_eq!(storage.operations(), before, "nothing is tried again");
            }
        }
        for loss in all_losses() {
            let after = lose(&storage, loss);
            run(&after, opening(), &mut acknowledged).unwrap();
            assert_complete(&after, &|| format!("sync {nth}, {loss:?}"));
            acknowledged.clear();
        }
    }
    assert!(fatal > 10, "{fatal} syncs failed in commits");
}

#[test]
fn short_writes_are_finished() {
    let storage = MemoryStorage::new();
    storage.limit_appends(3);
    run(&storage, opening(), &mut Acknowledged::new()).unwrap();
    assert_complete(&storage, &|| "short writes".into());
}

fn changed_columns(rotate: bool) -> Opening {
    let mut changed = opening();
    changed.files[0] = FileSpec::csv(ROWS, "partition,offset,more");
    changed.options.rotate = rotate;
    changed
}

#[test]
fn a_power_loss_while_rotating_keeps_the_old_rows_and_begins_the_new_file_once() {
    let full = MemoryStorage::new();
    run(&full, opening(), &mut Acknowledged::new()).unwrap();
    let (old_rows, letters) = (full.content(ROWS).unwrap(), full.content(DEAD).unwrap());
    let mut rotations = 0;
    for at in 0.. {
        let storage = lose(&full, KILLED);
        // Rows of a commit that did not happen are cut before the file is sealed.
        storage.put(ROWS, [&old_rows[..], b"surplus"].concat());
        storage.crash_at(at);
        if open(&storage, changed_columns(true)).is_ok() {
            assert!(at > 10, "the rotation makes several operations");
            break;
        }
        for loss in all_losses() {
            let after = lose(&storage, loss);
            // Before the manifest says so, nothing has happened; after it, any start finishes.
            match run(&after, changed_columns(false), &mut Acknowledged::new()) {
                Ok(()) => rotations += 1,
                Err(Stop::Open(error)) => {
                    assert!(
                        matches!(error.refusal(), Refusal::ColumnsChanged { .. }),
                        "{error}"
                    );
                    run(&after, changed_columns(true), &mut Acknowledged::new()).unwrap();
                }
                Err(stop) => panic!("{stop:?}"),
            }
            let context = || format!("operation {at}, {loss:?}");
            assert_eq!(
                after.content("rows.1.csv").unwrap(),
                old_rows,
                "{}",
                context()
            );
            assert_eq!(
                after.content(ROWS).unwrap(),
                b"partition,offset,more\n",
                "{}",
                context()
            );
            assert_eq!(after.content(DEAD).unwrap(), letters, "{}", context());
            assert_eq!(after.content("rows.2.csv"), None, "{}", context());
        }
    }
    assert!(
        rotations > 0,
        "some starts finished a rotation that was cut off"
    );
}

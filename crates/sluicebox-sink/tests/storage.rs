//! Every storage passes the same suite.

mod common;

use std::io;

use common::simulated::SimulatedStorage;
use sluicebox_sink::storage::conformance;
use sluicebox_sink::storage::memory::MemoryStorage;
use sluicebox_sink::{Attempt, DiskStorage, Holder, Storage, StorageFile};

#[test]
fn a_directory_on_disk_conforms() {
    let root = tempfile::tempdir().unwrap();
    let mut count = 0;
    conformance::check(|| {
        count += 1;
        DiskStorage::create(&root.path().join(format!("parent/{count}"))).unwrap()
    })
    .unwrap();
    assert!(count > 5, "every case has a directory of its own");
}

#[test]
fn a_directory_in_memory_conforms() {
    conformance::check(MemoryStorage::new).unwrap();
}

#[test]
fn a_directory_on_a_simulated_disk_conforms() {
    conformance::check(SimulatedStorage::default).unwrap();
}

#[test]
fn a_held_lock_names_its_process() {
    let directory = tempfile::tempdir().unwrap();
    let storage = DiskStorage::create(directory.path()).unwrap();
    let _held = storage.try_lock("lock").unwrap();
    let Attempt::Held { by } = storage.try_lock("lock").unwrap() else {
        panic!("it was given twice");
    };
    assert_eq!(
        by,
        Some(Holder {
            pid: std::process::id()
        })
    );
}

#[test]
fn a_path_that_is_a_file_is_refused_with_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = DiskStorage::create(&file.join("sub")).unwrap_err();
    assert!(error.to_string().contains("file/sub"), "{error}");
    assert!(
        error
            .to_string()
            .contains("choose another output directory"),
        "{error}"
    );
}

#[test]
fn a_full_disk_takes_what_fits_and_then_says_so() {
    let storage = MemoryStorage::new();
    storage.set_capacity(Some(5));
    let mut file = storage.create("a").unwrap();
    assert_eq!(file.append(b"1234567").unwrap(), 5);
    assert_eq!(
        file.append(b"67").unwrap_err().kind(),
        io::ErrorKind::StorageFull
    );
    storage.set_capacity(None);
    assert_eq!(file.append(b"67").unwrap(), 2);
}

#[test]
fn a_directory_with_a_relative_or_a_nested_path_is_made() {
    // A relative path with no parent is the common case: the default output directory is `data`.
    let root = tempfile::tempdir_in(".").unwrap();
    let relative = std::path::Path::new(root.path().file_name().unwrap()).join("a/b/c");
    for _ in 0..2 {
        let storage = DiskStorage::create(&relative).unwrap();
        storage.create("file").unwrap();
    }
    assert!(root.path().join("a/b/c/file").exists());
}

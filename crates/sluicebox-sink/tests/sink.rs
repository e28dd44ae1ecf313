//! The layout `single` on a real directory.

#![expect(clippy::unwrap_used, reason = "a test helper fails like the test")]

use std::fs;

use sluicebox_sink::{
    Attempt, CommitError, DiskStorage, FileSpec, Identity, InputRef, OpenOptions, Opening,
    SingleLayout, SourceRef, TopicIdentity,
};

fn opening() -> Opening {
    Opening {
        files: vec![
            FileSpec::csv("rows.csv", "a,b"),
            FileSpec::csv("dead.csv", "why"),
        ],
        inputs: vec!["processed".into()],
        sources: vec!["source".into()],
        identity: Identity {
            cluster_id: "c1".into(),
            topics: vec![TopicIdentity {
                name: "processed".into(),
                id: "t1".into(),
            }],
            plan_hash: [1; 32],
        },
        options: OpenOptions::default(),
    }
}

fn open(storage: &DiskStorage) -> SingleLayout<DiskStorage> {
    let Attempt::Acquired(lock) = SingleLayout::lock(storage).unwrap() else {
        panic!("the directory is locked");
    };
    SingleLayout::open(storage.clone(), lock, opening()).unwrap()
}

#[test]
fn rows_and_positions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let storage = DiskStorage::create(&directory.path().join("out/data")).unwrap();
    let mut sink = open(&storage);
    assert!(sink.recovered().is_new);
    for offset in 0..3 {
        let source = SourceRef {
            source: 0,
            partition: 5,
            offset: 10 + offset,
        };
        let input = InputRef {
            topic: 0,
            partition: 2,
            offset,
        };
        sink.append(input, Some(source), 0, format!("{offset},x\n").as_bytes())
            .unwrap();
    }
    assert_eq!(sink.commit().unwrap().rows, 3);
    drop(sink);

    let sink = open(&storage);
    assert!(!sink.recovered().is_new);
    assert_eq!(sink.next_offset(0, 2), Some(3));
    assert_eq!(sink.next_offset(0, 0), None);
    let text = fs::read_to_string(storage.directory().join("rows.csv")).unwrap();
    assert_eq!(text, "a,b\n0,x\n1,x\n2,x\n");
}

#[test]
fn a_directory_that_was_deleted_under_the_sink_stops_it() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let storage = DiskStorage::create(&out).unwrap();
    let mut sink = open(&storage);
    let mut input = InputRef {
        topic: 0,
        partition: 0,
        offset: 0,
    };
    sink.append(input, None, 0, b"1,x\n").unwrap();
    sink.commit().unwrap();
    fs::remove_dir_all(&out).unwrap();
    input.offset = 1;
    sink.append(input, None, 0, b"2,x\n").unwrap();
    let error = sink.commit().unwrap_err();
    assert!(matches!(error, CommitError::Fatal(_)), "{error}");
    assert!(error.to_string().contains("was removed"), "{error}");
}

//! The format: golden files, and what a record may say.
//!
//! A change of a golden file is a new version of the format.

mod damage;
mod properties;

use super::frame::{file_header, put_frame};
use super::log::parse;
use super::record::{put_checkpoint, put_commit};
use super::*;

const GOLDEN: &str = include_str!("../golden/v1.hex");

fn file(name: &str, length: u64) -> FileState {
    FileState {
        name: name.into(),
        header: "a,b".into(),
        length,
        rows: 3,
        crc: 0x1234_5678,
    }
}

fn checkpoint() -> ManifestState {
    ManifestState {
        sequence: 41,
        layout: LAYOUT_SINGLE.into(),
        cluster_id: "cluster".into(),
        topics: vec![TopicIdentity {
            name: "processed_data".into(),
            id: "id".into(),
        }],
        epoch: 2,
        plan_hash: std::array::from_fn(|i| i as u8),
        files: vec![file("rows.csv", 300), file("dead.csv", 70)],
        sealed: vec![SealedFile {
            original: "rows.csv".into(),
            file: file("rows.1.csv", 9),
        }],
        inputs: vec!["processed_data".into(), "dead_letters".into()],
        sources: vec!["sensor_data".into()],
        next_offsets: [((0, 0), 10), ((0, 5), 1 << 40)].into(),
        highest: [((0, 0, 0, 3), 99)].into(),
        gaps: vec![Gap {
            topic: 0,
            partition: 0,
            from: 3,
            to: 5,
        }],
        skipped_repeats: 1,
    }
}

fn deltas() -> [Delta; 3] {
    let first = Delta {
        files: vec![FileDelta {
            file: 1,
            length: 1000,
            rows: 12,
            crc: 7,
        }],
        next_offsets: vec![((0, 0), 11), ((1, 71), 0)],
        highest: vec![((0, 0, 0, 3), 100), ((1, 71, 0, 71), 5)],
        ..Delta::default()
    };
    let second = Delta {
        next_offsets: vec![((0, 0), 12)],
        ..Delta::default()
    };
    let gaps = vec![Gap {
        topic: 0,
        partition: 0,
        from: 12,
        to: 6,
    }];
    [
        first,
        second,
        Delta {
            gaps,
            skipped_repeats: 2,
            ..Delta::default()
        },
    ]
}

/// A manifest of a checkpoint and three commits, and where each record ends.
fn manifest() -> (Vec<u8>, Vec<(usize, ManifestState)>) {
    let mut state = checkpoint();
    let mut bytes = file_header(FORMAT_VERSION).to_vec();
    put_frame(&mut bytes, state.sequence, |out| {
        put_checkpoint(out, &state);
    });
    let mut ends = vec![(bytes.len(), state.clone())];
    for delta in deltas() {
        put_frame(&mut bytes, state.sequence + 1, |out| {
            put_commit(out, &delta);
        });
        state.apply(state.sequence + 1, &delta).unwrap();
        ends.push((bytes.len(), state.clone()));
    }
    (bytes, ends)
}

fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let mut text = String::new();
    for line in bytes.chunks(32) {
        for &byte in line {
            text.push(digits[usize::from(byte >> 4)] as char);
            text.push(digits[usize::from(byte & 15)] as char);
        }
        text.push('\n');
    }
    text
}

#[test]
fn version_1_is_written_and_read_as_it_always_was() {
    let (bytes, ends) = manifest();
    assert_eq!(
        hex(&bytes),
        GOLDEN,
        "the format has changed: give it a new version"
    );
    let read = parse(&bytes, "manifest").unwrap();
    assert_eq!(read.state, ends.last().unwrap().1);
    assert_eq!(read.torn_bytes, 0);
}

#[test]
fn a_record_that_takes_back_what_was_committed_is_refused() {
    let shorter = FileDelta {
        file: 0,
        length: 299,
        rows: 3,
        crc: 0,
    };
    let unknown = FileDelta {
        file: 2,
        length: 999,
        rows: 9,
        crc: 0,
    };
    let with_file = |file| Delta {
        files: vec![file],
        ..Delta::default()
    };
    let with_next = |next| Delta {
        next_offsets: vec![next],
        ..Delta::default()
    };
    let with_highest = |highest| Delta {
        highest: vec![highest],
        ..Delta::default()
    };
    for delta in [
        with_file(shorter),
        with_file(unknown),
        with_next(((0, 0), 9)),
        with_next(((2, 0), 9)),
        with_highest(((0, 0, 0, 3), 98)),
        with_highest(((0, 0, 1, 3), 98)),
    ] {
        assert!(checkpoint().apply(42, &delta).is_err(), "{delta:?}");
    }
}

#[test]
fn numbers_that_end_are_refused_and_do_not_begin_again() {
    let mut last = ManifestState {
        sequence: u64::MAX,
        ..checkpoint()
    };
    assert!(last.apply(0, &Delta::default()).is_err());
    let mut full = ManifestState {
        skipped_repeats: u64::MAX,
        ..checkpoint()
    };
    let one = Delta {
        skipped_repeats: 1,
        ..Delta::default()
    };
    assert!(full.apply(42, &one).is_err());
    assert!(full.apply(43, &Delta::default()).is_ok());
}

#[test]
fn a_commit_that_touches_72_partitions_twice_stays_small() {
    let offset = 1 << 40;
    let delta = Delta {
        files: vec![
            FileDelta {
                file: 0,
                length: 1 << 40,
                rows: 1 << 30,
                crc: 1
            };
            3
        ],
        next_offsets: (0..72).map(|p| ((0, p), offset)).collect(),
        highest: (0..72).map(|p| ((0, p, 0, p), offset)).collect(),
        ..Delta::default()
    };
    let mut bytes = Vec::new();
    put_commit(&mut bytes, &delta);
    assert!(bytes.len() < 1_500, "{} bytes", bytes.len());
    let one = Delta {
        next_offsets: vec![((0, 1), offset)],
        ..Delta::default()
    };
    bytes.clear();
    put_commit(&mut bytes, &one);
    assert!(bytes.len() < 20, "{} bytes", bytes.len());
}

//! The format: golden files, every flipped bit, every cut, every record there and back.

use proptest::prelude::*;

use super::frame::{file_header, put_frame};
use super::log::parse;
use super::record::{self, Record, put_checkpoint, put_commit};
use super::*;
use crate::error::Refusal;
use crate::limits::PARTITIONS_MAX_COUNT;
use crate::positions::{InputKey, SourceKey};

const GOLDEN: &str = include_str!("golden/v1.hex");

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
fn a_flipped_bit_is_refused_or_costs_the_last_record_only() {
    let (good, ends) = manifest();
    let last_record = ends[ends.len() - 2].0;
    let before_last = &ends[ends.len() - 2].1;
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        match parse(&bad, "manifest") {
            Ok(read) => {
                assert!(bit / 8 >= last_record, "bit {bit} went unnoticed");
                assert_eq!(&read.state, before_last);
                assert_eq!(read.torn_bytes as usize, good.len() - last_record);
            }
            Err(error) => {
                assert!(
                    matches!(error.refusal(), Refusal::DamagedManifest { .. }),
                    "{error}"
                );
                assert!(bit / 8 < last_record, "bit {bit}: a torn tail was refused");
            }
        }
    }
}

#[test]
fn a_manifest_cut_anywhere_reads_as_the_last_whole_record() {
    let (good, ends) = manifest();
    for length in 0..=good.len() {
        let whole = ends.iter().rev().find(|(end, _)| *end <= length);
        match (parse(&good[..length], "manifest"), whole) {
            (Ok(read), Some((end, state))) => {
                assert_eq!(&read.state, state);
                assert_eq!(read.torn_bytes as usize, length - end);
            }
            (Err(error), None) => {
                assert!(
                    matches!(error.refusal(), Refusal::DamagedManifest { .. }),
                    "{error}"
                );
            }
            (read, _) => panic!("{length} bytes: {read:?}"),
        }
    }
}

#[test]
fn a_tail_of_zeros_or_garbage_does_not_count() {
    let (good, ends) = manifest();
    for tail in [
        vec![0; 4096],
        vec![0xff; 300],
        b"SLUICEMF and more".to_vec(),
    ] {
        let mut bytes = good.clone();
        bytes.extend_from_slice(&tail);
        let read = parse(&bytes, "manifest").unwrap();
        assert_eq!(read.state, ends.last().unwrap().1);
        assert_eq!(read.torn_bytes as usize, tail.len());
    }
}

#[test]
fn a_record_that_is_missing_doubled_or_out_of_place_is_refused() {
    let (good, ends) = manifest();
    let [first, second, third, end] = [0, 1, 2, 3].map(|i: usize| ends[i].0);
    let records = [
        &good[first..second],
        &good[second..third],
        &good[third..end],
    ];
    for order in [&[1, 2][..], &[0, 2], &[0, 0], &[0, 1, 1], &[1, 0, 2]] {
        let mut bytes = good[..first].to_vec();
        for &i in order {
            bytes.extend_from_slice(records[i]);
        }
        let error = parse(&bytes, "manifest").unwrap_err();
        assert!(
            error.to_string().contains("missing before"),
            "{order:?}: {error}"
        );
    }
    let mut twice = good.clone();
    twice.extend_from_slice(&good[16..first]);
    assert!(
        parse(&twice, "manifest")
            .unwrap_err()
            .to_string()
            .contains("between commits")
    );
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

fn offset() -> impl Strategy<Value = i64> {
    prop_oneof![0..100i64, 0..=i64::MAX]
}

fn input_key() -> impl Strategy<Value = InputKey> {
    (0..2u16, 0..PARTITIONS_MAX_COUNT)
}

fn source_key() -> impl Strategy<Value = SourceKey> {
    (input_key(), 0..3u16, 0..PARTITIONS_MAX_COUNT).prop_map(|((t, p), s, sp)| (t, p, s, sp))
}

fn gap() -> impl Strategy<Value = Gap> {
    (input_key(), offset(), offset()).prop_map(|((topic, partition), from, to)| Gap {
        topic,
        partition,
        from,
        to,
    })
}

fn file_state() -> impl Strategy<Value = FileState> {
    (
        "[a-z]{1,9}\\.csv",
        ".{0,30}",
        any::<u64>(),
        any::<u64>(),
        any::<u32>(),
    )
        .prop_map(|(name, header, length, rows, crc)| FileState {
            name,
            header,
            length,
            rows,
            crc,
        })
}

prop_compose! {
    fn any_delta()(
        files in prop::collection::vec(any::<(u32, u64, u64, u32)>(), 0..4),
        next_offsets in prop::collection::vec((input_key(), offset()), 0..9),
        highest in prop::collection::vec((source_key(), offset()), 0..9),
        gaps in prop::collection::vec(gap(), 0..3),
        skipped_repeats in any::<u64>(),
    ) -> Delta {
        let file = |(file, length, rows, crc)| FileDelta { file, length, rows, crc };
        let files = files.into_iter().map(file).collect();
        Delta { files, next_offsets, highest, gaps, skipped_repeats }
    }
}

prop_compose! {
    fn any_state()(
        (layout, cluster_id) in (".{0,9}", ".{0,30}"),
        topics in prop::collection::vec((".{0,9}", ".{0,9}"), 0..3),
        (epoch, plan_hash) in any::<(u32, [u8; 32])>(),
        files in prop::collection::vec(file_state(), 0..4),
        sealed in prop::collection::vec((".{1,9}", file_state()), 0..3),
        next_offsets in prop::collection::btree_map(input_key(), offset(), 0..9),
        highest in prop::collection::btree_map(source_key(), offset(), 0..9),
        gaps in prop::collection::vec(gap(), 0..3),
        skipped_repeats in any::<u64>(),
    ) -> ManifestState {
        let topic = |(name, id)| TopicIdentity { name, id };
        let seal = |(original, file)| SealedFile { original, file };
        ManifestState {
            sequence: 0,
            layout, cluster_id, epoch, plan_hash, files, next_offsets, highest, gaps,
            topics: topics.into_iter().map(topic).collect(),
            sealed: sealed.into_iter().map(seal).collect(),
            inputs: vec!["in-1".into(), "in-2".into()],
            sources: vec!["a".into(), "b".into(), "c".into()],
            skipped_repeats,
        }
    }
}

proptest! {
    #[test]
    fn every_commit_reads_back(delta in any_delta()) {
        let mut bytes = Vec::new();
        put_commit(&mut bytes, &delta);
        prop_assert_eq!(record::read(&bytes).unwrap(), Record::Commit(delta));
    }

    #[test]
    fn every_checkpoint_reads_back(state in any_state()) {
        let mut bytes = Vec::new();
        put_checkpoint(&mut bytes, &state);
        prop_assert_eq!(record::read(&bytes).unwrap(), Record::Checkpoint(Box::new(state)));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        kind in 0..4u8,
        mut bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = parse(&bytes, "manifest");
        bytes.insert(0, kind);
        // What can be read has one encoding only, so it is written back as it was.
        match record::read(&bytes) {
            Ok(Record::Commit(delta)) => {
                let mut again = Vec::new();
                put_commit(&mut again, &delta);
                prop_assert_eq!(again, bytes);
            }
            Ok(Record::Checkpoint(_)) | Err(_) => {}
        }
    }

    #[test]
    fn a_damaged_stretch_never_reads_as_another_state(
        at in 0..1_000usize,
        garbage in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let (good, ends) = manifest();
        let mut bad = good.clone();
        let at = at % good.len();
        let end = (at + garbage.len()).min(good.len());
        bad[at..end].copy_from_slice(&garbage[..end - at]);
        if let Ok(read) = parse(&bad, "manifest") {
            let mut whole = ends.iter().filter(|(end, _)| bad[..*end] == good[..*end]);
            prop_assert_eq!(&read.state, &whole.next_back().unwrap().1);
        }
    }
}

//! Every record there and back, and any bytes without a panic.

use proptest::prelude::*;

use super::super::log::parse;
use super::super::record::{self, Record, put_checkpoint, put_commit};
use super::super::*;
use crate::limits::PARTITIONS_MAX_COUNT;
use crate::positions::{InputKey, SourceKey};

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
}

//! What is taken, what is left out, what is refused, record by record.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use common::{DEAD, ROWS, append, open, opening};
use sluicebox_sink::limits::{BUFFERED_MAX_BYTES, PARTITIONS_MAX_COUNT};
use sluicebox_sink::storage::memory::MemoryStorage;
use sluicebox_sink::{
    Accept, AppendError, CommitError, FatalError, InputRef, SingleLayout, SourceRef, Storage,
    StorageFile, read_manifest,
};

fn input(offset: i64) -> InputRef {
    InputRef {
        topic: 0,
        partition: 0,
        offset,
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as it is passed")]
fn source(partition: i32, offset: i64) -> Option<SourceRef> {
    Some(SourceRef {
        source: 0,
        partition,
        offset,
    })
}

#[test]
fn a_source_offset_that_does_not_grow_is_named_and_not_taken() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    sink.append(input(0), source(4, 70), 0, b"x\n").unwrap();
    for repeated in [70, 69, 0] {
        let error = sink
            .append(input(1), source(4, repeated), 0, b"x\n")
            .unwrap_err();
        let text = error.to_string();
        let named = format!("processed [0] offset 1 repeats source [4] offset {repeated} ");
        assert!(
            text.contains(&named) && text.contains("highest: 70"),
            "{text}"
        );
        assert!(text.contains("--skip-repeats"), "{text}");
    }
    assert_eq!(sink.next_offset(0, 0), Some(1), "nothing has changed");
    assert_eq!(sink.buffered_bytes(), 2);
    sink.append(input(1), source(4, 71), 0, b"x\n").unwrap();
    sink.append(input(2), source(5, 0), 0, b"another source partition\n")
        .unwrap();
    let other_input = InputRef {
        topic: 0,
        partition: 1,
        offset: 0,
    };
    sink.append(other_input, source(4, 70), 0, b"another input partition\n")
        .unwrap();
}

#[test]
fn repeats_are_found_after_a_restart_too() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    sink.append(input(0), source(4, 70), 0, b"x\n").unwrap();
    sink.commit().unwrap();
    drop(sink);
    let mut sink = open(&storage, opening()).unwrap();
    assert!(sink.append(input(9), source(4, 70), 0, b"x\n").is_err());
    assert!(
        sink.append(input(0), source(4, 71), 0, b"x\n").is_err(),
        "offset 0 was read"
    );
}

#[test]
fn skipped_repeats_are_counted_and_double_nothing() {
    let storage = MemoryStorage::new();
    let mut skipping = opening();
    skipping.options.skip_repeats = true;
    let mut sink = open(&storage, skipping).unwrap();
    for (offset, source_offset, expected) in [
        (0, 5, Accept::Appended),
        (1, 5, Accept::SkippedRepeat),
        (2, 4, Accept::SkippedRepeat),
        (3, 6, Accept::Appended),
        (3, 7, Accept::SkippedRepeat),
    ] {
        let row = format!("{source_offset}\n");
        let accept = sink.append(input(offset), source(0, source_offset), 0, row.as_bytes());
        assert_eq!(accept.unwrap(), expected, "offset {offset}");
    }
    sink.commit().unwrap();
    assert_eq!(storage.content(ROWS).unwrap(), b"partition,offset\n5\n6\n");
    let state = read_manifest(&storage).unwrap().unwrap();
    assert_eq!(
        (state.skipped_repeats, sink.next_offset(0, 0)),
        (3, Some(4))
    );
}

#[test]
fn markers_move_a_position_on_without_rows() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    sink.advance(0, 3, 17);
    sink.advance(0, 3, 4);
    assert!(sink.commit().unwrap().sequence > 1);
    drop(sink);
    let sink = open(&storage, opening()).unwrap();
    assert_eq!(sink.next_offset(0, 3), Some(17));
}

#[test]
fn a_commit_of_nothing_writes_nothing() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    let before = storage.operations();
    assert_eq!(sink.commit().unwrap().rows, 0);
    assert_eq!(storage.operations(), before);
}

#[test]
fn accepted_gaps_are_remembered_forward_and_back() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    append(&mut sink, 0, 0);
    sink.record_gap(0, 0, 50);
    append(&mut sink, 0, 50);
    sink.commit().unwrap();
    sink.record_gap(0, 0, 20);
    sink.append(input(20), source(0, 9_000), 0, b"x\n").unwrap();
    sink.commit().unwrap();
    drop(sink);
    let sink = open(&storage, opening()).unwrap();
    assert_eq!(sink.next_offset(0, 0), Some(21));
    let gaps: Vec<_> = sink
        .state()
        .gaps
        .iter()
        .map(|gap| (gap.from, gap.to))
        .collect();
    assert_eq!(gaps, [(1, 50), (51, 20)]);
}

#[test]
fn impossible_partitions_and_offsets_are_refused_without_making_room_for_them() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    for (partition, offset) in [
        (-1, 0),
        (PARTITIONS_MAX_COUNT, 0),
        (i32::MAX, 0),
        (0, -1),
        (0, i64::MAX),
    ] {
        let error = sink
            .append(input(0), source(partition, offset), 0, b"x\n")
            .unwrap_err();
        assert!(matches!(error, AppendError::OutOfRange { .. }), "{error}");
        let bad = InputRef {
            topic: 0,
            partition,
            offset,
        };
        let error = sink.append(bad, source(0, 0), 0, b"x\n").unwrap_err();
        assert!(matches!(error, AppendError::OutOfRange { .. }), "{error}");
    }
    assert_eq!(sink.buffered_bytes(), 0);
    assert_eq!(sink.next_offset(0, 0), None);
}

#[test]
fn buffers_are_bounded_and_a_commit_makes_room() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    let mut row = vec![b'x'; BUFFERED_MAX_BYTES / 2];
    row.push(b'\n');
    sink.append(input(0), None, 0, &row).unwrap();
    let error = sink.append(input(1), None, 1, &row).unwrap_err();
    assert_eq!(
        error,
        AppendError::BufferFull {
            buffered_bytes: row.len()
        }
    );
    assert_eq!(sink.next_offset(0, 0), Some(1), "nothing has changed");
    sink.commit().unwrap();
    sink.append(input(1), None, 1, &row).unwrap();
    sink.commit().unwrap();
    assert_eq!(
        storage.content(DEAD).unwrap().len(),
        "why,offset\n".len() + row.len()
    );
}

#[test]
fn a_reader_sees_commits_while_the_sink_runs_and_never_half_a_record() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    append(&mut sink, 0, 0);
    sink.commit().unwrap();
    append(&mut sink, 0, 1);
    let before = read_manifest(&storage).unwrap().unwrap();
    assert_eq!(
        before.file(ROWS).unwrap().rows,
        1,
        "what is not committed is not seen"
    );
    assert_eq!(
        before.positions().collect::<Vec<_>>(),
        [("processed", 0, 1)]
    );
    sink.commit().unwrap();
    let whole = storage.content(common::MANIFEST).unwrap();
    assert_eq!(
        read_manifest(&storage)
            .unwrap()
            .unwrap()
            .file(ROWS)
            .unwrap()
            .rows,
        2
    );
    // Any part of the last record is no record.
    for cut in 1..20 {
        storage.put(common::MANIFEST, whole[..whole.len() - cut].to_vec());
        assert_eq!(read_manifest(&storage).unwrap().unwrap(), before);
    }
}

#[test]
fn a_program_that_writes_into_our_file_is_noticed() {
    let storage = MemoryStorage::new();
    let mut sink = open(&storage, opening()).unwrap();
    append(&mut sink, 0, 0);
    sink.commit().unwrap();
    storage.open(ROWS).unwrap().append(b"intruder\n").unwrap();
    append(&mut sink, 0, 1);
    let error = sink.commit().unwrap_err();
    let CommitError::Fatal(FatalError::ChangedByAnother {
        found, expected, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!(found, expected + 9);
}

#[test]
fn a_standby_gets_the_directory_when_the_first_sink_ends() {
    let storage = MemoryStorage::new();
    let first = open(&storage, opening()).unwrap();
    let waiting = SingleLayout::lock(&storage).unwrap();
    assert!(matches!(waiting, sluicebox_sink::Attempt::Held { .. }));
    drop(first);
    open(&storage, opening()).unwrap();
}

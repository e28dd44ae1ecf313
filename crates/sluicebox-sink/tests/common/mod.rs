//! A small world to crash in: input partitions with known records, and a sink that reads them
//! into two files, some records per commit.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]
#![allow(dead_code, reason = "every test program uses its part")]

pub(crate) mod simulated;

use std::collections::BTreeMap;

use sluicebox_sink::storage::read_exact_at;
use sluicebox_sink::{
    Accept, Attempt, CommitError, FileSpec, Identity, InputRef, OpenError, OpenOptions, Opening,
    SingleLayout, SourceRef, Storage, StorageFile, TopicIdentity,
};

pub(crate) const ROWS: &str = "rows.csv";
pub(crate) const DEAD: &str = "dead.csv";
pub(crate) const MANIFEST: &str = "manifest.sluicebox";

pub(crate) const PARTITIONS: i32 = 2;
pub(crate) const RECORDS: i64 = 9;
const RECORDS_PER_COMMIT: i64 = 2;

pub(crate) fn opening() -> Opening {
    Opening {
        files: vec![
            FileSpec::csv(ROWS, "partition,offset"),
            FileSpec::csv(DEAD, "why,offset"),
        ],
        inputs: vec!["processed".into(), "letters".into()],
        sources: vec!["source".into()],
        identity: Identity {
            cluster_id: "cluster-1".into(),
            topics: vec![TopicIdentity {
                name: "processed".into(),
                id: "id-1".into(),
            }],
            plan_hash: [1; 32],
        },
        // Small, so that a few commits go through a checkpoint.
        options: OpenOptions {
            manifest_log_max_bytes: 120,
            ..OpenOptions::default()
        },
    }
}

pub(crate) fn open<S: Storage + Clone>(
    storage: &S,
    opening: Opening,
) -> Result<SingleLayout<S>, OpenError> {
    let Attempt::Acquired(lock) = SingleLayout::lock(storage)? else {
        panic!("the directory is locked");
    };
    SingleLayout::open(storage.clone(), lock, opening)
}

/// The file and the row of a record.
pub(crate) fn row_of(partition: i32, offset: i64) -> (usize, String) {
    if offset % 3 == 2 {
        (1, format!("\"two\nlines\",{partition}/{offset}\n"))
    } else {
        (0, format!("{partition},{offset}\n"))
    }
}

pub(crate) fn append<S: Storage>(
    sink: &mut SingleLayout<S>,
    partition: i32,
    offset: i64,
) -> Accept {
    let (file, row) = row_of(partition, offset);
    // Markers take offsets too, so the next offset is not always one more.
    let input = InputRef {
        topic: 0,
        partition,
        offset,
    };
    let source = SourceRef {
        source: 0,
        partition,
        offset: 100 + 10 * offset,
    };
    sink.append(input, Some(source), file, row.as_bytes())
        .unwrap()
}

/// What has been acknowledged by a commit: (partition, next offset).
pub(crate) type Acknowledged = BTreeMap<i32, i64>;

/// Why a run ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    Open(OpenError),
    Commit(CommitError),
}

/// Opens, checks that everything acknowledged is there, and reads on to the end of the input.
pub(crate) fn run<S: Storage + Clone>(
    storage: &S,
    opening: Opening,
    acknowledged: &mut Acknowledged,
) -> Result<(), Stop> {
    let mut sink = open(storage, opening).map_err(Stop::Open)?;
    for (&partition, &next) in &*acknowledged {
        let found = sink.next_offset(0, partition).unwrap_or(0);
        assert!(
            found >= next,
            "partition {partition}: {found} after {next} was acknowledged"
        );
    }
    while step(&mut sink) {
        sink.commit().map_err(Stop::Commit)?;
        for partition in 0..PARTITIONS {
            acknowledged.insert(partition, sink.next_offset(0, partition).unwrap());
        }
    }
    Ok(())
}

/// Appends the records of one commit; `false` at the end of the input.
pub(crate) fn step<S: Storage>(sink: &mut SingleLayout<S>) -> bool {
    let mut any = false;
    for partition in 0..PARTITIONS {
        let next = sink.next_offset(0, partition).unwrap_or(0);
        for offset in next..RECORDS.min(next + RECORDS_PER_COMMIT) {
            append(sink, partition, offset);
            any = true;
        }
    }
    any
}

/// The content of a file as a reader sees it now.
pub(crate) fn content<S: Storage>(storage: &S, name: &str) -> Option<Vec<u8>> {
    let file = storage.open_to_read(name).ok()?;
    let mut bytes = vec![0; file.length().unwrap() as usize];
    read_exact_at(&file, 0, &mut bytes).unwrap();
    Some(bytes)
}

/// What every run must end with: each row once, in order, none torn, the header once.
pub(crate) fn assert_complete<S: Storage>(storage: &S, context: &dyn Fn() -> String) {
    let mut expected = ["partition,offset\n".to_owned(), "why,offset\n".to_owned()];
    for first in (0..RECORDS).step_by(RECORDS_PER_COMMIT as usize) {
        for partition in 0..PARTITIONS {
            for offset in first..RECORDS.min(first + RECORDS_PER_COMMIT) {
                let (file, row) = row_of(partition, offset);
                expected[file].push_str(&row);
            }
        }
    }
    for (name, expected) in [ROWS, DEAD].into_iter().zip(expected) {
        let found = String::from_utf8(content(storage, name).unwrap_or_default()).unwrap();
        assert_eq!(found, expected, "{name}: {}", context());
    }
    let state = sluicebox_sink::read_manifest(storage).unwrap().unwrap();
    for file in &state.files {
        assert_eq!(file.length, storage.length(&file.name).unwrap().unwrap());
        assert_eq!(
            file.crc,
            crc32c::crc32c(&content(storage, &file.name).unwrap())
        );
    }
    assert_eq!(
        state.files.iter().map(|f| f.rows).sum::<u64>(),
        PARTITIONS as u64 * RECORDS as u64
    );
}

pub(crate) fn used_bytes<S: Storage>(storage: &S) -> usize {
    let names = storage.list().unwrap();
    let contents = names.iter().filter_map(|name| content(storage, name));
    contents.map(|content| content.len()).sum()
}

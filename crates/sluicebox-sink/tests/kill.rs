//! kill -9 of a process that writes to a real directory, again and again.
//!
//! This program is its own writer: started with a directory, it opens the sink and writes on
//! until it is killed or done.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sluicebox_sink::{
    Attempt, DiskStorage, FileSpec, Identity, InputRef, OpenOptions, Opening, SingleLayout,
    SourceRef, read_manifest,
};

const RECORDS: i64 = 60_000;
const RECORDS_PER_COMMIT: i64 = 100;

fn main() {
    if let Some(directory) = std::env::var_os("SLUICEBOX_KILL_TEST_DIRECTORY") {
        return write(Path::new(&directory));
    }
    rows_are_exactly_once_after_every_kill();
    println!("test rows_are_exactly_once_after_every_kill ... ok");
}

fn write(directory: &Path) {
    let storage = DiskStorage::create(directory).unwrap();
    let Attempt::Acquired(lock) = SingleLayout::lock(&storage).unwrap() else {
        panic!("the killed process still holds the lock");
    };
    let opening = Opening {
        files: vec![
            FileSpec::csv("even.csv", "offset"),
            FileSpec::csv("odd.csv", "offset"),
        ],
        inputs: vec!["in".into()],
        sources: vec!["source".into()],
        identity: Identity {
            cluster_id: "c".into(),
            topics: Vec::new(),
            plan_hash: [0; 32],
        },
        options: OpenOptions {
            manifest_log_max_bytes: 2_000,
            ..OpenOptions::default()
        },
    };
    let mut sink = SingleLayout::open(storage, lock, opening).unwrap();
    let mut offset = sink.next_offset(0, 0).unwrap_or(0);
    while offset < RECORDS {
        for _ in 0..RECORDS_PER_COMMIT {
            let source = SourceRef {
                source: 0,
                partition: 0,
                offset,
            };
            let input = InputRef {
                topic: 0,
                partition: 0,
                offset,
            };
            let row = format!("{offset}\n");
            sink.append(input, Some(source), (offset % 2) as usize, row.as_bytes())
                .unwrap();
            offset += 1;
        }
        sink.commit().unwrap();
    }
}

fn rows_are_exactly_once_after_every_kill() {
    let directory = tempfile::tempdir().unwrap();
    let storage = DiskStorage::existing(directory.path());
    let deadline = Instant::now() + Duration::from_mins(1);
    let (mut kills, mut last_seen) = (0, 0);
    loop {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .env("SLUICEBOX_KILL_TEST_DIRECTORY", directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Every third one is killed while it opens, the others on their way.
        let started = Instant::now();
        let goal = last_seen + RECORDS / 15;
        let while_opening = Duration::from_micros(500 + 150 * kills);
        while last_seen < goal.min(RECORDS)
            && (kills % 3 > 0 || started.elapsed() < while_opening)
            && started.elapsed() < Duration::from_secs(10)
        {
            // Reading needs no lock, and is right at any time.
            if let Some(state) = read_manifest(&storage).unwrap() {
                let next = state.positions().next().map_or(0, |(_, _, next)| next);
                assert!(next >= last_seen, "{next} was committed after {last_seen}");
                last_seen = next;
                let rows: u64 = state.files.iter().map(|file| file.rows).sum();
                assert_eq!(rows as i64, next, "every record is a row");
            }
        }
        if last_seen == RECORDS {
            assert!(writer.wait().unwrap().success());
            break;
        }
        writer.kill().unwrap();
        let status = writer.wait().unwrap();
        kills += 1;
        assert!(
            status.code().is_none(),
            "the writer failed by itself: {status}"
        );
        assert!(
            Instant::now() < deadline,
            "{last_seen} of {RECORDS} after {kills} kills"
        );
    }
    assert!(kills > 3, "{kills} kills before all was written");
    for (name, first) in [("even.csv", 0), ("odd.csv", 1)] {
        let text = std::fs::read_to_string(directory.path().join(name)).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("offset"));
        let rows: Vec<i64> = lines.map(|line| line.parse().unwrap()).collect();
        let expected: Vec<i64> = (first..RECORDS).step_by(2).collect();
        assert_eq!(rows, expected, "{name} after {kills} kills");
    }
    println!("{RECORDS} rows once each, after {kills} kills");
}

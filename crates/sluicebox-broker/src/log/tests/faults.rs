//! A disk that is full, slow or broken, and what the broker may still say then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use kafka_protocol::records::Compression;

use super::super::batch::check_produced;
use super::super::{Isolation, LogSettings, Marker, OffsetAt};
use super::{ANYONE, From, SETTINGS, TestLog, batch};
use crate::config::Durability;
use crate::storage::FaultyStorage;

const PATIENCE: Duration = Duration::from_secs(20);

fn on(disk: &FaultyStorage, durability: Durability, dir: &std::path::Path) -> TestLog {
    TestLog::create_on(Arc::new(disk.clone()), durability, dir, SETTINGS)
}

fn one(timestamp: i64) -> Vec<u8> {
    batch(ANYONE, Compression::None, &[timestamp])
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_full_disk_refuses_a_batch_whole_and_goes_on_when_there_is_space() {
    // Nothing fits, a part of the frame's header, a part of the batch.
    for room in [0, 5, 70] {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = FaultyStorage::default();
        let log = on(&disk, Durability::Synced, dir.path());
        let from = |sequence| From {
            id: 7,
            epoch: 0,
            sequence,
            transactional: false,
        };
        let send = |sequence| {
            let bytes = batch(from(sequence), Compression::None, &[1]);
            log.append(&bytes).map(|a| a.base_offset)
        };
        assert_eq!(send(0).expect("there is room"), 0);
        let before = log.log.size_bytes();
        disk.fill("", room);
        for _ in 0..3 {
            let refused = send(1).expect_err("no room").code();
            assert_eq!(refused, ResponseError::KafkaStorageError);
            assert!(refused.is_retriable(), "producers try again by themselves");
        }
        assert_eq!(log.log.size_bytes(), before);
        disk.make_room();
        assert_eq!(send(1).expect("room"), 1, "no sequence number was used up");
        log.crash();
        let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
        assert_eq!(log.log.ends().high_watermark, 2);
    }
}

/// Of several batches in flight a smaller one may find room where the one before it did not.
#[test]
fn what_is_in_flight_behind_a_refused_batch_waits_for_it() {
    // A producer that is known here, and one whose first batch it is.
    for known in [true, false] {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = FaultyStorage::default();
        let log = on(&disk, Durability::Synced, dir.path());
        let send = |sequence, count: usize| {
            let from = From {
                id: 7,
                epoch: 0,
                sequence,
                transactional: false,
            };
            let bytes = batch(from, Compression::None, &vec![1; count]);
            let appended = log.append(&bytes);
            appended
                .map(|a| a.base_offset)
                .map_err(|error| error.code())
        };
        let first = i32::from(known);
        if known {
            assert_eq!(send(0, 1), Ok(0));
        }
        let no_room = Err(ResponseError::KafkaStorageError);
        disk.fill("", 200);
        assert_eq!(send(first, 50), no_room);
        assert_eq!(send(first + 50, 1), no_room, "it would have fitted");
        disk.make_room();
        assert_eq!(send(first + 51, 1), no_room, "the others come first");
        let base = i64::from(first);
        assert_eq!(send(first, 50), Ok(base));
        assert_eq!(send(first + 50, 1), Ok(base + 50));
        assert_eq!(send(first + 51, 1), Ok(base + 51));
        assert_eq!(send(first, 50), Ok(base), "a repeat is one");
    }
}

#[test]
fn a_segment_that_cannot_be_begun_does_not_stand_in_the_way_of_the_next_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let disk = FaultyStorage::default();
    let settings = LogSettings {
        segment_bytes: 1_024,
        ..SETTINGS
    };
    let storage = Arc::new(disk.clone());
    let log = TestLog::create_on(storage, Durability::Synced, dir.path(), settings);
    log.append(&one(1)).expect("append");
    let large = batch(ANYONE, Compression::None, &[1; 200]);
    disk.fill("", 3);
    log.append(&large).expect_err("no room for a new segment");
    disk.make_room();
    log.append(&one(2)).expect("the old segment takes it");
    log.crash();
    let log = TestLog::open(dir.path(), settings).expect("recovery");
    assert_eq!(log.log.ends().high_watermark, 2);
    log.append(&large).expect("append");
    assert_eq!(log.log.ends().high_watermark, 202);
}

#[test]
fn a_failed_sync_acknowledges_nothing_and_ends_the_log() {
    for durability in [Durability::Synced, Durability::Relaxed] {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = FaultyStorage::default();
        let log = on(&disk, durability, dir.path());
        log.append(&one(1)).expect("append");
        until("the first record is on the disk", || disk.syncs() > 0);
        disk.fail_syncs();
        if durability == Durability::Synced {
            log.append(&one(2)).expect_err("not durable");
            assert_eq!(log.log.ends().high_watermark, 1, "and not shown");
        } else {
            log.append(&one(2)).expect("acknowledged before the sync");
        }
        until("the broker has stopped", || {
            log.syncer.fatal().reason().is_some()
        });
        let reason = log.syncer.fatal().reason().unwrap_or_default().to_owned();
        assert!(
            reason.contains("t-0") && reason.contains("the disk is broken"),
            "{reason}"
        );
        let late = log.append(&one(3)).expect_err("nothing is taken any more");
        assert_eq!(late.code(), ResponseError::KafkaStorageError);
    }
}

#[test]
fn relaxed_acknowledges_before_the_sync_and_synced_after_it() {
    for durability in [Durability::Synced, Durability::Relaxed] {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = FaultyStorage::default();
        let log = on(&disk, durability, dir.path());
        disk.hang_syncs(true);
        let before = disk.syncs();
        let bytes = one(1);
        let header = check_produced(&bytes, 0).expect("a batch");
        log.log.append(&bytes, &header, || Ok(())).expect("append");
        let seen = log.log.ends().high_watermark;
        assert_eq!(seen, i64::from(durability == Durability::Relaxed));
        disk.hang_syncs(false);
        TestLog::wait(log.log.durable(1)).expect("durable");
        until("the disk follows", || disk.syncs() > before);
        log.crash();
        let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
        assert_eq!(log.log.ends().high_watermark, 1);
    }
}

#[test]
fn a_marker_that_finds_no_room_leaves_the_transaction_open_until_it_does() {
    let dir = tempfile::tempdir().expect("a directory");
    let disk = FaultyStorage::default();
    let log = on(&disk, Durability::Synced, dir.path());
    let from = From {
        id: 3,
        epoch: 0,
        sequence: 0,
        transactional: true,
    };
    log.append(&batch(from, Compression::None, &[1]))
        .expect("append");
    let end = || TestLog::wait(log.log.append_control_marker(3, 0, Marker::Commit, 0));
    disk.fill("", 10);
    assert_eq!(
        end().expect_err("no room").code(),
        ResponseError::KafkaStorageError
    );
    assert_eq!(log.log.ends().last_stable, 0);
    disk.make_room();
    assert_eq!(end().expect("room"), 1);
    assert_eq!(log.log.ends().last_stable, 2);
}

#[test]
fn batches_of_a_topic_with_log_append_time_carry_the_time_of_their_append() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = LogSettings {
        log_append_time: true,
        ..SETTINGS
    };
    let log = TestLog::create(dir.path(), settings);
    let from = From {
        id: 7,
        epoch: 0,
        sequence: 0,
        transactional: false,
    };
    let bytes = batch(from, Compression::Zstd, &[1, 2]);
    let appended = log.append(&bytes).expect("append");
    let stamped = appended.log_append_time_ms;
    assert!(stamped > 1_700_000_000_000, "{stamped}");
    let again = log.append(&bytes).expect("a repeated batch");
    assert_eq!(
        (again.base_offset, again.log_append_time_ms),
        (0, stamped),
        "the first time holds"
    );
    let slice = log
        .log
        .read(0, 1 << 20, Isolation::ReadUncommitted, true)
        .expect("a read");
    let header = check_produced(&slice.bytes, 0).expect("the checksum was renewed");
    assert_eq!(
        (header.attributes & 0x08, header.max_timestamp),
        (8, stamped)
    );
    let found = log.log.first_at_or_after(stamped).expect("a search");
    assert_eq!(
        found,
        Some(OffsetAt {
            offset: 0,
            timestamp_ms: stamped
        })
    );
    assert_eq!(log.log.delete_records(1).expect("deletion"), 1);
    let found = log.log.first_at_or_after(stamped).expect("a search");
    assert_eq!(
        found.map(|at| at.offset),
        Some(1),
        "not before the log's start"
    );
    assert_eq!(
        log.log.first_at_or_after(stamped + 1).expect("a search"),
        None
    );
}

#[test]
fn a_batch_that_claims_more_records_than_memory_holds_is_found_by_its_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = TestLog::create(dir.path(), SETTINGS);
    log.append(&one(1)).expect("append");
    let mut bytes = one(1_000);
    bytes[23..27].copy_from_slice(&(i32::MAX - 2).to_be_bytes());
    bytes[57..61].copy_from_slice(&(i32::MAX - 1).to_be_bytes());
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    log.append(&bytes)
        .expect("its claims agree with each other");
    let found = log.log.first_at_or_after(500).expect("a search");
    assert_eq!(found.map(|at| at.offset), Some(1));
}

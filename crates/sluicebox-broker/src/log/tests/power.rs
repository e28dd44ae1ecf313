//! What a loss of power may leave of a log, one case at a time. All cases: `power_tests`.

use std::path::Path;
use std::sync::Arc;

use kafka_protocol::records::Compression;
use sluicebox_crashsim::{Dice, Disk, Image};

use super::super::batch::check_produced;
use super::super::{LogContext, LogSettings, PartitionLog};
use super::{ANYONE, SETTINGS, batch};
use crate::clock::SystemClock;
use crate::fatal::Fatal;
use crate::storage::SimulatedStorage;
use crate::sync::Syncer;

const DIR: &str = "log";
const FIRST: &str = "log/00000000000000000000.log";
/// A segment holds two batches of one record.
const SMALL: LogSettings = LogSettings {
    segment_bytes: 220,
    ..SETTINGS
};

fn context(disk: &Disk) -> LogContext {
    LogContext {
        storage: Arc::new(SimulatedStorage(disk.clone())),
        syncer: Syncer::by_hand(Arc::new(Fatal::new())),
        clock: Arc::new(SystemClock),
    }
}

fn open(image: &Image) -> Result<Arc<PartitionLog>, String> {
    let context = context(&Disk::from_image(image));
    PartitionLog::open(&context, "t-0", Path::new(DIR), SMALL).map_err(|e| e.to_string())
}

fn append(log: &Arc<PartitionLog>, count: i64) {
    for at in 0..count {
        let bytes = batch(ANYONE, Compression::None, &[at]);
        let header = check_produced(&bytes, 0).expect("a batch");
        log.append(&bytes, &header, || Ok(())).expect("append");
    }
}

/// A log of five records in three segments, nothing of which is durable but its beginning.
fn unsynced(disk: &Disk) -> LogContext {
    let context = context(disk);
    let log = PartitionLog::create(&context, "t-0", Path::new(DIR), SMALL).expect("a log");
    disk.sync_dir("").expect("a directory");
    append(&log, 5);
    context
}

fn segments(image: &Image) -> Vec<&str> {
    let paths = image.files().map(|(path, _)| path);
    paths
        .filter(|path| Path::new(path).extension().is_some_and(|e| e == "log"))
        .collect()
}

fn change(image: &Image, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Image {
    let mut image = image.clone();
    let mut content = image.file(path).expect("a file").to_vec();
    change(&mut content);
    image.put(path, content);
    image
}

#[test]
fn segments_that_follow_on_lost_records_go_as_well_unless_someone_was_told_of_them() {
    let disk = Disk::new();
    let context = unsynced(&disk);
    let image = disk.image();
    assert_eq!(segments(&image).len(), 3);
    let frame = (image.file(FIRST).expect("a segment").len() - 20) / 2;
    let lost = change(&image, FIRST, |bytes| bytes.truncate(20 + frame));
    let log = open(&lost).expect("a crash can leave this");
    assert_eq!(log.ends().log_end, 1);
    append(&log, 4);
    assert_eq!(log.ends().log_end, 5, "it goes on");

    // The same after an acknowledgement that a later frame tells of.
    let log = PartitionLog::open(&context, "t-0", Path::new(DIR), SMALL).expect("a log");
    append(&log, 1);
    let lost = change(&disk.image(), FIRST, |bytes| bytes.truncate(20 + frame));
    let refused = open(&lost)
        .map(drop)
        .expect_err("an acknowledged record is gone");
    assert!(refused.contains("a segment is missing"), "{refused}");
}

#[test]
fn a_segment_whose_beginning_was_lost_is_read_by_its_name() {
    let disk = Disk::new();
    unsynced(&disk);
    let image = disk.image();
    for path in &segments(&image)[1..] {
        let zeros = change(&image, path, |bytes| bytes[..20].fill(0));
        let log = open(&zeros).expect("a crash can leave this");
        assert_eq!(log.ends().log_end, 5, "{path}: its records are whole");
        let empty = change(&image, path, Vec::clear);
        let log = open(&empty).expect("a crash can leave this");
        assert!(log.ends().log_end < 5, "{path}");
        append(&log, 1);
    }
}

#[test]
fn what_a_killed_process_left_in_memory_is_durable_before_it_is_served() {
    let disk = Disk::new();
    let context = unsynced(&disk);
    let log = PartitionLog::open(&context, "t-0", Path::new(DIR), SMALL).expect("a log");
    assert_eq!(log.ends().high_watermark, 5);
    let mut dice = Dice::new(1);
    for _ in 0..50 {
        let log = open(&disk.lose_power(&mut dice)).expect("a log");
        assert_eq!(log.ends().high_watermark, 5, "a reader had seen it");
    }
}

#[test]
fn a_power_loss_while_old_segments_go_leaves_no_gap() {
    let disk = Disk::new();
    let context = unsynced(&disk);
    let settings = LogSettings {
        retention_bytes: 0,
        ..SMALL
    };
    let mut seen = std::collections::BTreeSet::new();
    for operation in 0..8 {
        let disk = Disk::from_image(&disk.image());
        let mut context = context.clone();
        context.storage = Arc::new(SimulatedStorage(disk.clone()));
        let log = PartitionLog::open(&context, "t-0", Path::new(DIR), settings).expect("a log");
        disk.die_in(operation);
        // Whether it gets through or not.
        let _ = log.apply_retention();
        let mut dice = Dice::new(operation);
        for _ in 0..20 {
            let log = open(&disk.lose_power(&mut dice)).expect("a log without a gap");
            assert_eq!(log.ends().log_end, 5);
            seen.insert(log.ends().log_start);
        }
    }
    assert_eq!(seen, [0, 2, 4].into(), "segment by segment");
}

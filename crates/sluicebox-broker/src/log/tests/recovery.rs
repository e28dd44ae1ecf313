//! What a crash or a bad disk leaves is recovered or refused, never served.

use std::fs;
use std::path::{Path, PathBuf};

use kafka_protocol::records::Compression;

use super::super::{Isolation, LogSettings};
use super::{ANYONE, SETTINGS, TestLog, batch};

const BATCHES: i64 = 6;

/// A log of batches of one record, as a crash leaves it.
fn crashed(dir: &Path, settings: LogSettings) {
    let log = TestLog::create(dir, settings);
    for i in 0..BATCHES {
        log.append(&batch(ANYONE, Compression::None, &[i]))
            .expect("append");
    }
    log.crash();
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .expect("a directory")
        .map(|entry| entry.expect("entry").path());
    let mut logs: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "log"))
        .collect();
    logs.sort();
    logs
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_the_log_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    crashed(dir.path(), SETTINGS);
    let path = &segments(dir.path())[0];
    let whole = fs::read(path).expect("a segment");
    let frame = (whole.len() - 20) / BATCHES as usize;
    for cut in 1..=frame {
        fs::write(path, &whole[..whole.len() - cut]).expect("a torn segment");
        let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
        assert_eq!(
            log.log.ends().high_watermark,
            BATCHES - 1,
            "{cut} bytes are missing"
        );
        let next = log
            .append(&batch(ANYONE, Compression::None, &[9]))
            .expect("append");
        assert_eq!(next.base_offset, BATCHES - 1);
        log.crash();
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused_or_cut_with_the_last_frame() {
    let dir = tempfile::tempdir().expect("a directory");
    crashed(dir.path(), SETTINGS);
    let path = &segments(dir.path())[0];
    let whole = fs::read(path).expect("a segment");
    let last = whole.len() - (whole.len() - 20) / BATCHES as usize;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        fs::write(path, &damaged).expect("a damaged segment");
        match TestLog::open(dir.path(), SETTINGS) {
            Ok(log) => {
                assert!(at >= last, "a flip in byte {at} was not noticed");
                assert_eq!(log.log.ends().high_watermark, BATCHES - 1);
            }
            Err(_) => assert!(at < last, "the last frame (byte {at}) may be a torn tail"),
        }
    }
}

#[test]
fn after_a_clean_stop_a_flipped_bit_is_never_served_and_nothing_is_cut() {
    let dir = tempfile::tempdir().expect("a directory");
    crashed(dir.path(), SETTINGS);
    let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
    log.log.close().expect("a clean stop");
    log.crash();
    let path = &segments(dir.path())[0];
    let whole = fs::read(path).expect("a segment");
    for at in 20..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x80;
        fs::write(path, &damaged).expect("a damaged segment");
        let Ok(log) = TestLog::open(dir.path(), SETTINGS) else {
            continue;
        };
        assert_eq!(log.log.ends().high_watermark, BATCHES, "nothing is cut");
        let reads = (0..BATCHES).map(|o| log.log.read(o, 1, Isolation::ReadUncommitted, true));
        assert!(
            reads.filter(Result::is_err).count() > 0,
            "a flip in byte {at} is served"
        );
    }
    fs::write(path, &whole[..whole.len() - 1]).expect("a shorter segment");
    assert!(
        TestLog::open(dir.path(), SETTINGS).is_err(),
        "shorter than what was synced"
    );
}

#[test]
fn a_missing_segment_is_refused_and_a_missing_index_or_snapshot_is_rebuilt() {
    let settings = LogSettings {
        segment_bytes: 200,
        ..SETTINGS
    };
    let dir = tempfile::tempdir().expect("a directory");
    crashed(dir.path(), settings);
    for entry in fs::read_dir(dir.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e != "log") {
            fs::remove_file(path).expect("removal");
        }
    }
    let log = TestLog::open(dir.path(), settings).expect("recovery from the segments alone");
    assert_eq!(log.log.ends().high_watermark, BATCHES);
    log.crash();
    let logs = segments(dir.path());
    assert!(logs.len() > 2);
    fs::remove_file(&logs[1]).expect("removal");
    assert!(TestLog::open(dir.path(), settings).is_err());
}

#[test]
fn the_bytes_of_a_segment_are_these() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = TestLog::create(dir.path(), SETTINGS);
    log.append(&batch(ANYONE, Compression::None, &[1]))
        .expect("append");
    log.crash();
    let bytes = fs::read(&segments(dir.path())[0]).expect("a segment");
    let golden = include_bytes!("golden.log");
    assert_eq!(bytes, golden, "the format has changed: raise its version");
}

//! What is appended is read back; rules are kept.

use kafka_protocol::ResponseError;
use kafka_protocol::records::{Compression, RecordBatchDecoder};

use super::super::batch::check_produced;
use super::super::{Isolation, LogSettings, OffsetAt};
use super::{ANYONE, From, SETTINGS, TestLog, batch};

const ALL: usize = 1 << 20;

fn values(log: &TestLog, offset: i64) -> Vec<(i64, i64)> {
    let slice = log
        .log
        .read(offset, ALL, Isolation::ReadUncommitted, true)
        .expect("a read");
    let mut bytes = slice.bytes;
    let sets = RecordBatchDecoder::decode_all(&mut bytes).expect("whole batches");
    sets.iter()
        .flat_map(|set| &set.records)
        .map(|r| (r.offset, r.timestamp))
        .collect()
}

#[test]
fn records_come_back_in_order_with_their_offsets_from_every_segment() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = LogSettings {
        segment_bytes: 1_024,
        ..SETTINGS
    };
    let log = TestLog::create(dir.path(), settings);
    for i in 0..100 {
        log.append(&batch(ANYONE, Compression::None, &[i * 10, i * 10 + 1]))
            .expect("append");
    }
    let mut seen = Vec::new();
    while seen.len() < 200 {
        let more = values(&log, seen.len() as i64);
        assert!(!more.is_empty(), "nothing at offset {}", seen.len());
        seen.extend(more);
    }
    let expected: Vec<_> = (0..200).map(|o| (o, o / 2 * 10 + o % 2)).collect();
    assert_eq!(seen, expected);
    log.crash();
    let again = TestLog::open(dir.path(), settings).expect("recovery");
    assert_eq!(again.log.ends().high_watermark, 200);
    assert_eq!(values(&again, 199).last(), Some(&(199, 991)));
}

#[test]
fn a_repeated_batch_is_answered_with_its_first_offset_and_a_gap_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = TestLog::create(dir.path(), SETTINGS);
    let from = |epoch, sequence| From {
        id: 7,
        epoch,
        sequence,
        transactional: false,
    };
    let send = |epoch, sequence| {
        let appended = log.append(&batch(from(epoch, sequence), Compression::None, &[1, 2]));
        appended
            .map(|a| a.base_offset)
            .map_err(|error| error.code())
    };
    let order = Err(ResponseError::OutOfOrderSequenceNumber);
    let steps = [
        ((0, 0), Ok(0)),
        ((0, 2), Ok(2)),
        ((0, 0), Ok(0)),
        ((0, 6), order),
        ((0, 4), Ok(4)),
        ((0, 6), Ok(6)),
        ((0, 8), Ok(8)),
        ((0, 10), Ok(10)),
        ((0, 2), Ok(2)),
        ((0, 0), Err(ResponseError::DuplicateSequenceNumber)),
        ((1, 5), order),
        ((1, 0), Ok(12)),
        ((0, 12), Err(ResponseError::InvalidProducerEpoch)),
    ];
    for ((epoch, sequence), expected) in steps {
        assert_eq!(
            send(epoch, sequence),
            expected,
            "epoch {epoch}, sequence {sequence}"
        );
    }
    log.crash();
    let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
    let repeated = log
        .append(&batch(from(1, 0), Compression::None, &[1, 2]))
        .expect("a retry");
    assert_eq!(
        repeated.base_offset, 12,
        "the state is rebuilt from the log"
    );
}

#[test]
fn an_offset_is_found_by_time_inside_of_batches_of_every_codec() {
    let codecs = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    for codec in codecs {
        let dir = tempfile::tempdir().expect("a directory");
        let log = TestLog::create(dir.path(), SETTINGS);
        log.append(&batch(ANYONE, codec, &[100, 200, 300]))
            .expect("append");
        log.append(&batch(ANYONE, codec, &[900, 250, 400]))
            .expect("append");
        let at = |timestamp_ms| log.log.first_at_or_after(timestamp_ms).expect("a search");
        assert_eq!(
            at(150),
            Some(OffsetAt {
                offset: 1,
                timestamp_ms: 200
            })
        );
        assert_eq!(
            at(301),
            Some(OffsetAt {
                offset: 3,
                timestamp_ms: 900
            })
        );
        assert_eq!(at(901), None);
        let latest = log.log.latest_by_time().expect("a search");
        assert_eq!(
            latest,
            Some(OffsetAt {
                offset: 3,
                timestamp_ms: 900
            })
        );
    }
}

#[test]
fn deleted_records_stay_deleted_and_old_segments_go() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = LogSettings {
        segment_bytes: 1_024,
        ..SETTINGS
    };
    let log = TestLog::create(dir.path(), settings);
    for i in 0..50 {
        log.append(&batch(ANYONE, Compression::None, &[i]))
            .expect("append");
    }
    let before = log.log.size_bytes();
    assert_eq!(log.log.delete_records(33).expect("deletion"), 33);
    assert!(log.log.size_bytes() < before);
    let late = log.log.delete_records(51).expect_err("past the end").code();
    assert_eq!(late, ResponseError::OffsetOutOfRange);
    log.crash();
    let log = TestLog::open(dir.path(), settings).expect("recovery");
    assert_eq!(log.log.ends().log_start, 33);
    let early = log
        .log
        .read(32, ALL, Isolation::ReadUncommitted, true)
        .expect_err("gone");
    assert_eq!(early.code(), ResponseError::OffsetOutOfRange);
}

#[test]
fn retention_by_size_and_by_time_keeps_the_newest() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = LogSettings {
        segment_bytes: 1_024,
        retention_bytes: 4_096,
        ..SETTINGS
    };
    let log = TestLog::create(dir.path(), settings);
    for i in 0..200 {
        log.append(&batch(ANYONE, Compression::None, &[i]))
            .expect("append");
    }
    log.log.apply_retention().expect("retention");
    let size = log.log.size_bytes();
    assert!(
        (4_096..4_096 + 1_100).contains(&size),
        "{size} bytes are left"
    );
    log.log.configure(LogSettings {
        retention_ms: 1_000,
        ..settings
    });
    log.log.apply_retention().expect("retention");
    let ends = log.log.ends();
    assert_eq!(
        (ends.log_start, ends.high_watermark),
        (200, 200),
        "all are from 1970"
    );
}

#[test]
fn a_batch_that_is_not_whole_is_refused() {
    let good = batch(ANYONE, Compression::None, &[1, 2, 3]);
    let code = |bytes: &[u8], max| check_produced(bytes, max).map_err(|error| error.code());
    assert!(code(&good, 0).is_ok());
    assert_eq!(code(&good, 40), Err(ResponseError::MessageTooLarge));
    assert_eq!(code(&good[..70], 0), Err(ResponseError::CorruptMessage));
    assert_eq!(
        code(&[&good[..], &good[..]].concat(), 0),
        Err(ResponseError::InvalidRecord)
    );
    let mut old = good.clone();
    old[16] = 1;
    assert_eq!(
        code(&old, 0),
        Err(ResponseError::UnsupportedForMessageFormat)
    );
    for at in 17..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 0x10;
        assert!(code(&flipped, 0).is_err(), "a flip in byte {at} passes");
    }
}

//! What readers see of transactions.

use kafka_protocol::ResponseError;
use kafka_protocol::records::Compression;

use super::super::{Isolation, Marker};
use super::{ANYONE, From, SETTINGS, TestLog, batch};

fn transactional(id: i64, sequence: i32) -> Vec<u8> {
    let from = From {
        id,
        epoch: 0,
        sequence,
        transactional: true,
    };
    batch(from, Compression::None, &[1])
}

fn end(log: &TestLog, id: i64, epoch: i16, marker: Marker) -> Result<i64, ResponseError> {
    let ended = TestLog::wait(log.log.append_control_marker(id, epoch, marker, 0));
    ended.map_err(|error| error.code())
}

#[test]
fn an_open_transaction_holds_back_committed_data_behind_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = TestLog::create(dir.path(), SETTINGS);
    log.append(&batch(ANYONE, Compression::None, &[1]))
        .expect("append");
    log.append(&transactional(1, 0)).expect("append");
    log.append(&transactional(2, 0)).expect("append");
    assert_eq!(end(&log, 2, 0, Marker::Commit), Ok(3));
    assert_eq!(
        (log.log.ends().last_stable, log.log.ends().high_watermark),
        (1, 4)
    );
    log.crash();
    let log = TestLog::open(dir.path(), SETTINGS).expect("recovery");
    assert_eq!(log.log.ends().last_stable, 1, "also after a restart");
    assert_eq!(end(&log, 1, 0, Marker::Abort), Ok(4));
    assert_eq!(log.log.ends().last_stable, 5);
    log.log.close().expect("a clean stop");
    log.crash();
    let log = TestLog::open(dir.path(), SETTINGS).expect("a start from the snapshot");
    let slice = log
        .log
        .read(0, 1 << 20, Isolation::ReadCommitted, true)
        .expect("a read");
    let aborted: Vec<_> = slice
        .aborted
        .iter()
        .map(|a| (a.producer_id, a.first_offset))
        .collect();
    assert_eq!(aborted, [(1, 1)]);
}

#[test]
fn a_marker_of_an_old_epoch_is_refused_and_a_newer_one_fences() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = TestLog::create(dir.path(), SETTINGS);
    log.append(&transactional(1, 0)).expect("append");
    assert_eq!(end(&log, 1, 3, Marker::Abort), Ok(1));
    assert_eq!(
        end(&log, 1, 2, Marker::Commit),
        Err(ResponseError::InvalidProducerEpoch)
    );
    let late = log
        .append(&transactional(1, 1))
        .expect_err("a zombie")
        .code();
    assert_eq!(late, ResponseError::InvalidProducerEpoch);
    assert_eq!(end(&log, 1, 3, Marker::Abort), Ok(2), "a redo does no harm");
    assert_eq!(log.log.ends().last_stable, 3);
}

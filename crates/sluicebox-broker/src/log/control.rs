//! Transaction markers: control batches of one record (KIP-98).

use super::batch::{self, HEADER_BYTES};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// Its records count.
    Commit,
    /// They do not.
    Abort,
}

/// Transactional and control.
const ATTRIBUTES: i16 = 0x30;
/// length 16: attributes, timestamp delta, offset delta, key of 4 bytes, value of 6, no headers.
/// Lengths are zigzag varints.
const RECORD_BYTES: usize = 17;

/// Builds the batch; its base offset is written when it is appended.
pub(super) fn marker_batch(
    producer_id: i64,
    producer_epoch: i16,
    marker: Marker,
    coordinator_epoch: i32,
    now_ms: i64,
) -> Vec<u8> {
    let mut records = Vec::with_capacity(RECORD_BYTES);
    records.extend_from_slice(&[16 << 1, 0, 0, 0, 4 << 1]);
    let kind: i16 = match marker {
        Marker::Abort => 0,
        Marker::Commit => 1,
    };
    records.extend_from_slice(&0_i16.to_be_bytes());
    records.extend_from_slice(&kind.to_be_bytes());
    records.push(6 << 1);
    records.extend_from_slice(&0_i16.to_be_bytes());
    records.extend_from_slice(&coordinator_epoch.to_be_bytes());
    records.push(0);
    debug_assert_eq!(records.len(), RECORD_BYTES);

    let mut header = [0; HEADER_BYTES];
    let length = (HEADER_BYTES + RECORD_BYTES - batch::PREFIX_BYTES) as i32;
    header[8..12].copy_from_slice(&length.to_be_bytes());
    header[16] = 2;
    header[21..23].copy_from_slice(&ATTRIBUTES.to_be_bytes());
    header[27..35].copy_from_slice(&now_ms.to_be_bytes());
    header[35..43].copy_from_slice(&now_ms.to_be_bytes());
    header[43..51].copy_from_slice(&producer_id.to_be_bytes());
    header[51..53].copy_from_slice(&producer_epoch.to_be_bytes());
    header[53..57].copy_from_slice(&(-1_i32).to_be_bytes());
    header[57..61].copy_from_slice(&1_i32.to_be_bytes());
    batch::seal(&mut header, &records);

    let mut batch = header.to_vec();
    batch.extend_from_slice(&records);
    batch
}

/// What a control batch says; `None` for control records of other kinds.
pub(super) fn read_marker(batch: &[u8]) -> Option<(Marker, i32)> {
    // Our own batches are the only ones: one record, fixed positions.
    let record = batch.get(HEADER_BYTES..HEADER_BYTES + RECORD_BYTES)?;
    let marker = match i16::from_be_bytes([record[7], record[8]]) {
        0 => Marker::Abort,
        1 => Marker::Commit,
        _ => return None,
    };
    let epoch = i32::from_be_bytes([record[12], record[13], record[14], record[15]]);
    Some((marker, epoch))
}

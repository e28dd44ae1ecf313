//! The bytes of a journal. One file, append-only:
//!
//! ```text
//! header  8 bytes magic "SLUICEJ" + version 1
//!         1 byte kind (whose journal it is), 3 bytes zero
//!         4 bytes CRC-32C of the 12 bytes before, little endian
//! frame   1 byte version 1
//!         4 bytes length of the record, little endian
//!         8 bytes synced, little endian: so much of the file was durable when this was written
//!         4 bytes CRC-32C of the 13 bytes before and the record
//!         the record; empty in the frame that a stop writes behind all others
//! ```
//!
//! `synced` tells a torn tail from damage: what it covers had been acknowledged. A golden file in
//! the tests pins the format.

use crate::limits::JOURNAL_RECORD_MAX_BYTES;

const MAGIC: &[u8; 7] = b"SLUICEJ";
const VERSION: u8 = 1;
pub(super) const HEADER_BYTES: usize = 16;
pub(super) const FRAME_HEADER_BYTES: usize = 17;

/// The header of a journal of this kind.
pub(super) fn header(kind: u8) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..7].copy_from_slice(MAGIC);
    bytes[7] = VERSION;
    bytes[8] = kind;
    let crc = crc32c::crc32c(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// The bytes before a record. The record is at most [`JOURNAL_RECORD_MAX_BYTES`] long.
pub(super) fn frame_header(synced: u64, record: &[u8]) -> [u8; FRAME_HEADER_BYTES] {
    debug_assert!(record.len() <= JOURNAL_RECORD_MAX_BYTES);
    let mut bytes = [0; FRAME_HEADER_BYTES];
    bytes[0] = VERSION;
    bytes[1..5].copy_from_slice(&(record.len() as u32).to_le_bytes());
    bytes[5..13].copy_from_slice(&synced.to_le_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..13]), record);
    bytes[13..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// A whole frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) record: &'a [u8],
    pub(super) synced: u64,
    /// Bytes of header and record.
    pub(super) size: usize,
}

/// Reads the frame at the beginning of `bytes`; the error says what is wrong with it.
pub(super) fn read_frame(bytes: &[u8]) -> Result<Frame<'_>, &'static str> {
    const SHORT: &str = "the frame goes on past the end of the file";
    let head = bytes.first_chunk::<FRAME_HEADER_BYTES>().ok_or(SHORT)?;
    if head[0] != VERSION {
        return Err("unknown frame version");
    }
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if length > JOURNAL_RECORD_MAX_BYTES {
        return Err("impossible length");
    }
    let size = FRAME_HEADER_BYTES + length;
    let record = bytes.get(FRAME_HEADER_BYTES..size).ok_or(SHORT)?;
    let mut synced = [0; 8];
    synced.copy_from_slice(&head[5..13]);
    let synced = u64::from_le_bytes(synced);
    if frame_header(synced, record) != *head {
        return Err("the checksum does not match");
    }
    Ok(Frame {
        record,
        synced,
        size,
    })
}

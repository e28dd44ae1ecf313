//! The bytes of a journal. One file, append-only:
//!
//! ```text
//! header  8 bytes magic "SLUICEJ" + version 1
//!         1 byte kind (whose journal it is), 3 bytes zero
//!         4 bytes CRC-32C of the 12 bytes before, little endian
//! frame   1 byte version 1
//!         4 bytes length of the record, little endian
//!         4 bytes CRC-32C of version, length and record
//!         the record
//! ```
//!
//! A golden file in the tests pins it.

use crate::limits::JOURNAL_RECORD_MAX_BYTES;

const MAGIC: &[u8; 7] = b"SLUICEJ";
const VERSION: u8 = 1;
pub(super) const HEADER_BYTES: usize = 16;
pub(super) const FRAME_HEADER_BYTES: usize = 9;

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
pub(super) fn frame_header(record: &[u8]) -> [u8; FRAME_HEADER_BYTES] {
    debug_assert!(record.len() <= JOURNAL_RECORD_MAX_BYTES);
    let mut bytes = [0; FRAME_HEADER_BYTES];
    bytes[0] = VERSION;
    bytes[1..5].copy_from_slice(&(record.len() as u32).to_le_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..5]), record);
    bytes[5..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A whole record, and the frame's length.
    Record(&'a [u8], usize),
    /// The bytes end before the frame does.
    Short,
    /// The frame is not what was written.
    Damaged(&'static str),
}

impl Frame<'_> {
    /// What is wrong with it.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Record(..) => "nothing",
            Self::Short => "the frame goes on past the end of the file",
            Self::Damaged(what) => what,
        }
    }
}

/// Reads the frame at the beginning of `bytes`.
pub(super) fn read_frame(bytes: &[u8]) -> Frame<'_> {
    let Some(head) = bytes.first_chunk::<FRAME_HEADER_BYTES>() else {
        return Frame::Short;
    };
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if head[0] != VERSION {
        return Frame::Damaged("unknown frame version");
    }
    if length > JOURNAL_RECORD_MAX_BYTES {
        return Frame::Damaged("impossible length");
    }
    let Some(record) = bytes.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + length) else {
        return Frame::Short;
    };
    if frame_header(record) == *head {
        Frame::Record(record, FRAME_HEADER_BYTES + length)
    } else {
        Frame::Damaged("checksum does not match")
    }
}

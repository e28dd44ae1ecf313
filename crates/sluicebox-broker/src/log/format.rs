//! Names and bytes of a partition's files. Little endian; every checksum is a CRC-32C.
//!
//! ```text
//! <20 digits of base offset>.log
//!   header  7 bytes "SLUICEL", 1 byte version 1, 8 bytes base offset, 4 bytes checksum of these
//!   frame   1 byte version 1, 3 bytes zero, 4 bytes size of the batch,
//!           8 bytes synced: all records before this offset were durable when it was written,
//!           4 bytes checksum of the 16 bytes and the batch, then the batch
//! <20 digits of base offset>.index    rebuilt when missing, see `index`
//! state.snapshot                      see `snapshot`
//! log-start                           1 byte version 1, 8 bytes offset, 4 bytes checksum
//! ```
//!
//! A batch's own checksum does not cover its base offset, so the frame has one. `synced` tells a
//! torn tail from damage: records below it had been acknowledged.

use std::path::{Path, PathBuf};

const SEGMENT_MAGIC: &[u8; 7] = b"SLUICEL";
const VERSION: u8 = 1;
/// Bytes at the beginning of a segment.
pub(super) const SEGMENT_HEADER_BYTES: usize = 20;
/// Bytes before a batch.
pub(super) const FRAME_HEADER_BYTES: usize = 20;

pub(super) fn segment_path(dir: &Path, base_offset: i64) -> PathBuf {
    dir.join(format!("{base_offset:020}.log"))
}

pub(super) fn index_path(dir: &Path, base_offset: i64) -> PathBuf {
    dir.join(format!("{base_offset:020}.index"))
}

pub(super) fn snapshot_path(dir: &Path) -> PathBuf {
    dir.join("state.snapshot")
}

pub(super) fn log_start_path(dir: &Path) -> PathBuf {
    dir.join("log-start")
}

/// The base offset in a segment's name; `None` for other files.
pub(super) fn segment_base(path: &Path) -> Option<i64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".log")?;
    (name.len() == 20).then(|| name.parse().ok()).flatten()
}

pub(super) fn segment_header(base_offset: i64) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    bytes[..7].copy_from_slice(SEGMENT_MAGIC);
    bytes[7] = VERSION;
    bytes[8..16].copy_from_slice(&base_offset.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..16]);
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// What stands before a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) batch_size: usize,
    pub(super) synced: i64,
    crc: u32,
}

/// Writes the bytes before a batch that consists of `parts`.
pub(super) fn frame_header(synced: i64, parts: [&[u8]; 2]) -> [u8; FRAME_HEADER_BYTES] {
    let mut bytes = [0; FRAME_HEADER_BYTES];
    bytes[0] = VERSION;
    let size = (parts[0].len() + parts[1].len()) as u32;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    bytes[8..16].copy_from_slice(&synced.to_le_bytes());
    let mut crc = crc32c::crc32c(&bytes[..16]);
    for part in parts {
        crc = crc32c::crc32c_append(crc, part);
    }
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

impl FrameHeader {
    /// Reads it; the message says what is wrong.
    pub(super) fn read(bytes: &[u8; FRAME_HEADER_BYTES]) -> Result<Self, &'static str> {
        if bytes[0] != VERSION || bytes[1..4] != [0; 3] {
            return Err("unknown frame version");
        }
        let mut synced = [0; 8];
        synced.copy_from_slice(&bytes[8..16]);
        let batch_size = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
        if batch_size < super::batch::HEADER_BYTES {
            return Err("impossible size");
        }
        Ok(Self {
            batch_size,
            synced: i64::from_le_bytes(synced),
            crc: u32::from_le_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]),
        })
    }

    /// Whether this header belongs to this batch, and neither was changed.
    pub(super) fn covers(&self, header: &[u8; FRAME_HEADER_BYTES], batch: &[u8]) -> bool {
        batch.len() == self.batch_size
            && crc32c::crc32c_append(crc32c::crc32c(&header[..16]), batch) == self.crc
    }

    /// Size of the whole frame.
    pub(super) fn frame_size(&self) -> usize {
        FRAME_HEADER_BYTES + self.batch_size
    }
}

pub(super) fn log_start(offset: i64) -> [u8; 13] {
    let mut bytes = [0; 13];
    bytes[0] = VERSION;
    bytes[1..9].copy_from_slice(&offset.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..9]);
    bytes[9..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads what [`log_start`] wrote.
pub(super) fn read_log_start(bytes: &[u8]) -> Option<i64> {
    let offset = bytes.get(1..9)?.try_into().ok().map(i64::from_le_bytes)?;
    (log_start(offset) == bytes).then_some(offset)
}

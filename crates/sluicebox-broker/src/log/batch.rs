//! The header of a record batch (magic 2, KIP-98), read and patched in place.
//!
//! The record path never looks further: records are opened only to find an offset by time.

use kafka_protocol::ResponseError;

use super::error::AppendError;

/// Bytes before the records.
pub(crate) const HEADER_BYTES: usize = 61;
/// Bytes before what the length field counts.
pub(crate) const PREFIX_BYTES: usize = 12;
/// Where the part begins that the batch's checksum covers.
const CHECKED_FROM: usize = 21;
const COMPRESSION_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;
/// The epoch of the only leader there ever is.
pub(crate) const LEADER_EPOCH: i32 = 0;
/// What stands for "no producer id".
pub(crate) const NO_PRODUCER: i64 = -1;
const ZSTD: i16 = 4;

/// The fields of a batch header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    pub(crate) base_offset: i64,
    /// Size of the whole batch.
    pub(crate) size: usize,
    pub(crate) magic: i8,
    pub(crate) crc: u32,
    pub(crate) attributes: i16,
    pub(crate) last_offset_delta: i32,
    pub(crate) base_timestamp: i64,
    pub(crate) max_timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
    pub(crate) record_count: i32,
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}

impl BatchHeader {
    /// Reads a header; `None` when the bytes are too few, or the length field is impossible.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES {
            return None;
        }
        let length = usize::try_from(i32::from_be_bytes(field(bytes, 8))).ok()?;
        let size = length + PREFIX_BYTES;
        (size >= HEADER_BYTES).then(|| Self {
            base_offset: i64::from_be_bytes(field(bytes, 0)),
            size,
            magic: i8::from_be_bytes(field(bytes, 16)),
            crc: u32::from_be_bytes(field(bytes, 17)),
            attributes: i16::from_be_bytes(field(bytes, 21)),
            last_offset_delta: i32::from_be_bytes(field(bytes, 23)),
            base_timestamp: i64::from_be_bytes(field(bytes, 27)),
            max_timestamp: i64::from_be_bytes(field(bytes, 35)),
            producer_id: i64::from_be_bytes(field(bytes, 43)),
            producer_epoch: i16::from_be_bytes(field(bytes, 51)),
            base_sequence: i32::from_be_bytes(field(bytes, 53)),
            record_count: i32::from_be_bytes(field(bytes, 57)),
        })
    }

    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// The offset after the batch.
    pub(crate) fn next_offset(&self) -> i64 {
        self.last_offset() + 1
    }

    /// The sequence number of the last record; they wrap to 0 after `i32::MAX` (KIP-98).
    pub(crate) fn last_sequence(&self) -> i32 {
        self.base_sequence.wrapping_add(self.last_offset_delta) & i32::MAX
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.producer_id != NO_PRODUCER
    }

    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    pub(crate) fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }
}

/// Checks a batch that a client wants appended: form, checksum, counts. `max_bytes` is the topic's
/// `max.message.bytes`, 0 for no limit.
///
/// # Errors
/// With the code that Kafka gives for it.
pub(crate) fn check_produced(bytes: &[u8], max_bytes: usize) -> Result<BatchHeader, AppendError> {
    use ResponseError as Code;
    let refused = |code, message: &str| Err(AppendError::refused(code, message));
    // The magic byte stands at the same place in all three formats.
    match bytes.get(16) {
        Some(2) => {}
        Some(0 | 1) => {
            let message = "message sets of format 0 and 1 are not taken";
            return refused(Code::UnsupportedForMessageFormat, message);
        }
        _ => return refused(Code::CorruptMessage, "this is no record batch"),
    }
    let Some(header) = BatchHeader::read(bytes) else {
        return refused(Code::CorruptMessage, "the batch header is cut short");
    };
    if max_bytes != 0 && bytes.len() > max_bytes {
        let message = format!(
            "a batch of {} bytes is over the topic's max.message.bytes of {max_bytes}",
            bytes.len()
        );
        return Err(AppendError::refused(Code::MessageTooLarge, message));
    }
    if header.size < bytes.len() {
        return refused(
            Code::InvalidRecord,
            "more than one batch for a partition (KIP-98)",
        );
    }
    if header.size > bytes.len() {
        return refused(
            Code::CorruptMessage,
            "the batch is shorter than its length says",
        );
    }
    if crc32c::crc32c(&bytes[CHECKED_FROM..]) != header.crc {
        return refused(Code::CorruptMessage, "the batch's checksum does not match");
    }
    if header.record_count <= 0 || header.last_offset_delta != header.record_count - 1 {
        return refused(
            Code::InvalidRecord,
            "record count and offset delta do not match",
        );
    }
    if header.is_control() {
        return refused(Code::InvalidRecord, "clients do not write control records");
    }
    if compression(&header) > ZSTD {
        return refused(Code::UnsupportedCompressionType, "unknown compression");
    }
    if header.is_idempotent() && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return refused(
            Code::InvalidRecord,
            "a producer id without sequence or epoch",
        );
    }
    if header.is_transactional() && !header.is_idempotent() {
        return refused(
            Code::InvalidRecord,
            "a transactional batch without producer id",
        );
    }
    Ok(header)
}

/// What the broker writes into a header: base offset and leader epoch, which the batch's checksum
/// does not cover.
pub(crate) fn place(header: &mut [u8; HEADER_BYTES], base_offset: i64) {
    header[..8].copy_from_slice(&base_offset.to_be_bytes());
    header[12..16].copy_from_slice(&LEADER_EPOCH.to_be_bytes());
}

/// Marks a batch with the time of its append (`message.timestamp.type=LogAppendTime`).
pub(crate) fn stamp(header: &mut [u8; HEADER_BYTES], records: &[u8], now_ms: i64) {
    let attributes = i16::from_be_bytes(field(header, 21)) | LOG_APPEND_TIME;
    header[21..23].copy_from_slice(&attributes.to_be_bytes());
    header[35..43].copy_from_slice(&now_ms.to_be_bytes());
    seal(header, records);
}

/// Writes the batch's checksum.
pub(crate) fn seal(header: &mut [u8; HEADER_BYTES], records: &[u8]) {
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header[CHECKED_FROM..]), records);
    header[17..21].copy_from_slice(&crc.to_be_bytes());
}

/// Which compression its records have.
pub(crate) fn compression(header: &BatchHeader) -> i16 {
    header.attributes & COMPRESSION_MASK
}

/// Whether all records of the batch carry the time of the append.
pub(crate) fn is_log_append_time(header: &BatchHeader) -> bool {
    header.attributes & LOG_APPEND_TIME != 0
}

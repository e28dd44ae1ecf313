//! The records inside of a batch, as far as a search by time needs them: one after the other, out
//! of a stream that decompresses as it is read.
//!
//! What is in a batch is its producer's word: sizes and counts that are claimed here reserve
//! nothing, and a batch that unpacks to more than [`SEARCHED_BATCH_MAX_BYTES`] is not read further.

use std::io::{self, BufRead, BufReader, Read};

use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::lookup::OffsetAt;
use crate::limits::{SEARCHED_BATCH_MAX_BYTES, SEARCHED_WINDOW_MAX_LOG};

/// What Java's snappy library writes before its blocks (xerial); librdkafka writes one bare block.
const SNAPPY_MAGIC: &[u8] = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// The first record of a batch that is wanted.
///
/// # Errors
/// The batch cannot be read up to there, or unpacks to more than is looked at.
pub(crate) fn find(
    header: &BatchHeader,
    batch: &[u8],
    wanted: impl Fn(&OffsetAt) -> bool,
) -> io::Result<Option<OffsetAt>> {
    find_within(header, batch, SEARCHED_BATCH_MAX_BYTES, wanted)
}

fn find_within(
    header: &BatchHeader,
    batch: &[u8],
    max_bytes: u64,
    wanted: impl Fn(&OffsetAt) -> bool,
) -> io::Result<Option<OffsetAt>> {
    let packed = batch.get(HEADER_BYTES..).unwrap_or_default();
    let unpacked = unpack(header, packed)?;
    let mut records = BufReader::new(unpacked.take(max_bytes));
    for _ in 0..header.record_count {
        let at = next(header, &mut records)?;
        if wanted(&at) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn unpack<'a>(header: &BatchHeader, packed: &'a [u8]) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match batch::compression(header) {
        0 => Box::new(packed),
        1 => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        2 => match packed.strip_prefix(SNAPPY_MAGIC) {
            Some(blocks) => Box::new(SnappyBlocks::new(blocks)),
            None => Box::new(io::Cursor::new(snappy_block(packed)?)),
        },
        3 => Box::new(lz4::Decoder::new(packed)?),
        4 => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
            decoder.window_log_max(SEARCHED_WINDOW_MAX_LOG)?;
            Box::new(decoder)
        }
        _ => return Err(io::Error::other("an unknown compression")),
    })
}

/// Place and time of the record that comes next (KIP-98); the rest of it is skipped.
fn next(header: &BatchHeader, records: &mut impl BufRead) -> io::Result<OffsetAt> {
    let size = number(records)?;
    let size = u64::try_from(size).map_err(|_| io::Error::other("a negative size"))?;
    let mut record = records.take(size);
    record.read_exact(&mut [0])?;
    let (time, offset) = (number(&mut record)?, number(&mut record)?);
    let left = record.limit();
    if io::copy(&mut record, &mut io::sink())? < left {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(OffsetAt {
        offset: header.base_offset.saturating_add(offset),
        timestamp_ms: header.base_timestamp.saturating_add(time),
    })
}

/// A signed number of variable length (zigzag).
fn number(bytes: &mut impl Read) -> io::Result<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        bytes.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    Err(io::Error::other("a number of more than 64 bits"))
}

/// Blocks of snappy, each with its length before it.
struct SnappyBlocks<'a> {
    rest: &'a [u8],
    block: io::Cursor<Vec<u8>>,
}

impl<'a> SnappyBlocks<'a> {
    fn new(blocks: &'a [u8]) -> Self {
        Self {
            rest: blocks,
            block: io::Cursor::default(),
        }
    }
}

impl Read for SnappyBlocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.block.read(buffer)?;
            if read > 0 || self.rest.is_empty() || buffer.is_empty() {
                return Ok(read);
            }
            let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
            let (length, rest) = self.rest.split_first_chunk().ok_or_else(short)?;
            let length = u32::from_be_bytes(*length) as usize;
            let (block, rest) = rest.split_at_checked(length).ok_or_else(short)?;
            self.rest = rest;
            self.block = io::Cursor::new(snappy_block(block)?);
        }
    }
}

fn snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    let claimed = snap::raw::decompress_len(block)?;
    if claimed as u64 > SEARCHED_BATCH_MAX_BYTES {
        return Err(io::Error::other("a block larger than is looked at"));
    }
    Ok(snap::raw::Decoder::new().decompress_vec(block)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const BOMB_BYTES: u64 = 4 << 20;

    /// A batch of this compression, whose records unpack to `records`.
    fn sealed(compression: i16, packed: &[u8], record_count: i32) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        let length = (HEADER_BYTES - batch::PREFIX_BYTES + packed.len()) as i32;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        bytes[16] = 2;
        bytes[21..23].copy_from_slice(&compression.to_be_bytes());
        bytes[57..61].copy_from_slice(&record_count.to_be_bytes());
        bytes.extend_from_slice(packed);
        bytes
    }

    fn last_of(batch: &[u8]) -> io::Result<Option<OffsetAt>> {
        let header = BatchHeader::read(batch).expect("a header");
        find(&header, batch, |_| false)
    }

    /// One record of four megabytes in a few kilobytes, under every compression.
    fn bombs() -> Vec<(i16, Vec<u8>)> {
        // The size comes first: 4 MiB less its own four bytes, as a varint.
        let mut record = vec![0_u8; BOMB_BYTES as usize];
        record[..4].copy_from_slice(&[0xf8, 0xff, 0xff, 0x03]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut lz4 = lz4::EncoderBuilder::new().build(Vec::new()).expect("lz4");
        gzip.write_all(&record).expect("gzip");
        lz4.write_all(&record).expect("lz4");
        let mut snappy = SNAPPY_MAGIC.to_vec();
        for part in record.chunks(1 << 20) {
            let block = snap::raw::Encoder::new()
                .compress_vec(part)
                .expect("snappy");
            snappy.extend_from_slice(&(block.len() as u32).to_be_bytes());
            snappy.extend_from_slice(&block);
        }
        vec![
            (1, gzip.finish().expect("gzip")),
            (2, snappy),
            (3, lz4.finish().0),
            (4, zstd::encode_all(&record[..], 1).expect("zstd")),
        ]
    }

    #[test]
    fn a_batch_is_unpacked_up_to_a_limit_and_no_further() {
        for (compression, packed) in bombs() {
            let bytes = sealed(compression, &packed, 1);
            let header = BatchHeader::read(&bytes).expect("a header");
            let within = |max_bytes| find_within(&header, &bytes, max_bytes, |_| false);
            assert!(packed.len() < 1 << 18, "compression {compression}");
            assert!(within(BOMB_BYTES).is_ok(), "compression {compression}");
            assert!(within(BOMB_BYTES - 1).is_err(), "compression {compression}");
        }
        // The length that a bare block of snappy claims is not believed.
        let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        assert!(last_of(&sealed(2, &claim, 1)).is_err());
    }

    #[test]
    fn counts_and_sizes_that_a_record_claims_reserve_nothing() {
        // Size 12, attributes, time 0, offset 0, no key, no value, 2^31 - 1 headers.
        let record = [24, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0];
        assert!(last_of(&sealed(0, &record, 1)).expect("readable").is_none());
        for record in [
            &[][..],
            &[0],
            &[1],
            &[0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0],
            &[
                24, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ] {
            assert!(last_of(&sealed(0, record, 1)).is_err(), "{record:?}");
        }
    }
}

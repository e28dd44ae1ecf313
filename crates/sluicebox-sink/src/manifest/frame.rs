//! The file header and the frames around records; see the [module above](super).

use sluicebox_faults::planted;

use crate::limits::MANIFEST_RECORD_MAX_BYTES;

pub(super) const FILE_HEADER_BYTES: usize = 16;
const FRAME_HEAD_BYTES: usize = 20;
const MAGIC: &[u8; 8] = b"SLUICEMF";

/// The longest remainder that an unfinished record can leave.
pub(super) const TORN_MAX_BYTES: usize = FRAME_HEAD_BYTES + MANIFEST_RECORD_MAX_BYTES;

pub(super) fn file_header(version: u8) -> [u8; FILE_HEADER_BYTES] {
    let mut header = [0; FILE_HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8] = version;
    let crc = crc32c::crc32c(&header[..12]);
    header[12..].copy_from_slice(&crc.to_le_bytes());
    header
}

/// The version of a manifest, or what is wrong with its header.
pub(super) fn read_file_header(bytes: &[u8]) -> Result<u8, &'static str> {
    let header = bytes
        .get(..FILE_HEADER_BYTES)
        .ok_or("the file header is not whole")?;
    if &header[..8] != MAGIC {
        return Err("it does not begin as a manifest does");
    }
    // The checksum comes before the version, so that a flipped bit does not look like the future.
    if crc32c::crc32c(&header[..12]) != u32_at(header, 12) {
        return Err("the checksum of the file header is wrong");
    }
    if header[9..12] != [0; 3] {
        return Err("reserved bytes of the file header are set");
    }
    Ok(header[8])
}

/// Appends a frame to `out`; `write` appends its payload.
pub(super) fn put_frame(out: &mut Vec<u8>, sequence: u64, write: impl FnOnce(&mut Vec<u8>)) {
    let head = out.len();
    out.resize(head + FRAME_HEAD_BYTES, 0);
    write(out);
    let payload = &out[head + FRAME_HEAD_BYTES..];
    assert!(
        payload.len() <= MANIFEST_RECORD_MAX_BYTES,
        "a manifest record is within its limit"
    );
    let length = payload.len() as u32;
    let payload_crc = crc32c::crc32c(payload);
    out[head..head + 4].copy_from_slice(&length.to_le_bytes());
    out[head + 4..head + 12].copy_from_slice(&sequence.to_le_bytes());
    out[head + 12..head + 16].copy_from_slice(&payload_crc.to_le_bytes());
    let head_crc = crc32c::crc32c(&out[head..head + 16]);
    out[head + 16..head + 20].copy_from_slice(&head_crc.to_le_bytes());
}

/// What stands at an offset of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A whole frame, and where the next one begins.
    Frame {
        sequence: u64,
        payload: &'a [u8],
        next: usize,
    },
    /// The end of the file.
    End,
    /// Something that is no whole frame.
    Broken(&'static str),
}

pub(super) fn step(bytes: &[u8], offset: usize) -> Step<'_> {
    let rest = &bytes[offset..];
    if rest.is_empty() {
        return Step::End;
    }
    let Some((head, rest)) = rest.split_at_checked(FRAME_HEAD_BYTES) else {
        return Step::Broken("the head of a record is not whole");
    };
    if crc32c::crc32c(&head[..16]) != u32_at(head, 16) {
        return Step::Broken("the checksum of a record's head is wrong");
    }
    let length = u32_at(head, 0) as usize;
    if length > MANIFEST_RECORD_MAX_BYTES {
        return Step::Broken("a record is longer than can be");
    }
    let whole = rest.get(..length);
    let Some(payload) = whole.or(planted!("sink-takes-a-torn-record").then_some(rest)) else {
        return Step::Broken("a record is not whole");
    };
    if !planted!("sink-takes-a-torn-record") && crc32c::crc32c(payload) != u32_at(head, 12) {
        return Step::Broken("the checksum of a record is wrong");
    }
    let sequence = u64::from_le_bytes(head[4..12].try_into().expect("eight bytes are eight bytes"));
    Step::Frame {
        sequence,
        payload,
        next: offset + FRAME_HEAD_BYTES + payload.len(),
    }
}

/// Whether a whole frame begins anywhere from `offset` on: then what is before it was once
/// whole as well, because a record is synced before the next one is written.
pub(super) fn has_frame_from(bytes: &[u8], offset: usize) -> bool {
    (offset..bytes.len()).any(|at| matches!(step(bytes, at), Step::Frame { .. }))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(
        bytes[at..at + 4]
            .try_into()
            .expect("four bytes are four bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back_and_ends_where_the_next_begins() {
        let mut bytes = Vec::new();
        put_frame(&mut bytes, 7, |out| out.extend_from_slice(b"first"));
        let second = bytes.len();
        put_frame(&mut bytes, 8, |_| {});
        assert_eq!(
            step(&bytes, 0),
            Step::Frame {
                sequence: 7,
                payload: b"first",
                next: second
            }
        );
        let end = bytes.len();
        assert_eq!(
            step(&bytes, second),
            Step::Frame {
                sequence: 8,
                payload: b"",
                next: end
            }
        );
        assert_eq!(step(&bytes, end), Step::End);
    }

    #[test]
    fn zeros_are_no_frame() {
        // File systems may show the new length of a file with zeros where data was not written.
        assert!(matches!(step(&[0; 64], 0), Step::Broken(_)));
        assert!(!has_frame_from(&[0; 64], 0));
    }

    #[test]
    fn a_header_with_any_bit_flipped_is_refused() {
        let good = file_header(1);
        assert_eq!(read_file_header(&good), Ok(1));
        for bit in 0..good.len() * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(read_file_header(&bad).is_err(), "bit {bit}");
        }
    }
}

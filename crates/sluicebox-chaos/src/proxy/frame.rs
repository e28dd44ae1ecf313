//! Frames of the Kafka protocol: `i32 size`, then for a request `i16 api key`, `i16 version`,
//! `i32 correlation id`, and for an answer `i32 correlation id`. Nothing more is understood.

use std::io::{self, Read};

use super::limits::FRAME_BYTES_MAX;

/// Kinds of requests, by their numbers in the protocol.
pub mod api {
    /// Records for a partition.
    pub const PRODUCE: i16 = 0;
    /// Records of a partition.
    pub const FETCH: i16 = 1;
    /// Where topics and brokers are.
    pub const METADATA: i16 = 3;
    /// Who coordinates a group or a transactional id.
    pub const FIND_COORDINATOR: i16 = 10;
    /// A member joins its group.
    pub const JOIN_GROUP: i16 = 11;
    /// A member is alive.
    pub const HEARTBEAT: i16 = 12;
    /// A producer takes its transactional id over.
    pub const INIT_PRODUCER_ID: i16 = 22;
    /// Partitions become part of a transaction.
    pub const ADD_PARTITIONS_TO_TXN: i16 = 24;
    /// A group's offsets become part of a transaction.
    pub const ADD_OFFSETS_TO_TXN: i16 = 25;
    /// A transaction is committed or aborted.
    pub const END_TXN: i16 = 26;
    /// The offsets themselves.
    pub const TXN_OFFSET_COMMIT: i16 = 28;
}

const SIZE_BYTES: usize = 4;
const REQUEST_HEADER_BYTES: usize = 8;
const ANSWER_HEADER_BYTES: usize = 4;

/// A whole frame, with its size in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Vec<u8>);

impl Frame {
    /// The next request; `None` at the end of the connection.
    pub fn read_request(from: &mut impl Read) -> io::Result<Option<Self>> {
        Self::read(from, REQUEST_HEADER_BYTES)
    }

    /// The next answer; `None` at the end of the connection.
    pub fn read_answer(from: &mut impl Read) -> io::Result<Option<Self>> {
        Self::read(from, ANSWER_HEADER_BYTES)
    }

    fn read(from: &mut impl Read, header_bytes: usize) -> io::Result<Option<Self>> {
        let mut size = [0; SIZE_BYTES];
        match from.read_exact(&mut size) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let length = u32::from_be_bytes(size) as usize;
        if !(header_bytes..=FRAME_BYTES_MAX).contains(&length) {
            let what = format!("a frame of {length} bytes is none of the Kafka protocol");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let mut bytes = vec![0; SIZE_BYTES + length];
        bytes[..SIZE_BYTES].copy_from_slice(&size);
        from.read_exact(&mut bytes[SIZE_BYTES..])?;
        Ok(Some(Self(bytes)))
    }

    /// Everything, the size included.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What kind of request this is.
    pub fn api_key(&self) -> i16 {
        i16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// The first text of the body, where requests about a transaction have its id (versions before
    /// the flexible ones, KIP-482).
    pub fn first_text(&self) -> Option<&str> {
        let length_at = |at: usize| {
            let length = self.0.get(at..at + 2)?;
            usize::try_from(i16::from_be_bytes([length[0], length[1]])).ok()
        };
        // The header ends with the client's name.
        let body = 14 + length_at(12)?;
        let text = self.0.get(body + 2..body + 2 + length_at(body)?)?;
        std::str::from_utf8(text).ok()
    }

    /// The correlation id of a request.
    pub(super) fn request_id(&self) -> i32 {
        self.number_at(8)
    }

    /// The correlation id of an answer.
    pub(super) fn answer_id(&self) -> i32 {
        self.number_at(4)
    }

    /// Whether these bytes are somewhere in it, such as a transactional id.
    pub fn contains(&self, needle: &[u8]) -> bool {
        needle.is_empty() || self.0.windows(needle.len()).any(|window| window == needle)
    }

    fn number_at(&self, at: usize) -> i32 {
        i32::from_be_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An `EndTxn` (26) of version 1 with correlation id 7, of the client `me`, for `id-42`.
    const END_TXN: &[u8] = b"\0\0\0\x13\0\x1a\0\x01\0\0\0\x07\0\x02me\0\x05id-42";

    #[test]
    fn a_request_is_known_by_its_header_and_found_by_what_is_in_it() {
        let mut stream = END_TXN;
        let frame = Frame::read_request(&mut stream).unwrap().unwrap();
        assert_eq!((frame.api_key(), frame.request_id()), (api::END_TXN, 7));
        assert_eq!(frame.bytes(), END_TXN);
        assert_eq!(frame.first_text(), Some("id-42"));
        assert!(frame.contains(b"id-42") && !frame.contains(b"id-43"));
        assert_eq!(Frame::read_request(&mut stream).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_or_only_half_of_one_is_an_error() {
        for bytes in [
            &END_TXN[..9],
            b"\0\0\0\x07\0\x1a\0\x01\0\0\0",
            b"GET / HTTP/1.1\r\n",
        ] {
            let mut stream = bytes;
            assert!(Frame::read_request(&mut stream).is_err(), "{bytes:?}");
        }
    }
}

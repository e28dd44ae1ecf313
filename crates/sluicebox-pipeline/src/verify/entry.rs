//! What is remembered of a row while everything is sorted by its source.

use std::hash::{DefaultHasher, Hasher as _};

use super::sorter::Spilled;

/// A row of a file, or a record on its way there. Ordered by source, then by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Index of the topic that it came from.
    pub(super) topic: u16,
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// Index of the file, or [`BY_SINK`] or [`IN_FLIGHT`], which come last.
    pub(super) file: u16,
    /// Where the row begins in the file; in flight: the offset of the output.
    pub(super) position: u64,
    /// `processed_at` or `failed_at`; [`NO_TIME`] where the row has none.
    pub(super) at_ms: i64,
    /// Of the row's bytes; in flight: topic and partition of the output.
    pub(super) hash: u64,
}

/// In place of a file: the record is in an output topic, and not yet read by the sink.
pub(super) const IN_FLIGHT: u16 = u16::MAX;
/// In place of a file: the sink could not read the record's output and wrote a letter of that, with all
/// of it; the letter is an entry of its own.
pub(super) const BY_SINK: u16 = u16::MAX - 1;
/// No time: the file has no such column.
pub(super) const NO_TIME: i64 = i64::MIN;

impl Entry {
    /// A record whose output stands there, and the sink has not read it.
    pub(super) fn in_flight(
        of: (u16, i32, i64),
        (output, partition, offset): (u16, i32, i64),
    ) -> Self {
        Self {
            topic: of.0,
            partition: of.1,
            offset: of.2,
            file: IN_FLIGHT,
            position: offset as u64,
            at_ms: NO_TIME,
            hash: (u64::from(output) << 32) | u64::from(partition as u32),
        }
    }

    /// Of an entry in flight: its output, as topic, partition and offset.
    pub(super) fn output(&self) -> (u16, i32, i64) {
        let topic = (self.hash >> 32) as u16;
        (topic, self.hash as u32 as i32, self.position as i64)
    }

    /// Which source record it is of.
    pub(super) fn key(&self) -> (u16, i32, i64) {
        (self.topic, self.partition, self.offset)
    }
}

/// The hash that stands for a row: 64 bits, so that one changed row in 2^64 goes unseen here (and
/// the checksum of its file still tells).
pub(super) fn hash(row: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(row);
    hasher.finish()
}

/// A row and the hash of its key, to check the order per key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Keyed {
    pub(super) topic: u16,
    pub(super) partition: i32,
    /// Index of the first file of that name: sealed files come before the one that is written.
    pub(super) family: u16,
    pub(super) key_hash: u64,
    pub(super) offset: i64,
    pub(super) file: u16,
    pub(super) position: u64,
}

impl Spilled for Entry {
    const BYTES: usize = 40;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.topic.to_le_bytes());
        out.extend_from_slice(&self.file.to_le_bytes());
        out.extend_from_slice(&self.partition.to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(&self.at_ms.to_le_bytes());
        out.extend_from_slice(&self.hash.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self {
            topic: u16::from_le_bytes(part(bytes, 0)),
            file: u16::from_le_bytes(part(bytes, 2)),
            partition: i32::from_le_bytes(part(bytes, 4)),
            offset: i64::from_le_bytes(part(bytes, 8)),
            position: u64::from_le_bytes(part(bytes, 16)),
            at_ms: i64::from_le_bytes(part(bytes, 24)),
            hash: u64::from_le_bytes(part(bytes, 32)),
        }
    }
}

impl Spilled for Keyed {
    const BYTES: usize = 34;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.topic.to_le_bytes());
        out.extend_from_slice(&self.partition.to_le_bytes());
        out.extend_from_slice(&self.family.to_le_bytes());
        out.extend_from_slice(&self.key_hash.to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.file.to_le_bytes());
        out.extend_from_slice(&self.position.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Self {
        Self {
            topic: u16::from_le_bytes(part(bytes, 0)),
            partition: i32::from_le_bytes(part(bytes, 2)),
            family: u16::from_le_bytes(part(bytes, 6)),
            key_hash: u64::from_le_bytes(part(bytes, 8)),
            offset: i64::from_le_bytes(part(bytes, 16)),
            file: u16::from_le_bytes(part(bytes, 24)),
            position: u64::from_le_bytes(part(bytes, 26)),
        }
    }
}

/// `N` bytes at `at`, which are there: the sorter reads whole items.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[at..at + N]);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_in_flight_knows_its_output() {
        let entry = Entry::in_flight((1, 2, 3), (1, 71, i64::MAX - 1));
        let mut bytes = Vec::new();
        entry.put(&mut bytes);
        let entry = Entry::get(&bytes);
        assert_eq!(
            (entry.key(), entry.output()),
            ((1, 2, 3), (1, 71, i64::MAX - 1))
        );
    }

    #[test]
    fn a_row_to_check_the_order_of_survives_spilling() {
        let keyed = Keyed {
            topic: 1,
            partition: 2,
            family: 3,
            key_hash: 4,
            offset: 5,
            file: 6,
            position: 7,
        };
        let mut bytes = Vec::new();
        keyed.put(&mut bytes);
        assert_eq!((bytes.len(), Keyed::get(&bytes)), (Keyed::BYTES, keyed));
    }
}

//! A sparse index of a segment: now and then an offset, where it lies, and the highest timestamp
//! up to there.
//!
//! File: 7 bytes "SLUICEI", 1 byte version 1, 8 bytes base offset, 8 bytes length of the segment,
//! 8 bytes next offset, 8 bytes highest timestamp, 4 bytes count, entries of 16 bytes, 4 bytes
//! CRC-32C of all before. A missing or damaged one is rebuilt from the segment.

use super::batch::BatchHeader;
use crate::limits::INDEX_INTERVAL_BYTES;

const MAGIC: &[u8; 7] = b"SLUICEI";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 44;
const ENTRY_BYTES: usize = 16;

/// One place in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Base offset of the batch, relative to the segment's.
    pub(super) relative_offset: u32,
    /// Where its frame begins.
    pub(super) position: u32,
    /// Highest timestamp of all batches before this one.
    pub(super) max_timestamp_before: i64,
}

/// The index of one segment, and what else is known of it without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) base_offset: i64,
    pub(super) entries: Vec<Entry>,
    /// -1 while there is no record.
    pub(super) max_timestamp: i64,
    indexed_to: u64,
}

impl Index {
    pub(super) fn new(base_offset: i64) -> Self {
        Self {
            base_offset,
            entries: Vec::new(),
            max_timestamp: -1,
            indexed_to: 0,
        }
    }

    /// Takes note of a batch whose frame begins at `position`.
    pub(super) fn add(&mut self, batch: &BatchHeader, position: u64) {
        if position >= self.indexed_to + INDEX_INTERVAL_BYTES || self.entries.is_empty() {
            self.entries.push(Entry {
                relative_offset: (batch.base_offset - self.base_offset) as u32,
                position: position as u32,
                max_timestamp_before: self.max_timestamp,
            });
            self.indexed_to = position;
        }
        if !batch.is_control() {
            self.max_timestamp = self.max_timestamp.max(batch.max_timestamp);
        }
    }

    /// Where to begin looking for an offset.
    pub(super) fn position_of(&self, offset: i64) -> Option<u64> {
        let relative = u32::try_from(offset - self.base_offset).ok()?;
        let after = self
            .entries
            .partition_point(|entry| entry.relative_offset <= relative);
        after
            .checked_sub(1)
            .map(|at| u64::from(self.entries[at].position))
    }

    /// Where to begin looking for the first record at or after a time.
    pub(super) fn position_of_time(&self, timestamp_ms: i64) -> Option<u64> {
        let after = self
            .entries
            .partition_point(|entry| entry.max_timestamp_before < timestamp_ms);
        after
            .checked_sub(1)
            .map(|at| u64::from(self.entries[at].position))
    }

    /// The file's bytes, for a segment that has this length and ends before `next_offset`.
    pub(super) fn encode(&self, length: u64, next_offset: i64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.entries.len() * ENTRY_BYTES + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.base_offset.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&next_offset.to_le_bytes());
        bytes.extend_from_slice(&self.max_timestamp.to_le_bytes());
        bytes.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.relative_offset.to_le_bytes());
            bytes.extend_from_slice(&entry.position.to_le_bytes());
            bytes.extend_from_slice(&entry.max_timestamp_before.to_le_bytes());
        }
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the file of a segment; `None` unless it is whole and of this segment and length.
    pub(super) fn decode(bytes: &[u8], base_offset: i64, length: u64) -> Option<(Self, i64)> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*crc)
            || body.get(..7)? != MAGIC
            || *body.get(7)? != VERSION
            || le_i64(body, 8)? != base_offset
            || le_i64(body, 16)? != length as i64
        {
            return None;
        }
        let entries: Vec<Entry> = body
            .get(HEADER_BYTES..)?
            .chunks_exact(ENTRY_BYTES)
            .map(|entry| {
                Some(Entry {
                    relative_offset: le_u32(entry, 0)?,
                    position: le_u32(entry, 4)?,
                    max_timestamp_before: le_i64(entry, 8)?,
                })
            })
            .collect::<Option<_>>()?;
        let indexed_to = entries.last().map_or(0, |entry| u64::from(entry.position));
        let index = Self {
            base_offset,
            entries,
            max_timestamp: le_i64(body, 32)?,
            indexed_to,
        };
        Some((index, le_i64(body, 24)?))
    }
}

fn le_i64(bytes: &[u8], at: usize) -> Option<i64> {
    bytes
        .get(at..at + 8)?
        .try_into()
        .ok()
        .map(i64::from_le_bytes)
}

fn le_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

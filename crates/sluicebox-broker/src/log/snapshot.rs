//! `state.snapshot`: what a start would otherwise read the whole log for.
//!
//! File: 7 bytes "SLUICET", 1 byte version 1, 4 bytes CRC-32C of what follows, then JSON. It is
//! written when a segment is sealed and when the broker stops, always after the sync of everything
//! it speaks of. A missing or damaged one costs a scan, nothing else.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::partition::Facts;
use super::producers::{Producer, Producers, SeenBatch};
use super::transactions::{AbortedTransaction, Transactions};

const MAGIC: &[u8; 7] = b"SLUICET";
const VERSION: u8 = 1;

/// The state of a log up to an offset.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Snapshot {
    /// All records before it are in here.
    pub(super) next_offset: i64,
    /// The segment in which the scan goes on,
    pub(super) segment: i64,
    /// and where.
    pub(super) position: u64,
    producers: Vec<ProducerEntry>,
    /// producer, first offset, offset of the marker
    aborted: Vec<(i64, i64, i64)>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ProducerEntry {
    id: i64,
    epoch: i16,
    coordinator_epoch: i32,
    transaction_start: Option<i64>,
    last_seen_ms: i64,
    /// first sequence, last sequence, base offset, next offset, timestamp
    batches: Vec<(i32, i32, i64, i64, i64)>,
}

impl Snapshot {
    pub(super) fn of(facts: &Facts, next_offset: i64, segment: i64, position: u64) -> Self {
        let mut producers: Vec<_> = facts
            .producers
            .by_id
            .iter()
            .map(|(id, producer)| ProducerEntry {
                id: *id,
                epoch: producer.epoch,
                coordinator_epoch: producer.coordinator_epoch,
                transaction_start: producer.transaction_start,
                last_seen_ms: producer.last_seen_ms,
                batches: producer
                    .batches
                    .iter()
                    .map(|b| {
                        let offsets = (b.base_offset, b.next_offset);
                        (
                            b.first_sequence,
                            b.last_sequence,
                            offsets.0,
                            offsets.1,
                            b.timestamp,
                        )
                    })
                    .collect(),
            })
            .collect();
        producers.sort_by_key(|producer| producer.id);
        let aborted = &facts.transactions.aborted;
        let aborted = aborted
            .iter()
            .map(|a| (a.producer_id, a.first_offset, a.last_offset))
            .collect();
        Self {
            next_offset,
            segment,
            position,
            producers,
            aborted,
        }
    }

    /// Back to what the log works with.
    pub(super) fn facts(&self) -> Facts {
        let mut producers = Producers::default();
        let mut transactions = Transactions::default();
        for entry in &self.producers {
            if let Some(start) = entry.transaction_start {
                transactions.begin(start, entry.id);
            }
            let seen =
                |&(first_sequence, last_sequence, base_offset, next_offset, timestamp)| SeenBatch {
                    first_sequence,
                    last_sequence,
                    base_offset,
                    next_offset,
                    timestamp,
                };
            producers.by_id.insert(
                entry.id,
                Producer {
                    epoch: entry.epoch,
                    batches: entry.batches.iter().map(seen).collect::<VecDeque<_>>(),
                    coordinator_epoch: entry.coordinator_epoch,
                    transaction_start: entry.transaction_start,
                    last_seen_ms: entry.last_seen_ms,
                },
            );
        }
        let aborted = |&(producer_id, first_offset, last_offset)| AbortedTransaction {
            producer_id,
            first_offset,
            last_offset,
        };
        transactions.aborted = self.aborted.iter().map(aborted).collect();
        Facts {
            producers,
            transactions,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// `None` unless it is whole and of this version.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let body = bytes.get(12..)?;
        let crc = u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?);
        let known = bytes.get(..7)? == MAGIC && *bytes.get(7)? == VERSION;
        if !known || crc32c::crc32c(body) != crc {
            return None;
        }
        serde_json::from_slice(body).ok()
    }
}

//! What a partition knows of its idempotent producers (KIP-98): pure, and the same whether it is
//! fed by appends or by a scan of the log.

use std::collections::{HashMap, VecDeque};

use kafka_protocol::ResponseError;

use super::batch::BatchHeader;
use super::error::AppendError;
use crate::limits::{PRODUCER_BATCHES_MAX_COUNT, PRODUCERS_PER_PARTITION_MAX_COUNT};

/// A batch that a retry may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenBatch {
    pub(super) first_sequence: i32,
    pub(super) last_sequence: i32,
    pub(super) base_offset: i64,
    pub(super) next_offset: i64,
    pub(super) timestamp: i64,
}

/// One producer in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Producer {
    pub(super) epoch: i16,
    /// The last five, oldest first. Empty after a marker of a newer epoch.
    pub(super) batches: VecDeque<SeenBatch>,
    pub(super) coordinator_epoch: i32,
    /// First offset of its open transaction here.
    pub(super) transaction_start: Option<i64>,
    pub(super) last_seen_ms: i64,
}

/// What to do with a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Append,
    /// It is in the log already, here.
    Duplicate(SeenBatch),
}

/// All producers of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Producers {
    pub(super) by_id: HashMap<i64, Producer>,
}

impl Producers {
    /// Judges a client's batch.
    ///
    /// # Errors
    /// `INVALID_PRODUCER_EPOCH`, `OUT_OF_ORDER_SEQUENCE_NUMBER`, `DUPLICATE_SEQUENCE_NUMBER` (a
    /// retry of something older than the last five batches), `INVALID_TXN_STATE`.
    pub(super) fn check(&self, batch: &BatchHeader) -> Result<Verdict, AppendError> {
        use ResponseError as Code;
        if !batch.is_idempotent() {
            return Ok(Verdict::Append);
        }
        let (id, epoch) = (batch.producer_id, batch.producer_epoch);
        // A producer that is not known (any more) may begin anywhere, as in Kafka since 2.5.
        let Some(producer) = self.by_id.get(&id) else {
            return Ok(Verdict::Append);
        };
        if epoch < producer.epoch {
            return Err(AppendError::refused(
                Code::InvalidProducerEpoch,
                format!(
                    "producer {id} has epoch {}, this batch has {epoch}",
                    producer.epoch
                ),
            ));
        }
        let expected = if epoch > producer.epoch {
            0
        } else {
            if let Some(seen) = producer.batches.iter().find(|seen| {
                seen.first_sequence == batch.base_sequence
                    && seen.last_sequence == batch.last_sequence()
            }) {
                return Ok(Verdict::Duplicate(*seen));
            }
            producer
                .batches
                .back()
                .map_or(0, |last| next_sequence(last.last_sequence))
        };
        if batch.base_sequence != expected {
            return Err(producer.sequence_error(batch, expected));
        }
        if producer.transaction_start.is_some() && !batch.is_transactional() {
            let message = format!("producer {id} is in a transaction, the batch is not");
            return Err(AppendError::refused(Code::InvalidTxnState, message));
        }
        Ok(Verdict::Append)
    }

    /// Takes note of a batch that is in the log now.
    pub(super) fn record(&mut self, batch: &BatchHeader, now_ms: i64) {
        if !batch.is_idempotent() {
            return;
        }
        let producer = self.entry(batch.producer_id, batch.producer_epoch, now_ms);
        if batch.is_transactional() && producer.transaction_start.is_none() {
            producer.transaction_start = Some(batch.base_offset);
        }
        if producer.batches.len() == PRODUCER_BATCHES_MAX_COUNT {
            producer.batches.pop_front();
        }
        producer.batches.push_back(SeenBatch {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset,
            next_offset: batch.next_offset(),
            timestamp: batch.max_timestamp,
        });
        self.evict();
    }

    /// Judges a transaction marker.
    ///
    /// # Errors
    /// The producer, or the coordinator, has a newer epoch.
    pub(super) fn check_marker(
        &self,
        producer_id: i64,
        epoch: i16,
        coordinator_epoch: i32,
    ) -> Result<(), AppendError> {
        let Some(producer) = self.by_id.get(&producer_id) else {
            return Ok(());
        };
        if epoch < producer.epoch {
            let message = format!(
                "a marker of epoch {epoch}, the producer has {}",
                producer.epoch
            );
            return Err(AppendError::refused(
                ResponseError::InvalidProducerEpoch,
                message,
            ));
        }
        if coordinator_epoch < producer.coordinator_epoch {
            let message = format!("a marker of an old coordinator (epoch {coordinator_epoch})");
            return Err(AppendError::refused(
                ResponseError::TransactionCoordinatorFenced,
                message,
            ));
        }
        Ok(())
    }

    /// Takes note of a marker; answers where the transaction that it ends began, if there is one.
    pub(super) fn record_marker(
        &mut self,
        producer_id: i64,
        epoch: i16,
        coordinator_epoch: i32,
        now_ms: i64,
    ) -> Option<i64> {
        let producer = self.entry(producer_id, epoch, now_ms);
        producer.coordinator_epoch = coordinator_epoch;
        let start = producer.transaction_start.take();
        self.evict();
        start
    }

    /// Forgets producers that have been silent since before `limit_ms` and have nothing open.
    pub(super) fn expire(&mut self, limit_ms: i64) {
        self.by_id.retain(|_, producer| {
            producer.transaction_start.is_some() || producer.last_seen_ms >= limit_ms
        });
    }

    fn entry(&mut self, id: i64, epoch: i16, now_ms: i64) -> &mut Producer {
        let producer = self.by_id.entry(id).or_insert_with(|| Producer {
            epoch,
            batches: VecDeque::new(),
            coordinator_epoch: -1,
            transaction_start: None,
            last_seen_ms: now_ms,
        });
        if epoch > producer.epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        producer.last_seen_ms = now_ms;
        producer
    }

    /// Keeps the memory bounded when clients come and go faster than they expire.
    fn evict(&mut self) {
        if self.by_id.len() <= PRODUCERS_PER_PARTITION_MAX_COUNT {
            return;
        }
        let mut idle: Vec<(i64, i64)> = self
            .by_id
            .iter()
            .filter(|(_, producer)| producer.transaction_start.is_none())
            .map(|(id, producer)| (producer.last_seen_ms, *id))
            .collect();
        // A tenth at once, so that this is not done for every newcomer.
        let count = (self.by_id.len() / 10).min(idle.len());
        if count > 0 && count < idle.len() {
            idle.select_nth_unstable(count);
        }
        for (_, id) in &idle[..count] {
            self.by_id.remove(id);
        }
    }
}

impl Producer {
    fn sequence_error(&self, batch: &BatchHeader, expected: i32) -> AppendError {
        let (id, sequence) = (batch.producer_id, batch.base_sequence);
        // Behind the end by less than half the circle: it was appended long ago.
        let behind = expected.wrapping_sub(sequence) & i32::MAX;
        let is_old = batch.producer_epoch == self.epoch
            && self.batches.front().is_some_and(|first| {
                let of_first = expected.wrapping_sub(first.first_sequence) & i32::MAX;
                behind > of_first && behind < i32::MAX / 2
            });
        let (code, what) = if is_old {
            (ResponseError::DuplicateSequenceNumber, "appended long ago")
        } else {
            (ResponseError::OutOfOrderSequenceNumber, "out of order")
        };
        let message = format!("producer {id}: sequence {sequence} is {what}, expected {expected}");
        AppendError::refused(code, message)
    }
}

fn next_sequence(last: i32) -> i32 {
    last.checked_add(1).unwrap_or(0)
}

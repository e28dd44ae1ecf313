//! Sorting what librdkafka hands over into records and values.

use std::ffi::CStr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka_sys as sys;

use super::{Consumer, OutOfRange, Polled};
use crate::error::{ErrorClass, KafkaError, classify};
use crate::error_code::ErrorCode;
use crate::ffi::{PartitionEntry, RebalanceKind, millis};
use crate::limits;
use crate::record_batch::{Received, RecordBatch};
use crate::topic_partition::{TopicId, TopicPartition, TopicPartitionOffset};

impl Consumer {
    /// Receives up to `most` messages into `messages[from..]`.
    pub(super) fn receive(&mut self, from: usize, most: usize, wait: Duration) -> usize {
        if self.messages.len() < from + most {
            self.messages.resize(from + most, std::ptr::null_mut());
        }
        // SAFETY: the queue is alive and the slice has room for `most` pointers.
        let count = unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.queue.0,
                millis(wait),
                self.messages[from..].as_mut_ptr(),
                most,
            )
        };
        usize::try_from(count).unwrap_or(0)
    }

    /// Turns what was received into a batch, and everything else into values that wait.
    pub(super) fn sort_out(&mut self, count: usize) -> Result<Option<RecordBatch>, KafkaError> {
        self.note_rebalances();
        let mut records = Vec::with_capacity(count);
        let mut last = (std::ptr::null_mut(), 0);
        let mut failure = None;
        for index in 0..count {
            let message = self.messages[index];
            // SAFETY: librdkafka gave us the message; the error is read as a plain number.
            let (error, topic, partition, offset) = unsafe {
                let error = (&raw const (*message).err).cast::<i32>().read();
                (
                    error,
                    (*message).rkt,
                    (*message).partition,
                    (*message).offset,
                )
            };
            if last.0 != topic || topic.is_null() {
                last = (topic, self.topic_id_of(topic));
            }
            let at = TopicPartitionOffset {
                topic: last.1,
                partition,
                offset,
            };
            if error == 0 && self.positions.take(at) {
                self.is_let_in();
                records.push(Received {
                    message,
                    topic: last.1,
                });
                continue;
            }
            if error != 0 {
                // SAFETY: the text lives until the message is destroyed, below.
                let text = unsafe { error_text(message) };
                let code = ErrorCode::from_number(error);
                failure = self.note_event(code, text, at).err().or(failure);
            }
            // SAFETY: ours, and not in the batch.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
        let batch = RecordBatch::new(records, Arc::clone(&self.client));
        match failure {
            // Records of this call are lost to the caller, which is why only what ends the
            // consumer for good is a failure.
            Some(error) => Err(error),
            None => Ok((!batch.is_empty()).then_some(batch)),
        }
    }

    fn topic_id_of(&self, topic: *mut sys::rd_kafka_topic_t) -> TopicId {
        self.topics
            .iter()
            .position(|(_, known)| known.0 == topic)
            .map_or(TopicId::MAX, |index| index as TopicId)
    }

    /// Handles what is not a record.
    fn note_event(
        &mut self,
        code: ErrorCode,
        text: String,
        at: TopicPartitionOffset,
    ) -> Result<(), KafkaError> {
        match code {
            ErrorCode::PARTITION_EOF => {
                self.positions.reach(at);
                self.is_let_in();
                Ok(())
            }
            ErrorCode::AUTO_OFFSET_RESET
            | ErrorCode::OFFSET_OUT_OF_RANGE
            | ErrorCode::LOG_TRUNCATION => {
                if let Some(position) = self.positions.get(at.topic_partition()) {
                    let at = TopicPartitionOffset {
                        offset: position,
                        ..at
                    };
                    let log = self
                        .offsets(at.topic_partition(), limits::LOG_RANGE_TIMEOUT)
                        .ok();
                    self.waiting.push(Polled::OutOfRange(OutOfRange {
                        at,
                        log,
                        message: text,
                    }));
                }
                Ok(())
            }
            _ => self.note_error(code, text, at),
        }
    }

    /// Something was read: what was refused is given again.
    fn is_let_in(&mut self) {
        if let Some(refused) = self.refused.take() {
            tracing::info!(%refused, "the cluster lets us read again");
        }
    }

    fn note_error(
        &mut self,
        code: ErrorCode,
        text: String,
        at: TopicPartitionOffset,
    ) -> Result<(), KafkaError> {
        let error = match (code, self.client.fatal_error()) {
            (ErrorCode::FATAL, Some((code, text))) => KafkaError::new("read records", code, text),
            _ => KafkaError::new("read records", code, text),
        };
        let error = match self.topic_name(at.topic) {
            Some(name) => error.at(name, (at.partition >= 0).then_some(at.partition)),
            None => error,
        };
        // A topic that does not exist yet may be created any moment; the client looks again. A
        // missed poll interval is followed by a rebalance, which is the caller's business.
        let heals = matches!(
            code,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                | ErrorCode::UNKNOWN_TOPIC
                | ErrorCode::UNKNOWN_PARTITION
                | ErrorCode::MAX_POLL_EXCEEDED
                | ErrorCode::UNKNOWN_MEMBER_ID
                | ErrorCode::ILLEGAL_GENERATION
        );
        if heals || classify(error.code) == ErrorClass::Retry {
            tracing::warn!(%error, "reading goes on");
            return Ok(());
        }
        if error.class == ErrorClass::Refused {
            let help = error.way_out();
            tracing::error!(%error, help, "the cluster refuses; asking again and again");
            self.refused = Some(error);
            return Ok(());
        }
        Err(error)
    }

    /// Takes announced rebalances in. Revoked partitions yield no records from here on.
    fn note_rebalances(&mut self) {
        while let Some(rebalance) = self.client.context().next_rebalance() {
            let partitions = self.known(&rebalance.partitions);
            self.waiting.push(match rebalance.kind {
                RebalanceKind::Assigned => Polled::Assigned(partitions),
                RebalanceKind::Revoked => {
                    self.positions.revoke(&partitions);
                    Polled::Revoked(partitions)
                }
                RebalanceKind::Lost => {
                    self.positions.revoke(&partitions);
                    Polled::Lost(partitions)
                }
            });
        }
    }

    fn known(&self, entries: &[PartitionEntry]) -> Vec<TopicPartition> {
        entries
            .iter()
            .filter_map(|entry| {
                let topic = self.topic_id(&entry.topic)?;
                Some(TopicPartition {
                    topic,
                    partition: entry.partition,
                })
            })
            .collect()
    }
}

/// The text of an error message.
///
/// # Safety
/// `message` is a valid message with an error.
unsafe fn error_text(message: *mut sys::rd_kafka_message_t) -> String {
    // SAFETY: the text is null or NUL-terminated.
    unsafe {
        let text = sys::rd_kafka_message_errstr(message);
        if text.is_null() {
            return String::new();
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}

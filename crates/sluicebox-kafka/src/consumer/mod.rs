//! Reading: batches of records, and rebalances as values that the caller answers.

mod group;
mod options;
mod polled;
mod positions;
mod requests;

use std::ffi::CStr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use rdkafka_sys as sys;

pub use group::GroupMetadata;
pub use options::ConsumerOptions;
pub use polled::{LogRange, OutOfRange, Polled};

use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{
    self, Handle, Kind, PartitionEntry, PartitionList, RebalanceKind, Topic, check, check_error,
    millis,
};
use crate::limits;
use crate::options::ClientOptions;
use crate::record_batch::{Received, RecordBatch};
use crate::topic_partition::{TopicId, TopicPartition, TopicPartitionOffset};
use positions::Positions;

/// A member of a consumer group.
///
/// Reads committed records only, never commits by itself, and never resets a position. Between a
/// [`Polled::Revoked`] or [`Polled::Lost`] and the next [`assign`](Consumer::assign) it has no
/// [`group_metadata`](Consumer::group_metadata), so that nothing can be committed for partitions
/// that may be somebody else's.
pub struct Consumer {
    /// Before the client, so that it is let go of first.
    queue: Queue,
    client: Arc<Handle>,
    group: String,
    topics: Vec<(String, Topic)>,
    positions: Positions,
    /// Partitions are ours: the last rebalance was answered with `assign`.
    is_member: bool,
    /// Reused by every poll: librdkafka writes the messages here.
    messages: Vec<*mut sys::rd_kafka_message_t>,
    /// Values found in the same call as records, for the next polls.
    waiting: Vec<Polled>,
}

// SAFETY: the raw pointers are messages in transit during a call, and librdkafka objects are
// thread-safe; the consumer is used by one thread at a time (`&mut self`).
unsafe impl Send for Consumer {}

/// The consumer's queue of records and events.
struct Queue(*mut sys::rd_kafka_queue_t);

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: ours; the queue itself belongs to the client, this was a reference to it.
        unsafe { sys::rd_kafka_queue_destroy(self.0) };
    }
}

impl Consumer {
    /// Joins a group and subscribes to its topics. Returns at once; the assignment comes from
    /// [`poll`](Self::poll).
    ///
    /// # Errors
    /// A configuration that the client library refuses.
    pub fn subscribe(
        options: &ClientOptions,
        consumer: ConsumerOptions,
    ) -> Result<Self, KafkaError> {
        let this = Self::open(options, consumer)?;
        let mut list = PartitionList::with_capacity(this.topics.len());
        for (name, _) in &this.topics {
            list.add(
                name,
                ffi::PARTITION_ANY,
                i64::from(sys::RD_KAFKA_OFFSET_INVALID),
            )?;
        }
        // SAFETY: client and list are alive.
        let code = unsafe { ffi::rd_kafka_subscribe(this.client.as_ptr(), list.as_ptr()) };
        check("subscribe", code)?;
        Ok(this)
    }

    /// A reader that belongs to no group: `assign` it partitions whenever you like, it is never
    /// asked to. It cannot commit anything.
    pub fn reader(options: &ClientOptions, topics: Vec<String>) -> Result<Self, KafkaError> {
        // librdkafka wants a group's name even where no group is joined.
        Self::open(options, ConsumerOptions::new("sluicebox-reader", topics))
    }

    fn open(options: &ClientOptions, consumer: ConsumerOptions) -> Result<Self, KafkaError> {
        let conf = consumer.conf(options)?;
        let client = Handle::new(Kind::Consumer, &options.client_id, conf)?;
        let topics = consumer
            .topics
            .iter()
            .map(|name| Ok((name.clone(), client.topic(name)?)))
            .collect::<Result<Vec<_>, KafkaError>>()?;
        // SAFETY: the client is alive; the reference is let go of by `Queue`.
        let queue = Queue(unsafe { sys::rd_kafka_queue_get_consumer(client.as_ptr()) });
        Ok(Self {
            queue,
            client,
            group: consumer.group,
            topics,
            positions: Positions::default(),
            is_member: false,
            messages: Vec::new(),
            waiting: Vec::new(),
        })
    }

    /// Waits at most `wait` for something to do, and returns as soon as there is something.
    ///
    /// # Errors
    /// Class `Stop` for what cannot heal (no right to a topic, a fatal error of the client), class
    /// `Fenced` when another member has taken this one's instance id. Broken connections are no
    /// errors here: the client reconnects, and says so in the log.
    pub fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Polled, KafkaError> {
        if let Some(polled) = self.next_waiting() {
            return Ok(polled);
        }
        let max_records = max_records.clamp(1, limits::POLL_RECORDS_MAX);
        // librdkafka waits until the batch is full or the time is over. So what is there is taken
        // first, and waited for is only the first record.
        let mut count = self.receive(0, max_records, Duration::ZERO);
        if count == 0 && !wait.is_zero() && !self.client.context().rebalance_waits() {
            count = self.receive(0, 1, wait);
            if count > 0 && max_records > 1 {
                count += self.receive(1, max_records - 1, Duration::ZERO);
            }
        }
        let batch = self.sort_out(count)?;
        if let Some(batch) = batch {
            return Ok(Polled::Records(batch));
        }
        Ok(self.next_waiting().unwrap_or(Polled::Empty))
    }

    /// Takes over partitions, at the given positions: the answer to [`Polled::Assigned`].
    pub fn assign(&mut self, positions: &[TopicPartitionOffset]) -> Result<(), KafkaError> {
        const OPERATION: &str = "take over assigned partitions";
        let list = self.list(positions)?;
        // SAFETY: client and list are alive; a returned error object is freed by `check_error`.
        unsafe {
            if ffi::is_cooperative(self.client.as_ptr()) {
                let error = sys::rd_kafka_incremental_assign(self.client.as_ptr(), list.as_ptr());
                check_error(OPERATION, error)?;
            } else {
                self.positions.clear();
                check(
                    OPERATION,
                    ffi::rd_kafka_assign(self.client.as_ptr(), list.as_ptr()),
                )?;
            }
        }
        positions
            .iter()
            .for_each(|position| self.positions.start(*position));
        self.is_member = true;
        Ok(())
    }

    /// Gives partitions up: the answer to [`Polled::Revoked`] and [`Polled::Lost`].
    pub fn unassign(&mut self) -> Result<(), KafkaError> {
        const OPERATION: &str = "give up revoked partitions";
        let revoked = self.positions.take_revoked();
        // SAFETY: as in `assign`; a null list means all partitions.
        unsafe {
            if ffi::is_cooperative(self.client.as_ptr()) {
                let list = self.list(&revoked)?;
                let error = sys::rd_kafka_incremental_unassign(self.client.as_ptr(), list.as_ptr());
                check_error(OPERATION, error)?;
                self.is_member = !self.positions.is_empty();
            } else {
                self.positions.clear();
                let code = ffi::rd_kafka_assign(self.client.as_ptr(), std::ptr::null());
                check(OPERATION, code)?;
                self.is_member = false;
            }
        }
        Ok(())
    }

    /// Moves positions. Records read for an older position never come after it.
    ///
    /// # Errors
    /// Class `Retry` when a partition could not be moved within `wait`; its position is then
    /// neither the old nor the new one, and the seek must be repeated or the partition given up.
    pub fn seek(
        &mut self,
        positions: &[TopicPartitionOffset],
        wait: Duration,
    ) -> Result<(), KafkaError> {
        const OPERATION: &str = "seek";
        let list = self.list(positions)?;
        self.waiting
            .retain(|polled| !matches!(polled, Polled::OutOfRange(_)));
        // SAFETY: client and list are alive; errors are freed by `check_error`. The call starts a
        // new version of each partition: what was fetched for an older one is discarded by the
        // next receive.
        unsafe {
            let error =
                sys::rd_kafka_seek_partitions(self.client.as_ptr(), list.as_ptr(), millis(wait));
            check_error(OPERATION, error)?;
        }
        let mut resting = Vec::new();
        for (entry, position) in list.entries().iter().zip(positions) {
            match entry.error {
                // Not fetched at the moment: its position was out of range, or it is starting.
                ErrorCode::STATE => resting.push(*position),
                code => check(OPERATION, code.number())
                    .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?,
            }
        }
        if !resting.is_empty() {
            self.assign_again(&resting)?;
        }
        positions
            .iter()
            .for_each(|position| self.positions.start(*position));
        Ok(())
    }

    /// The offset of the next record that `poll` can hand out, transaction markers and aborted
    /// records at the end of the partition counted as read. At the end of a partition it equals
    /// the last stable offset, so that lag is zero (librdkafka #3917).
    pub fn position_end(&self, partition: TopicPartition) -> Option<i64> {
        self.positions.get(partition)
    }

    /// The positions of all assigned partitions, sorted.
    pub fn positions(&self) -> Vec<TopicPartitionOffset> {
        self.positions.all()
    }

    /// The topic's name.
    pub fn topic_name(&self, topic: TopicId) -> Option<&str> {
        self.topics
            .get(usize::from(topic))
            .map(|(name, _)| name.as_str())
    }

    /// What a transaction needs to commit this member's offsets; `None` while the group has not
    /// given it a generation, or has taken partitions back. Brokers check no membership for an
    /// unset generation, so that committing then would let a zombie through (KIP-447).
    pub fn group_metadata(&self) -> Option<GroupMetadata> {
        if !self.is_member
            || self.positions.any_revoked()
            || self.client.context().rebalance_waits()
        {
            return None;
        }
        GroupMetadata::of(&self.client)
    }

    /// Leaves the group and closes the client, waiting at most `wait`; what takes longer goes on
    /// in the background (librdkafka #509, #4884).
    pub fn close(self, wait: Duration) {
        let (done, closed) = mpsc::channel();
        self.client.set_closing();
        let client = Arc::clone(&self.client);
        drop(self);
        let spawned = std::thread::Builder::new()
            .name("kafka-leave".to_owned())
            .spawn(move || {
                // SAFETY: the client is alive.
                let code = unsafe { ffi::rd_kafka_consumer_close(client.as_ptr()) };
                if let Err(error) = check("leave the group", code) {
                    tracing::warn!(%error, "leaving the group failed");
                }
                client.tell_when_destroyed(done);
            });
        if spawned.is_err() || closed.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!(
                ?wait,
                "the consumer did not close in time and closes in the background"
            );
        }
    }

    /// Starts assigned partitions anew at other positions.
    fn assign_again(&mut self, moved: &[TopicPartitionOffset]) -> Result<(), KafkaError> {
        const OPERATION: &str = "seek";
        moved
            .iter()
            .for_each(|position| self.positions.start(*position));
        // SAFETY: as in `assign`.
        unsafe {
            let client = self.client.as_ptr();
            if ffi::is_cooperative(client) {
                let list = self.list(moved)?;
                let given_up = sys::rd_kafka_incremental_unassign(client, list.as_ptr());
                check_error(OPERATION, given_up)?;
                let taken = sys::rd_kafka_incremental_assign(client, list.as_ptr());
                check_error(OPERATION, taken)
            } else {
                // All of them, the others where they are: a new assignment replaces the old one.
                let list = self.list(&self.positions.all())?;
                check(OPERATION, ffi::rd_kafka_assign(client, list.as_ptr()))
            }
        }
    }

    fn list(&self, positions: &[TopicPartitionOffset]) -> Result<PartitionList, KafkaError> {
        let mut list = PartitionList::with_capacity(positions.len());
        for position in positions {
            list.add(
                self.name_of(position.topic)?,
                position.partition,
                position.offset,
            )?;
        }
        Ok(list)
    }

    fn name_of(&self, topic: TopicId) -> Result<&str, KafkaError> {
        self.topic_name(topic).ok_or_else(|| {
            KafkaError::configuration("name a topic", format!("no topic {topic} is subscribed to"))
        })
    }

    fn topic_id(&self, name: &str) -> Option<TopicId> {
        self.topics
            .iter()
            .position(|(known, _)| known == name)
            .map(|index| index as TopicId)
    }

    /// Receives up to `most` messages into `messages[from..]`.
    fn receive(&mut self, from: usize, most: usize, wait: Duration) -> usize {
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
    fn sort_out(&mut self, count: usize) -> Result<Option<RecordBatch>, KafkaError> {
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

    fn note_error(
        &self,
        code: ErrorCode,
        text: String,
        at: TopicPartitionOffset,
    ) -> Result<(), KafkaError> {
        use crate::error::{ErrorClass, classify};
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

    fn next_waiting(&mut self) -> Option<Polled> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
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

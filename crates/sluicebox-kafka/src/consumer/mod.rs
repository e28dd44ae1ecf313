//! Reading: batches of records, and rebalances as values that the caller answers.

mod assignment;
mod group;
mod options;
mod polled;
mod positions;
mod receive;
mod requests;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

pub use group::GroupMetadata;
pub use options::ConsumerOptions;
pub use polled::{LogRange, OutOfRange, Polled};
pub use requests::Committed;

use crate::error::KafkaError;
use crate::ffi::{self, Handle, Kind, PartitionList, Topic, check};
use crate::limits;
use crate::options::ClientOptions;
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
    /// Partitions that are paused.
    paused: Vec<TopicPartition>,
    /// What the cluster refuses, until it gives something again.
    refused: Option<KafkaError>,
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
        this.join()?;
        Ok(this)
    }

    /// Joins the group again as the member that it is: the group spreads the partitions anew.
    pub fn rejoin(&mut self) -> Result<(), KafkaError> {
        self.join()
    }

    fn join(&self) -> Result<(), KafkaError> {
        let mut list = PartitionList::with_capacity(self.topics.len());
        for (name, _) in &self.topics {
            list.add(
                name,
                ffi::PARTITION_ANY,
                i64::from(sys::RD_KAFKA_OFFSET_INVALID),
            )?;
        }
        // SAFETY: client and list are alive.
        let code = unsafe { ffi::rd_kafka_subscribe(self.client.as_ptr(), list.as_ptr()) };
        check("subscribe", code)
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
            paused: Vec::new(),
            refused: None,
        })
    }

    /// Waits at most `wait` for something to do, and returns as soon as there is something.
    ///
    /// # Errors
    /// Class `Stop` for what cannot heal (a fatal error of the client), class `Fenced` when another
    /// member has taken this one's instance id. Broken connections are no errors here: the client
    /// reconnects, and says so in the log. Nor are rights that are missing: see
    /// [`refusal`](Self::refusal).
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
        // Looked at after the receive: records of the new topic come after its id.
        if let Some(topic) = self.recreated() {
            return Ok(Polled::Recreated(topic));
        }
        if let Some(batch) = batch {
            return Ok(Polled::Records(batch));
        }
        Ok(self.next_waiting().unwrap_or(Polled::Empty))
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

    /// What the cluster does not let this consumer do; `None` once it gives something again. The
    /// client goes on asking.
    pub fn refusal(&self) -> Option<String> {
        self.refused.as_ref().map(ToString::to_string)
    }

    /// Why brokers do not let this client in at present, or it does not trust them.
    pub fn login_refusal(&self) -> Option<String> {
        let troubles = self.client.context().troubles();
        let is_refused = troubles.refusal(Instant::now()).is_some();
        is_refused.then(|| troubles.summary())
    }

    /// When a connection or a request of this client was last lost.
    pub fn last_loss(&self) -> Option<Instant> {
        self.client.context().troubles().lost_at()
    }

    /// What was last said of each broker that gave trouble; the past is not forgotten.
    pub fn troubles(&self) -> String {
        self.client.context().troubles().summary()
    }

    /// A topic that is another one than when this consumer first heard of it.
    fn recreated(&self) -> Option<TopicId> {
        self.topic_id(&self.client.context().recreated()?)
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
        let late = closed.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout);
        if spawned.is_err() || (late && !wait.is_zero()) {
            tracing::warn!(
                ?wait,
                "the consumer did not close in time and closes in the background"
            );
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

    fn next_waiting(&mut self) -> Option<Polled> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }
}

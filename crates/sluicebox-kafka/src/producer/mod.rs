//! Writing without transactions: idempotent, acknowledged by all replicas, and counted.

mod deliveries;
#[cfg(test)]
mod first_batches;
mod gate;
pub(crate) mod hand_over;
mod in_turn;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

pub use deliveries::{Delivery, PartitionOffsets};

use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, Kind, PARTITION_ANY, PartitionCounts, Topic, millis};
use crate::limits;
use crate::options::ClientOptions;
use crate::out_batch::OutBatch;
use crate::topic_partition::TopicIndex;
use deliveries::Deliveries;
use gate::Gate;
use hand_over::{HandOver, HandedOver, Memory};

/// Settings of a [`Producer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerOptions {
    /// The topics; a `TopicIndex` is an index into this list.
    pub topics: Vec<String>,
    /// How long a record may wait for its acknowledgement, milliseconds.
    pub delivery_timeout_ms: u32,
    /// How long records are gathered into a batch, milliseconds.
    pub linger_ms: u32,
}

impl ProducerOptions {
    /// The defaults of [`limits`] for these topics.
    pub fn new(topics: Vec<String>) -> Self {
        Self {
            topics,
            delivery_timeout_ms: limits::DELIVERY_TIMEOUT_MS,
            linger_ms: limits::LINGER_MS,
        }
    }
}

/// What all our producers have in common.
pub(crate) fn producer_defaults(linger_ms: u32) -> Vec<(&'static str, String)> {
    vec![
        ("linger.ms", linger_ms.to_string()),
        ("batch.size", limits::PRODUCE_BATCH_BYTES.to_string()),
        ("batch.num.messages", "10000".to_owned()),
        (
            "queue.buffering.max.messages",
            limits::PRODUCE_QUEUE_RECORDS.to_string(),
        ),
        (
            "queue.buffering.max.kbytes",
            limits::PRODUCE_QUEUE_KBYTES.to_string(),
        ),
        ("compression.codec", "lz4".to_owned()),
        ("sticky.partitioning.linger.ms", "10".to_owned()),
    ]
}

/// An idempotent producer without transactions.
pub struct Producer {
    /// Before the client, so that it is let go of first.
    reports: Reports,
    client: Arc<Handle>,
    topics: Vec<Topic>,
    /// One for each topic. Of a topic that is there twice, the first one counts.
    gates: Vec<Gate>,
    hand_over: HandOver,
    deliveries: Deliveries,
}

// SAFETY: the raw pointers are librdkafka's thread-safe objects and scratch memory of a call.
unsafe impl Send for Producer {}

/// The queue of delivery reports.
struct Reports(*mut sys::rd_kafka_queue_t);

impl Drop for Reports {
    fn drop(&mut self) {
        // SAFETY: ours; a reference to the client's queue.
        unsafe { sys::rd_kafka_queue_destroy(self.0) };
    }
}

impl Producer {
    /// Makes a producer. Does not wait for the cluster: records wait for it in the queue.
    pub fn connect(options: &ClientOptions, producer: ProducerOptions) -> Result<Self, KafkaError> {
        let mut conf = options.conf(&producer_defaults(producer.linger_ms))?;
        conf.set("enable.idempotence", "true")?;
        conf.set("acks", "all")?;
        // With more, a partition that lacks replicas may refuse the next batches after one that timed out
        // there, and take a later one again: out of order, for which the client library gives itself a new
        // epoch, and sends once more what the log has already (ADR 26).
        conf.set("max.in.flight.requests.per.connection", "1")?;
        conf.set(
            "message.timeout.ms",
            &producer.delivery_timeout_ms.to_string(),
        )?;
        // Reports come as events, a whole produce response at a time: no call back per record.
        // SAFETY: the configuration is alive.
        unsafe { sys::rd_kafka_conf_set_events(conf.as_ptr(), sys::RD_KAFKA_EVENT_DR) };
        let client = Handle::new(Kind::Producer, &options.client_id, conf)?;
        let (mut topics, mut gates) = (Vec::new(), Vec::new());
        for name in &producer.topics {
            let counts = Arc::new(PartitionCounts::default());
            topics.push(ffi::partitioned_topic(&client, name, &counts)?);
            gates.push(Gate::new(counts));
        }
        // SAFETY: the client is alive; the reference is let go of by `Reports`.
        let reports = Reports(unsafe { sys::rd_kafka_queue_get_main(client.as_ptr()) });
        let names = producer.topics.into_iter().zip(topics.iter().copied());
        let deliveries = Deliveries::new(names.collect());
        Ok(Self {
            reports,
            client,
            topics,
            gates,
            hand_over: HandOver::default(),
            deliveries,
        })
    }

    /// Takes records of a batch, from the one at `from` on, and returns how many it took: less
    /// than all when the queue is full, or while the first record of a partition is on its way, which
    /// goes alone (poll, then send the rest). The records are copied. One that can never be sent is
    /// taken, and counted as failed.
    ///
    /// # Errors
    /// An index that is no topic; a fatal error of the client (class `Stop`).
    pub fn send(
        &mut self,
        topic: TopicIndex,
        batch: &OutBatch,
        from: usize,
    ) -> Result<usize, KafkaError> {
        let (native, at) = self.native(topic)?;
        if !self.gates[at].is_open() {
            // Who only sends must come to an end as well.
            self.poll(Duration::ZERO);
        }
        let gate = &mut self.gates[at];
        let outcome = if gate.is_open() {
            let (records, anywhere) = ((batch, from..batch.len()), |_| PARTITION_ANY);
            self.hand_over
                .send(&self.client, native, records, anywhere, Memory::Copied)
        } else {
            let by_key =
                |gate: &mut Gate, index| gate.place(batch.get(index).key, ffi::partition_of);
            let way = (&mut self.hand_over, &*self.client, native);
            in_turn::send(way, gate, (batch, from), by_key)
        };
        self.handed_over(topic, outcome)
    }

    /// The same into one partition.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_to(
        &mut self,
        topic: TopicIndex,
        partition: i32,
        batch: &OutBatch,
        from: usize,
    ) -> Result<usize, KafkaError> {
        let (native, at) = self.native(topic)?;
        self.poll(Duration::ZERO);
        let there = |gate: &mut Gate, _| gate.place_in(partition);
        let way = (&mut self.hand_over, &*self.client, native);
        let outcome = in_turn::send(way, &mut self.gates[at], (batch, from), there);
        self.handed_over(topic, outcome)
    }

    /// The topic, and which gate is its.
    fn native(&self, topic: TopicIndex) -> Result<(Topic, usize), KafkaError> {
        let native = self.topics.get(usize::from(topic)).copied();
        let native = native.ok_or_else(|| {
            let message = format!("there is no topic {topic}");
            KafkaError::configuration("send records", message)
        })?;
        let first = self.topics.iter().position(|known| *known == native);
        Ok((native, first.unwrap_or_default()))
    }

    fn handed_over(&mut self, topic: TopicIndex, outcome: HandedOver) -> Result<usize, KafkaError> {
        for (code, count) in outcome.refused {
            if code == ErrorCode::FATAL {
                let (code, text) = self
                    .client
                    .fatal_error()
                    .unwrap_or((code, "the client met a fatal error".to_owned()));
                return Err(KafkaError::new("send records", code, text)
                    .with_class(crate::error::ErrorClass::Stop));
            }
            self.deliveries.refuse(usize::from(topic), code, count);
        }
        Ok(outcome.taken)
    }

    /// Takes delivery reports in, waiting at most `wait` for the first.
    pub fn poll(&mut self, wait: Duration) {
        let mut wait = millis(wait);
        loop {
            // SAFETY: queue and event are alive; the event, with its messages, is freed after
            // it is read.
            unsafe {
                let event = sys::rd_kafka_queue_poll(self.reports.0, wait);
                if event.is_null() {
                    return;
                }
                self.deliveries.take(event, &mut self.gates);
                sys::rd_kafka_event_destroy(event);
            }
            wait = 0;
        }
    }

    /// Waits until everything that was sent is acknowledged or has failed.
    ///
    /// # Errors
    /// Class `Retry` when records are still on their way after `wait`. Failed records are no error
    /// here: see [`delivery`](Self::delivery).
    pub fn flush(&mut self, wait: Duration) -> Result<(), KafkaError> {
        let deadline = Instant::now() + wait;
        loop {
            // SAFETY: the client is alive. The call with no time makes lingering batches leave;
            // the waiting is done here, where reports are taken in.
            let code = unsafe { crate::ffi::rd_kafka_flush(self.client.as_ptr(), 0) };
            self.poll(Duration::from_millis(if code == 0 { 0 } else { 10 }));
            // SAFETY: the client is alive.
            let left = unsafe { sys::rd_kafka_outq_len(self.client.as_ptr()) };
            if left == 0 {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let tried = match self.client.context().troubles().summary() {
                    tried if tried.is_empty() => tried,
                    tried => format!(" ({tried})"),
                };
                return Err(KafkaError::new(
                    "flush records",
                    ErrorCode::TIMED_OUT,
                    format!(
                        "{left} records are not acknowledged after {:.1} s{tried}",
                        wait.as_secs_f64()
                    ),
                ));
            }
        }
    }

    /// Gives up all records that are not acknowledged, and waits at most `wait` until they have failed:
    /// [`delivery`](Self::delivery) tells which of them may have been written.
    pub fn give_up(&mut self, wait: Duration) {
        let deadline = Instant::now() + wait;
        let flags = sys::RD_KAFKA_PURGE_F_QUEUE
            | sys::RD_KAFKA_PURGE_F_INFLIGHT
            | sys::RD_KAFKA_PURGE_F_NON_BLOCKING;
        // SAFETY: the client is alive.
        unsafe { sys::rd_kafka_purge(self.client.as_ptr(), flags) };
        while self.in_flight() > 0 && Instant::now() < deadline {
            self.poll(Duration::from_millis(10));
        }
    }

    /// How many records wait for their acknowledgement.
    pub fn in_flight(&self) -> usize {
        // SAFETY: the client is alive.
        usize::try_from(unsafe { sys::rd_kafka_outq_len(self.client.as_ptr()) }).unwrap_or(0)
    }

    /// What became of the records so far.
    pub fn delivery(&self) -> Delivery {
        self.deliveries.summary()
    }

    /// The acknowledged offsets of each partition that has any, sorted.
    pub fn acknowledged_offsets(&self) -> &[PartitionOffsets] {
        self.deliveries.offsets()
    }
}

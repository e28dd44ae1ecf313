//! Records on their way from the generator to the client: one reused batch per stream.

use super::generator::Event;
use super::invalid::InvalidClass;
use super::progress::Progress;
use sluicebox_kafka::{KafkaError, OutBatch, Producer, TopicIndex};

type Header = (&'static str, Option<&'static [u8]>);

/// What the headers of the class `many_headers` are called and say.
const HEADER: Header = ("datagen", Some(b"many"));

/// Batches that are filled, sent and filled again.
pub(super) struct Outbox {
    batches: Vec<Batch>,
    headers: Vec<Header>,
    bytes: usize,
}

struct Batch {
    records: OutBatch,
    /// What is wrong with each record.
    invalid: Vec<Option<InvalidClass>>,
    /// How many of them the client has taken.
    taken: usize,
}

impl Outbox {
    /// An empty box for this many streams.
    pub(super) fn new(streams: usize) -> Self {
        let batch = || Batch {
            records: OutBatch::new(),
            invalid: Vec::new(),
            taken: 0,
        };
        Self {
            batches: (0..streams).map(|_| batch()).collect(),
            headers: Vec::new(),
            bytes: 0,
        }
    }

    /// Bytes of keys and values in the box.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// True if the client has taken everything.
    pub(super) fn is_empty(&self) -> bool {
        self.batches
            .iter()
            .all(|batch| batch.taken == batch.invalid.len())
    }

    /// Empties the box, whether or not everything was taken.
    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        for batch in &mut self.batches {
            batch.records.clear();
            batch.invalid.clear();
            batch.taken = 0;
        }
    }

    /// Puts a copy of the event into its stream's batch.
    pub(super) fn push(&mut self, event: &Event<'_>) {
        let batch = &mut self.batches[event.stream];
        self.headers.resize(event.headers, HEADER);
        batch
            .records
            .push_with_headers(event.key, event.value, &self.headers);
        batch.invalid.push(event.invalid);
        self.bytes += event.key.map_or(0, <[u8]>::len) + event.value.map_or(0, <[u8]>::len);
    }

    /// Offers each stream's records to the client; true if it took any.
    pub(super) fn send(
        &mut self,
        producer: &mut Producer,
        progress: &Progress,
    ) -> Result<bool, KafkaError> {
        let mut any = false;
        for (stream, batch) in self.batches.iter_mut().enumerate() {
            if batch.taken == batch.invalid.len() {
                continue;
            }
            let taken = producer.send(stream as TopicIndex, &batch.records, batch.taken)?;
            for invalid in &batch.invalid[batch.taken..batch.taken + taken] {
                progress.count_sent(stream, *invalid);
            }
            batch.taken += taken;
            any |= taken > 0;
        }
        Ok(any)
    }
}

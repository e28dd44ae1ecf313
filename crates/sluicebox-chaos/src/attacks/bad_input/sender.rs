//! Produces bad and good records.

use std::time::Duration;

use sluicebox_kafka::{ClientOptions, OutBatch, Producer, ProducerOptions};

use crate::bad_input::{Bad, Place};
use crate::error::{ChaosError, Result, found};
use crate::ledger::{Event, Stream};
use crate::limits::{DELIVERY_TIMEOUT_MS, LOAD_TICK_MS, SETTLE_MS};

/// The topics of [`Place::ALL`].
const TOPICS: [&str; 4] = [
    "sensor_data",
    "user_activity",
    "processed_data",
    "dead_letters",
];

/// A producer for every topic there is.
pub(super) struct Sender {
    producer: Producer,
    batches: [OutBatch; 4],
    next_event: u64,
    /// Good records sent.
    pub(super) next_good: u64,
}

impl Sender {
    pub(super) fn connect(servers: &str) -> Result<Self> {
        let mut options = ProducerOptions::new(TOPICS.map(str::to_owned).to_vec());
        options.delivery_timeout_ms = DELIVERY_TIMEOUT_MS;
        let client = ClientOptions::new(servers.to_owned(), "chaos-bad-input");
        Ok(Self {
            producer: Producer::connect(&client, options)?,
            batches: [(); 4].map(|()| OutBatch::new()),
            next_event: 0,
            next_good: 0,
        })
    }

    pub(super) fn bad(&mut self, place: Place, bad: &Bad) {
        let headers: Vec<_> = (bad.headers.iter())
            .map(|(name, value)| (name.as_str(), value.as_deref()))
            .collect();
        let batch = &mut self.batches[place.index()];
        batch.push_with_headers(bad.key.as_deref(), bad.value.as_deref(), &headers);
    }

    /// The next good records.
    pub(super) fn good(&mut self, count: u64) {
        for _ in 0..count {
            let event = good_from(self.next_event);
            self.next_event = event.0 + 1;
            self.next_good += 1;
            let place = match event.stream() {
                Stream::Sensor => Place::Sensor,
                Stream::Activity => Place::Activity,
            };
            let (key, value) = (event.key(), event.value());
            let batch = &mut self.batches[place.index()];
            batch.push_with_headers(Some(key.as_bytes()), Some(value.as_bytes()), &[]);
        }
    }

    /// Hands over what was added.
    pub(super) fn send(&mut self) -> Result<()> {
        for (topic, batch) in self.batches.iter_mut().enumerate() {
            let mut sent = 0;
            while sent < batch.len() {
                sent += self.producer.send(topic as u16, batch, sent)?;
                self.producer
                    .poll(Duration::from_millis(if sent < batch.len() {
                        LOAD_TICK_MS
                    } else {
                        0
                    }));
            }
            batch.clear();
        }
        Ok(())
    }

    /// Waits until all is acknowledged.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.producer.flush(Duration::from_millis(SETTLE_MS))?;
        let failed = self.producer.delivery().failed;
        if failed > 0 {
            return found(format!("{failed} records were not acknowledged"));
        }
        if self.producer.in_flight() > 0 {
            return Err(ChaosError::Fixture(
                "records are still on their way".to_owned(),
            ));
        }
        Ok(())
    }
}

/// The first event from a number on that becomes a row.
pub(super) fn good_from(number: u64) -> Event {
    let mut event = Event(number);
    while event.is_bad() {
        event = Event(event.0 + 1);
    }
    event
}

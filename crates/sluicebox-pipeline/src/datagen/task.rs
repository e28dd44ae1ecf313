//! The runner: events out of the generator into Kafka at the rate that is asked for.

use super::brake::Brake;
use super::bucket::TokenBucket;
use super::error::DatagenError;
use super::generator::Generator;
use super::limits::{
    BATCH_BYTES, BATCH_RECORDS, FLUSH_WAIT_MS, PACE_QUANTUM_MS, PACE_SLEEP_MAX_MS,
    QUEUE_FULL_WAIT_MS,
};
use super::outbox::Outbox;
use super::progress::Progress;
use super::rate::Rate;
use super::report::{AcknowledgedOffsets, DatagenReport, StreamReport};
use super::stream::DatagenStream;
use crate::stop::{StopLevel, StopSignal};
use sluicebox_kafka::{PartitionOffsets, Producer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When datagen has made enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Until it is stopped.
    Endless,
    /// So many records over all streams, invalid ones included.
    Records(u64),
    /// For so long: at a bounded rate at most `duration * rate` records.
    Duration(Duration),
}

/// Makes events and sends them; runs on the thread that calls [`DatagenTask::run`].
pub struct DatagenTask {
    generator: Generator,
    rate: Rate,
    amount: Amount,
    producer: Producer,
    progress: Arc<Progress>,
    stop: StopSignal,
    brake: Option<Brake>,
    /// The cluster does not let us write any more.
    is_forbidden: bool,
    /// So many records were asked for, some have failed, and the client takes no others.
    has_failed: bool,
    /// Since when no new records are made, and the last ones are waited for.
    ends_since: Option<Instant>,
}

impl DatagenTask {
    /// A task over everything it needs. The topics of `producer` must be
    /// [`Generator::streams`], in that order, and `progress` have as many streams.
    pub fn new(
        generator: Generator,
        amount: Amount,
        producer: Producer,
        progress: Arc<Progress>,
        stop: StopSignal,
    ) -> Self {
        Self {
            rate: generator.rate(),
            generator,
            amount,
            producer,
            progress,
            stop,
            brake: None,
            is_forbidden: false,
            has_failed: false,
            ends_since: None,
        }
    }

    /// Lets the task wait while the brake is on.
    #[must_use]
    pub fn with_brake(mut self, brake: Brake) -> Self {
        self.brake = Some(brake);
        self
    }

    /// Makes and sends until enough is made or the signal says to end, then waits (bounded) for
    /// the acknowledgements.
    ///
    /// # Errors
    /// [`DatagenError::Delivery`] if anything that was handed to the client was not acknowledged,
    /// [`DatagenError::Send`] if the client refuses to go on.
    pub fn run(mut self) -> Result<DatagenReport, DatagenError> {
        let began = Instant::now();
        let sent = self.send_all(began);
        let flushed = match self.stop.level() {
            StopLevel::Now => Ok(()),
            _ => {
                let left = self.left_to_end();
                self.producer.flush(left)
            }
        };
        sent?;
        let report = self.report(began.elapsed());
        if report.failed == 0 {
            return Ok(report);
        }
        let first = self.producer.delivery().first_failure;
        let late = flushed.err().map(|error| error.to_string());
        let first = first
            .or(late)
            .unwrap_or_else(|| "stopped before acknowledgement".to_owned());
        Err(DatagenError::Delivery {
            first,
            report: Box::new(report),
        })
    }

    fn send_all(&mut self, began: Instant) -> Result<(), DatagenError> {
        let mut bucket = TokenBucket::new(self.rate, 0);
        let mut outbox = Outbox::new(self.generator.streams().len());
        let (records, deadline) = self.bounds();
        while !self.is_over() && self.generator.made() < records {
            let passed = began.elapsed();
            if passed >= deadline {
                break;
            }
            if self.brake.as_ref().is_some_and(Brake::is_on) {
                self.pause(u64::MAX, deadline.saturating_sub(passed));
                continue;
            }
            let now_ns = passed.as_nanos() as u64;
            let left = records - self.generator.made();
            let wanted = bucket.available(now_ns).min(left).min(BATCH_RECORDS);
            if wanted == 0 {
                self.pause(
                    bucket.next_due_ns().saturating_sub(now_ns),
                    deadline.saturating_sub(passed),
                );
                continue;
            }
            let before = self.generator.made();
            while self.generator.made() - before < wanted && outbox.bytes() < BATCH_BYTES {
                outbox.push(&self.generator.next_event());
            }
            bucket.take(self.generator.made() - before);
            self.hand_over(&mut outbox)?;
        }
        Ok(())
    }

    /// Whether nothing more is to be sent, whatever is still to be made.
    fn is_over(&self) -> bool {
        self.is_forbidden || self.has_failed || self.stop.is_ending()
    }

    /// How many records at most, and for how long.
    fn bounds(&self) -> (u64, Duration) {
        match self.amount {
            Amount::Endless => (u64::MAX, Duration::MAX),
            Amount::Records(records) => (records, Duration::MAX),
            Amount::Duration(duration) => {
                let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                (self.rate.records_in_ms(ms).unwrap_or(u64::MAX), duration)
            }
        }
    }

    /// Waits until the next record is due, not shorter than a quantum and not too long to see
    /// the stop signal and serve the client.
    fn pause(&mut self, due_ns: u64, left: Duration) {
        let quantum = Duration::from_millis(PACE_QUANTUM_MS);
        let most = Duration::from_millis(PACE_SLEEP_MAX_MS);
        self.stop
            .sleep(Duration::from_nanos(due_ns).clamp(quantum, most).min(left));
        self.serve(Duration::ZERO);
    }

    /// Gives the client all that is in the outbox; waits while its queue is full. When told to
    /// end, what the client does not take within the flush time is dropped: it was never sent.
    fn hand_over(&mut self, outbox: &mut Outbox) -> Result<(), DatagenError> {
        while !outbox.is_empty() {
            let taken = outbox.send(&mut self.producer, &self.progress)?;
            self.serve(Duration::from_millis(if taken {
                0
            } else {
                QUEUE_FULL_WAIT_MS
            }));
            if self.stop.level() == StopLevel::Now {
                break;
            }
            // Who makes records without end waits for the cluster without end.
            self.has_failed |=
                !taken && self.amount != Amount::Endless && self.producer.delivery().failed > 0;
            if self.is_over() && self.left_to_end().is_zero() {
                break;
            }
        }
        outbox.clear();
        Ok(())
    }

    /// How long there is to hand over and flush, from the first time that this is asked.
    fn left_to_end(&mut self) -> Duration {
        let since = self.ends_since.get_or_insert_with(Instant::now);
        Duration::from_millis(FLUSH_WAIT_MS).saturating_sub(since.elapsed())
    }

    fn serve(&mut self, wait: Duration) {
        self.producer.poll(wait);
        let delivery = self.producer.delivery();
        self.is_forbidden = delivery.is_forbidden;
        self.progress
            .set_delivered(delivery.acknowledged, delivery.failed);
    }

    fn report(&mut self, elapsed: Duration) -> DatagenReport {
        self.serve(Duration::ZERO);
        let progress = &self.progress;
        let report = |(index, stream): (usize, &DatagenStream)| StreamReport {
            name: stream.name().to_owned(),
            topic: stream.topic().to_owned(),
            made: progress.sent_of(index),
            invalid: progress.invalid_of(index),
        };
        let acknowledged = progress.acknowledged();
        DatagenReport {
            streams: self
                .generator
                .streams()
                .iter()
                .enumerate()
                .map(report)
                .collect(),
            invalid: DatagenReport::invalid_counts(progress),
            acknowledged,
            acknowledged_offsets: self.acknowledged_offsets(),
            unplaced: self.producer.delivery().unplaced,
            failed: progress.sent() - acknowledged,
            elapsed,
        }
    }

    fn acknowledged_offsets(&self) -> Vec<AcknowledgedOffsets> {
        let streams = self.generator.streams();
        let named = |partition: &PartitionOffsets| AcknowledgedOffsets {
            topic: streams[usize::from(partition.topic)].topic().to_owned(),
            partition: partition.partition,
            offsets: partition.offsets.clone(),
        };
        self.producer
            .acknowledged_offsets()
            .iter()
            .map(named)
            .collect()
    }
}

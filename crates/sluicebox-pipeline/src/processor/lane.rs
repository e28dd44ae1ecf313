//! One of the two transactional producers of an instance, on a thread of its own: the waits for
//! acknowledgements and commits run here, never on the consuming thread.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use sluicebox_faults::{planted, point};
#[cfg(feature = "faults")]
use sluicebox_kafka::ErrorClass;
use sluicebox_kafka::{
    ClientOptions, GroupMetadata, KafkaError, OutBatch, TransactionOptions, TransactionalProducer,
};

use super::batch::Counts;
use super::turn::{CalledOff, Turn};
use crate::config::OutputTopics;
use crate::limits::{ABANDON_TIMEOUT_MS, COMMIT_TIMEOUT_MS, CONNECT_TIMEOUT_MS, FLUSH_TIMEOUT_MS};
use crate::offset_notes::OffsetNotes;

/// A transaction, ready to be sent.
pub(super) struct Work {
    /// Position in the order of all transactions of the instance, from 1.
    pub(super) sequence: u64,
    pub(super) processed: OutBatch,
    pub(super) letters: OutBatch,
    /// Topic, partition, next offset to read.
    pub(super) offsets: Vec<(String, i32, i64)>,
    /// What is noted with them.
    pub(super) notes: OffsetNotes,
    pub(super) group: GroupMetadata,
    pub(super) counts: Counts,
}

/// What a lane is told.
pub(super) enum Command {
    /// Throw the producer away, if there is one, and connect a new one with the same id: late
    /// requests of the old one are fenced (KAFKA-17754), its transaction is settled.
    Connect,
    Transact(Box<Work>),
}

/// What a lane says.
pub(super) struct Report {
    pub(super) lane: usize,
    pub(super) outcome: Outcome,
    /// When the producer last lost a connection or a request, if it failed.
    pub(super) last_loss: Option<Instant>,
}

pub(super) enum Outcome {
    Connected(Result<(), KafkaError>),
    /// The counts of what is durable, and memory for the next batches.
    Committed(Counts, Vec<OutBatch>),
    /// Nothing of the transaction is known to be committed.
    Failed(Failure),
}

pub(super) enum Failure {
    /// A transaction before it failed, or all were called off.
    CalledOff,
    Kafka(KafkaError),
}

impl From<KafkaError> for Failure {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

impl From<CalledOff> for Failure {
    fn from(_: CalledOff) -> Self {
        Self::CalledOff
    }
}

pub(super) struct Lane {
    pub(super) number: usize,
    pub(super) client: ClientOptions,
    pub(super) transaction: TransactionOptions,
    pub(super) topics: OutputTopics,
    pub(super) turn: Turn,
    pub(super) commands: Receiver<Command>,
    pub(super) reports: Sender<Report>,
}

impl Lane {
    /// Works until the commands end.
    pub(super) fn run(self) {
        let mut producer = None;
        for command in &self.commands {
            let (outcome, last_loss) = match command {
                Command::Connect => (Outcome::Connected(self.connect(&mut producer)), None),
                Command::Transact(work) => self.transact(&mut producer, work),
            };
            let report = Report {
                lane: self.number,
                outcome,
                last_loss,
            };
            if self.reports.send(report).is_err() {
                break;
            }
        }
        abandon(producer);
    }

    fn connect(&self, producer: &mut Option<TransactionalProducer>) -> Result<(), KafkaError> {
        if planted!("keep-producer-after-failed-commit") && producer.is_some() {
            return Ok(());
        }
        abandon(producer.take());
        let wait = Duration::from_millis(CONNECT_TIMEOUT_MS);
        point!(
            "process.connect.before",
            KafkaError::injected("take over the transactional id", ErrorClass::Retry)
        );
        let connected =
            TransactionalProducer::connect(&self.client, self.transaction.clone(), wait)?;
        *producer = Some(connected);
        point!("process.connect.after");
        Ok(())
    }

    /// A producer that failed is never used again, whatever the failure was.
    fn transact(
        &self,
        slot: &mut Option<TransactionalProducer>,
        work: Box<Work>,
    ) -> (Outcome, Option<Instant>) {
        let Some(mut producer) = slot.take() else {
            // Later transactions must not wait for this one.
            self.turn.fail();
            return (Outcome::Failed(Failure::CalledOff), None);
        };
        match self.commit(&mut producer, *work) {
            Ok((counts, arenas)) => {
                let last_loss = producer.last_loss();
                if producer.is_usable() {
                    *slot = Some(producer);
                } else {
                    // Late requests of it could end the next transaction. That one finds no
                    // producer and is called off, and both lanes get new ones.
                    abandon(Some(producer));
                }
                (Outcome::Committed(counts, arenas), last_loss)
            }
            Err(failure) => {
                self.turn.fail();
                let last_loss = producer.last_loss();
                #[cfg(feature = "faults")]
                if planted!("keep-producer-after-failed-commit")
                    && producer.keep(Duration::from_millis(ABANDON_TIMEOUT_MS))
                {
                    *slot = Some(producer);
                    return (Outcome::Failed(failure), last_loss);
                }
                abandon(Some(producer));
                (Outcome::Failed(failure), last_loss)
            }
        }
    }

    fn commit(
        &self,
        producer: &mut TransactionalProducer,
        work: Work,
    ) -> Result<(Counts, Vec<OutBatch>), Failure> {
        let Work {
            sequence,
            processed,
            letters,
            offsets,
            notes,
            group,
            counts,
        } = work;
        producer.begin()?;
        self.turn.await_send(sequence)?;
        point!("process.send.before", lost("send records"));
        if !processed.is_empty() {
            producer.send(&self.topics.processed, processed)?;
        }
        if !letters.is_empty() {
            producer.send(&self.topics.dead_letters, letters)?;
        }
        point!("process.send.after", lost("send records"));
        producer.flush(Duration::from_millis(FLUSH_TIMEOUT_MS))?;
        point!("process.flush.after", lost("flush a transaction"));
        self.turn.flushed(sequence);
        self.turn.await_commit(sequence)?;
        let wait = Duration::from_millis(COMMIT_TIMEOUT_MS);
        producer.commit_noted(&offsets, notes.by_topic(), &group, wait)?;
        point!("process.commit.after", forgotten());
        self.turn.committed(sequence);
        Ok((counts, producer.take_arenas()))
    }
}

/// What a failpoint says in an open transaction.
#[cfg(feature = "faults")]
fn lost(operation: &'static str) -> Failure {
    KafkaError::injected(operation, ErrorClass::AbortAndRewind).into()
}

/// What a failpoint says of a commit that has happened.
#[cfg(feature = "faults")]
fn forgotten() -> Failure {
    KafkaError::injected("commit a transaction", ErrorClass::RebuildProducer).into()
}

fn abandon(producer: Option<TransactionalProducer>) {
    if let Some(producer) = producer {
        producer.abandon(Duration::from_millis(ABANDON_TIMEOUT_MS));
    }
}

//! Writing in transactions: outputs and the input's offsets together, or neither.

mod flush;
#[cfg(test)]
mod injected_faults;
#[cfg(feature = "faults")]
mod kept;
mod offsets;
mod options;
mod state;
mod watched;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;
use sluicebox_faults::{planted, point, torn_point};

pub use options::TransactionOptions;

use crate::admin::unreachable;
use crate::consumer::GroupMetadata;
use crate::error::{KafkaError, TransactionPhase};
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, Kind, check, millis};
use crate::limits;
use crate::options::ClientOptions;
use crate::out_batch::OutBatch;
use crate::producer::hand_over::{HandOver, Memory};
use state::State;
use watched::Watched;

/// How much longer than librdkafka itself we wait for a call that should have ended.
const GRACE: Duration = Duration::from_millis(500);

/// A transactional producer.
///
/// It lives as long as nothing fails. The first error of any call makes it dead: every further
/// call fails, and all that is left is to [`abandon`](Self::abandon) it and to connect a new one,
/// whose epoch fences whatever the old one still has on its way (KAFKA-17754: librdkafka speaks
/// `EndTxn` version 1, so that a delayed one could end a later transaction of the same epoch).
/// A commit that succeeds only because librdkafka repeated a request silently is no failure, but
/// it ends the producer all the same: see [`is_usable`](Self::is_usable).
#[must_use = "a producer that is dropped leaves its transaction open until the timeout"]
pub struct TransactionalProducer {
    client: Arc<Handle>,
    watched: Watched,
    hand_over: HandOver,
    state: State,
    /// Something was sent since the last flush.
    is_unflushed: bool,
    /// Batches that librdkafka points into, until their transaction is committed.
    lent: Vec<OutBatch>,
    /// Batches to be used again.
    free: Vec<OutBatch>,
}

// SAFETY: the raw pointers are librdkafka's thread-safe objects and scratch memory of a call.
unsafe impl Send for TransactionalProducer {}

impl TransactionalProducer {
    /// Takes the transactional id over: older holders are fenced, and their open transaction is
    /// aborted, or ended the way it was decided. Waits at most `wait` for the cluster.
    ///
    /// # Errors
    /// Class `Retry` when no broker answered in time, with what was tried; class `Fenced` when
    /// somebody else took the id in the same moment; class `Stop` for what cannot heal.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "like the other clients' connect"
    )]
    pub fn connect(
        options: &ClientOptions,
        transactions: TransactionOptions,
        wait: Duration,
    ) -> Result<Self, KafkaError> {
        const OPERATION: &str = "take over the transactional id";
        let conf = transactions.conf(options)?;
        let client = Handle::new(Kind::Producer, &options.client_id, conf)?;
        let watched = Watched::start(Arc::clone(&client))?;
        let wait_ms = millis(wait);
        // SAFETY: the client is alive during the job; the error object is freed.
        let job = move |client: &Handle| unsafe {
            ffi::take_error(
                OPERATION,
                sys::rd_kafka_init_transactions(client.as_ptr(), wait_ms),
            )
        };
        match watched.run(wait + GRACE, job) {
            Some(Ok(())) => {}
            None => return Err(unreachable(&client, options, wait, ErrorCode::TIMED_OUT)),
            Some(Err((error, _))) if error.code == ErrorCode::TIMED_OUT => {
                return Err(unreachable(&client, options, wait, error.code));
            }
            Some(Err((error, _))) => return Err(error),
        }
        Ok(Self {
            client,
            watched,
            hand_over: HandOver::default(),
            state: State::Ready,
            is_unflushed: false,
            lent: Vec::new(),
            free: Vec::new(),
        })
    }

    /// Begins a transaction.
    pub fn begin(&mut self) -> Result<(), KafkaError> {
        const OPERATION: &str = "begin a transaction";
        self.expect(OPERATION, State::Ready)?;
        // SAFETY: the client is alive; the error object is freed.
        let begun = unsafe {
            ffi::take_error(
                OPERATION,
                sys::rd_kafka_begin_transaction(self.client.as_ptr()),
            )
        };
        self.settle(begun, TransactionPhase::Open)?;
        self.state = State::Open;
        Ok(())
    }

    /// Sends a batch in the transaction. The values are not copied: the producer keeps the batch
    /// until the transaction is committed, see [`take_arenas`](Self::take_arenas). Waits while the
    /// client's queue is full, at most the transaction timeout.
    pub fn send(&mut self, topic: &str, batch: OutBatch) -> Result<(), KafkaError> {
        const OPERATION: &str = "send records in a transaction";
        self.expect(OPERATION, State::Open)?;
        let native = match self.client.topic(topic) {
            Ok(native) => native,
            Err(error) => return Err(self.die(error)),
        };
        // Kept before anything points into it. Moving the batch does not move its memory, and a
        // kept batch is not touched again until nothing points into it any more.
        self.lent.push(batch);
        self.is_unflushed = true;
        let Some(batch) = self.lent.last() else {
            return Ok(());
        };
        let deadline =
            Instant::now() + Duration::from_millis(u64::from(limits::TRANSACTION_TIMEOUT_MS));
        let mut next = 0;
        loop {
            let records = (batch, next..batch.len());
            let anywhere = |_| ffi::PARTITION_ANY;
            let outcome =
                self.hand_over
                    .send(&self.client, native, records, anywhere, Memory::Lent);
            next += outcome.taken;
            if let Some((code, _)) = outcome.refused.first() {
                let error = KafkaError::new(OPERATION, *code, code.description()).at(topic, None);
                return Err(self.die(error.in_transaction(TransactionPhase::Open, true)));
            }
            if next == batch.len() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let message = "the client's queue stayed full; the brokers do not keep up";
                let error = KafkaError::new(OPERATION, ErrorCode::QUEUE_FULL, message);
                let error = error
                    .at(topic, None)
                    .in_transaction(TransactionPhase::Open, true);
                return Err(self.die(error));
            }
            std::thread::sleep(limits::QUEUE_FULL_PAUSE);
        }
    }

    /// Commits the transaction and, in it, the input's positions for the group member.
    ///
    /// Watched from outside, because librdkafka ignores the timeout of the offsets request
    /// (#5456) and can hang in it (#5511).
    ///
    /// # Errors
    /// `AbortAndRewind`: certainly not committed. `RebuildProducer`: nobody knows yet; a new
    /// producer with the same id settles it, then the group's offsets tell. `Fenced`: another
    /// producer or member has taken over. After any of them the producer is dead.
    pub fn commit(
        &mut self,
        offsets: &[(String, i32, i64)],
        group: &GroupMetadata,
        wait: Duration,
    ) -> Result<(), KafkaError> {
        self.commit_noted(offsets, &BTreeMap::new(), group, wait)
    }

    /// As [`commit`](Self::commit); `notes` are kept by the group with the offsets, by topic
    /// (Kafka calls them metadata). Offsets that are set by hand have none.
    pub fn commit_noted(
        &mut self,
        offsets: &[(String, i32, i64)],
        notes: &BTreeMap<String, String>,
        group: &GroupMetadata,
        wait: Duration,
    ) -> Result<(), KafkaError> {
        self.expect("commit a transaction", State::Open)?;
        let deadline = Instant::now() + wait;
        self.flush_rest(wait)?;
        if !offsets.is_empty() {
            point!("process.offsets.before", self.lost("commit offsets"));
            self.send_offsets(offsets, notes, group, wait)?;
        }
        point!("process.commit.before", self.lost("commit a transaction"));
        self.end(deadline.saturating_duration_since(Instant::now()))
    }

    /// Commits a transaction that has no input: records alone. Errors are those of
    /// [`commit`](Self::commit).
    pub fn commit_records(&mut self, wait: Duration) -> Result<(), KafkaError> {
        self.expect("commit a transaction", State::Open)?;
        let deadline = Instant::now() + wait;
        self.flush_rest(wait)?;
        self.end(deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether it can begin another transaction. Not after an error, and not after a commit in which
    /// a request went unanswered and was repeated: the first one may still be on its way, and could
    /// end the next transaction of this epoch (KAFKA-17754).
    pub fn is_usable(&self) -> bool {
        self.state != State::Dead
    }

    /// The batches of committed transactions, cleared, for reuse.
    pub fn take_arenas(&mut self) -> Vec<OutBatch> {
        std::mem::take(&mut self.free)
    }

    /// Gives the producer up: tries to abort its transaction for at most `wait`, so that readers
    /// need not wait for the timeout, and closes it in the background.
    ///
    /// Records that are on their way are waited for first. An abort would take them back, and ask for a
    /// new epoch because of that; an answer about partitions that comes after it ends the whole process
    /// (librdkafka 2.12.1, `rdkafka_txnmgr.c:1007`). Where they do not arrive it is left to the next
    /// producer with the id to abort, or to the timeout.
    pub fn abandon(mut self, wait: Duration) {
        let half_ms = millis(wait / 2);
        // SAFETY: the client is alive during the job; the error object is freed.
        let job = move |client: &Handle| unsafe {
            let code = ffi::rd_kafka_flush(client.as_ptr(), half_ms);
            check("flush an abandoned transaction", code).map_err(|error| (error, true))?;
            let error = sys::rd_kafka_abort_transaction(client.as_ptr(), half_ms);
            ffi::take_error("abort a transaction", error)
        };
        if let Some(Err((error, _))) = self.watched.run(wait, job) {
            // Also when there was no transaction. A new producer with the id aborts it anyway.
            tracing::debug!(%error, "an abandoned transaction was not aborted");
        }
        self.state = State::Dead;
    }

    /// When a connection or a request of this client was last lost.
    pub fn last_loss(&self) -> Option<Instant> {
        self.client.context().troubles().lost_at()
    }

    fn end(&mut self, wait: Duration) -> Result<(), KafkaError> {
        const OPERATION: &str = "commit a transaction";
        let wait_ms = millis(wait);
        // SAFETY: the client is alive during the job; the error object is freed.
        let job = move |client: &Handle| unsafe {
            ffi::take_error(
                OPERATION,
                sys::rd_kafka_commit_transaction(client.as_ptr(), wait_ms),
            )
        };
        // The failpoint: the request is on its way, and the answer is not waited for.
        let sent = torn_point!(
            "process.commit.sent",
            self.watched.run(Duration::from_millis(2), job)
        );
        let outcome = match sent {
            Ok(()) => self.watched.run(wait + GRACE, job),
            Err(_) => None,
        };
        let outcome = outcome.unwrap_or_else(|| {
            let message = format!("no answer within {wait:?}; it may or may not be committed");
            Err((
                KafkaError::new(OPERATION, ErrorCode::TIMED_OUT, message),
                false,
            ))
        });
        #[cfg(feature = "faults")]
        let outcome = if planted!("keep-producer-after-failed-commit") {
            self.insist(outcome, wait)
        } else {
            outcome
        };
        self.settle(outcome, TransactionPhase::Committing)?;
        let repeated = self.client.context().unanswered().load(Ordering::Acquire);
        self.state = if repeated && !planted!("keep-producer-after-failed-commit") {
            tracing::info!(
                "a request of a committed transaction was repeated, and the first one may still \
                 arrive: the producer is replaced"
            );
            State::Dead
        } else {
            State::Ready
        };
        // Everything is acknowledged, so that nothing points into the batches any more.
        for mut batch in self.lent.drain(..) {
            batch.clear();
            self.free.push(batch);
        }
        Ok(())
    }
}

impl Drop for TransactionalProducer {
    fn drop(&mut self) {
        // Queued records and request buffers point into these until the client is destroyed,
        // which happens on another thread, maybe much later.
        self.client.keep(Box::new(std::mem::take(&mut self.lent)));
    }
}

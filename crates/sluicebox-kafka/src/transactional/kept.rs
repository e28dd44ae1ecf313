//! The mistake behind the planted bug `keep-producer-after-failed-commit`: a producer whose commit
//! failed goes on in the same epoch, as librdkafka's documentation invites to.

use std::time::Duration;

use rdkafka_sys as sys;

use super::state::State;
use super::watched::Outcome;
use super::{GRACE, TransactionalProducer};
use crate::ffi::{self, Handle, millis};

/// How often the commit is asked for again.
const TRIES: usize = 5;

impl TransactionalProducer {
    /// Calls commit again, which goes on with the one that failed, until it succeeds or must be
    /// aborted.
    pub(super) fn insist(&mut self, mut outcome: Outcome, wait: Duration) -> Outcome {
        let wait_ms = millis(wait);
        for _ in 0..TRIES {
            if !matches!(outcome, Err((_, false))) || self.client.fatal_error().is_some() {
                break;
            }
            // SAFETY: the client is alive during the job; the error object is freed.
            let job = move |client: &Handle| unsafe {
                let error = sys::rd_kafka_commit_transaction(client.as_ptr(), wait_ms);
                ffi::take_error("commit a transaction again", error)
            };
            outcome = self.watched.run(wait + GRACE, job).unwrap_or(outcome);
        }
        outcome
    }

    /// Aborts the transaction that failed, and is ready for another one in the same epoch. Whether
    /// that went well.
    pub fn keep(&mut self, wait: Duration) -> bool {
        let wait_ms = millis(wait);
        // SAFETY: the client is alive during the job; the error object is freed.
        let job = move |client: &Handle| unsafe {
            let error = sys::rd_kafka_abort_transaction(client.as_ptr(), wait_ms);
            ffi::take_error("abort a transaction", error)
        };
        let aborted = matches!(self.watched.run(wait + GRACE, job), Some(Ok(())));
        if aborted {
            self.state = State::Ready;
        }
        aborted
    }
}

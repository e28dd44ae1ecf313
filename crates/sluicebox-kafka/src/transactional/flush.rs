//! Waiting for the acknowledgement of what was sent, and whether to believe it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::state::State;
use super::{GRACE, TransactionalProducer};
use crate::error::{ErrorClass, KafkaError, TransactionPhase};
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, check, millis};

impl TransactionalProducer {
    /// Waits until everything that was sent in this transaction is acknowledged.
    ///
    /// # Errors
    /// `AbortAndRewind`, also when the client library calls a record acknowledged whose offset no broker
    /// has given: it may be nowhere.
    pub fn flush(&mut self, wait: Duration) -> Result<(), KafkaError> {
        const OPERATION: &str = "flush a transaction";
        self.expect(OPERATION, State::Open)?;
        let wait_ms = millis(wait);
        let job = move |client: &Handle| {
            // SAFETY: the client is alive during the job.
            let code = unsafe { ffi::rd_kafka_flush(client.as_ptr(), wait_ms) };
            check(OPERATION, code).map_err(|error| (error, true))
        };
        let outcome = self.watched.run(wait + GRACE, job).unwrap_or_else(|| {
            let message = format!("records are not acknowledged after {wait:?}");
            Err((
                KafkaError::new(OPERATION, ErrorCode::TIMED_OUT, message),
                true,
            ))
        });
        self.settle(outcome, TransactionPhase::Open)?;
        self.is_unflushed = false;
        match self.client.context().unplaced().load(Ordering::Acquire) {
            0 => Ok(()),
            unplaced => Err(self.die(nowhere(OPERATION, unplaced))),
        }
    }

    /// A commit would flush as well, and not look at what came of it.
    pub(super) fn flush_rest(&mut self, wait: Duration) -> Result<(), KafkaError> {
        match self.is_unflushed {
            true => self.flush(wait),
            false => Ok(()),
        }
    }
}

/// See `ffi::unplaced`.
fn nowhere(operation: &'static str, unplaced: u64) -> KafkaError {
    let message = format!(
        "{unplaced} records were called acknowledged, and no broker has said where they are: a leader refused \
         their batch and took the next one. They may be nowhere; the transaction is done again"
    );
    KafkaError::new(operation, ErrorCode::INCONSISTENT, message)
        .with_class(ErrorClass::AbortAndRewind)
}

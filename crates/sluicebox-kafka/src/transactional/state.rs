//! Whether a producer can be used: the first error ends it.

use super::TransactionalProducer;
use crate::error::{ErrorClass, KafkaError, TransactionPhase};
use crate::error_code::ErrorCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Open,
    Dead,
}

impl TransactionalProducer {
    pub(super) fn expect(&self, operation: &'static str, state: State) -> Result<(), KafkaError> {
        if self.state == state {
            return Ok(());
        }
        let (message, class) = match self.state {
            State::Dead => (
                "the producer must not be used again; abandon it and connect a new one",
                ErrorClass::RebuildProducer,
            ),
            State::Ready => ("no transaction is open", ErrorClass::Stop),
            State::Open => ("a transaction is open already", ErrorClass::Stop),
        };
        Err(KafkaError::new(operation, ErrorCode::STATE, message).with_class(class))
    }

    pub(super) fn settle(
        &mut self,
        outcome: Result<(), (KafkaError, bool)>,
        phase: TransactionPhase,
    ) -> Result<(), KafkaError> {
        outcome.map_err(|(mut error, requires_abort)| {
            if let Some((code, text)) = self.client.fatal_error() {
                error.code = code;
                error.message = text;
            }
            self.die(error.in_transaction(phase, requires_abort))
        })
    }

    pub(super) fn die(&mut self, error: KafkaError) -> KafkaError {
        self.state = State::Dead;
        error
    }

    /// What a failpoint says in an open transaction.
    #[cfg(feature = "faults")]
    pub(super) fn lost(&mut self, operation: &'static str) -> KafkaError {
        self.die(KafkaError::injected(operation, ErrorClass::AbortAndRewind))
    }
}

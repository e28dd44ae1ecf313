//! `InitProducerId`: a producer comes, or comes again.

use kafka_protocol::error::ResponseError;

use super::transaction::{
    EPOCH_EXHAUSTED, NO_EPOCH, NO_PRODUCER_ID, Producer, Transaction, TransactionState,
};

/// What a producer that initialises itself asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewProducer {
    /// The id and epoch it goes on from after an error (KIP-360); `None` for a new instance,
    /// which fences every older one.
    pub(crate) goes_on_from: Option<Producer>,
    pub(crate) timeout_ms: i32,
}

/// What `InitProducerId` leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Init {
    /// A repeated request: the present producer is the answer.
    Repeated,
    /// The next epoch.
    Bumped(Transaction),
    /// No epochs are left: [`Transaction::with_new_id`] with a fresh producer id follows.
    Exhausted,
    /// A transaction is under way. This one, whose producer is fenced, has to be aborted first;
    /// then the request begins again.
    AbortFirst(Transaction),
}

impl Transaction {
    /// Decides about `InitProducerId`. `PRODUCER_FENCED`: a newer instance has come since;
    /// `CONCURRENT_TRANSACTIONS`: the last transaction is still being completed.
    pub(crate) fn init(&self, request: NewProducer, now_ms: i64) -> Result<Init, ResponseError> {
        if let Some(from) = request.goes_on_from
            && from.id != self.producer.id
            && !(from.id == self.former.id && from.epoch >= EPOCH_EXHAUSTED)
        {
            return Err(ResponseError::ProducerFenced);
        }
        match self.state {
            TransactionState::PrepareCommit
            | TransactionState::PrepareAbort
            | TransactionState::PrepareEpochFence => Err(ResponseError::ConcurrentTransactions),
            TransactionState::Ongoing => match request.goes_on_from {
                // A zombie must not abort the transaction of its successor.
                Some(from) if from != self.producer => Err(ResponseError::ProducerFenced),
                _ => Ok(Init::AbortFirst(self.fenced(now_ms))),
            },
            TransactionState::Empty
            | TransactionState::CompleteCommit
            | TransactionState::CompleteAbort => self.next_epoch(request, now_ms),
        }
    }

    fn next_epoch(&self, request: NewProducer, now_ms: i64) -> Result<Init, ResponseError> {
        let former = match request.goes_on_from {
            None => Producer {
                id: NO_PRODUCER_ID,
                epoch: NO_EPOCH,
            },
            Some(from) if from == self.producer => from,
            Some(from) if from == self.former => return Ok(Init::Repeated),
            Some(_) => return Err(ResponseError::ProducerFenced),
        };
        if self.producer.epoch >= EPOCH_EXHAUSTED {
            return Ok(Init::Exhausted);
        }
        let mut next = self.settled(request.timeout_ms, now_ms);
        next.producer.epoch += 1;
        next.former = former;
        Ok(Init::Bumped(next))
    }

    /// The same transactional id goes on under a new producer id, from epoch 0.
    pub(crate) fn with_new_id(&self, id: i64, request: NewProducer, now_ms: i64) -> Self {
        let mut next = self.settled(request.timeout_ms, now_ms);
        next.producer = Producer { id, epoch: 0 };
        next.former = request.goes_on_from.unwrap_or(Producer {
            id: NO_PRODUCER_ID,
            epoch: NO_EPOCH,
        });
        next
    }

    fn settled(&self, timeout_ms: i32, now_ms: i64) -> Self {
        let mut next = Self::new(self.producer.id, timeout_ms, now_ms);
        next.producer = self.producer;
        next
    }
}

//! What the coordinator knows about one transactional id.

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;
use sluicebox_faults::planted;

use super::Place;

/// "None" in the fields of producer ids and epochs, on the wire as well.
pub(super) const NO_PRODUCER_ID: i64 = -1;
pub(super) const NO_EPOCH: i16 = -1;
/// The epoch after the last one that is handed out; a fenced producer's last transaction ends
/// with it.
pub(super) const EPOCH_EXHAUSTED: i16 = i16::MAX - 1;

/// Where a transaction is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionState {
    /// No transaction has begun since the id is known.
    Empty,
    /// Partitions or groups have been added.
    Ongoing,
    /// The decision to commit is taken and being carried out.
    PrepareCommit,
    /// The decision to abort is taken and being carried out.
    PrepareAbort,
    /// The last transaction was committed.
    CompleteCommit,
    /// The last transaction was aborted.
    CompleteAbort,
    /// The producer is being fenced, an abort follows.
    PrepareEpochFence,
}

impl TransactionState {
    /// The name in `DescribeTransactions` and `ListTransactions`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
            Self::PrepareEpochFence => "PrepareEpochFence",
        }
    }
}

/// How a producer names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Producer {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
}

/// A transactional id with its producer and its present or last transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) producer: Producer,
    /// The producer before the last bump that a client has asked for with its own id and epoch;
    /// by it a repeated `InitProducerId` is recognised (KIP-360).
    pub(crate) former: Producer,
    pub(crate) timeout_ms: i32,
    pub(crate) state: TransactionState,
    pub(crate) partitions: BTreeSet<Place>,
    pub(crate) groups: BTreeSet<String>,
    /// When the transaction began; -1 outside of one. Epoch milliseconds.
    pub(crate) started_ms: i64,
    pub(crate) changed_ms: i64,
}

impl Transaction {
    /// The first producer of a transactional id.
    pub(crate) fn new(producer_id: i64, timeout_ms: i32, now_ms: i64) -> Self {
        Self {
            producer: Producer {
                id: producer_id,
                epoch: 0,
            },
            former: Producer {
                id: NO_PRODUCER_ID,
                epoch: NO_EPOCH,
            },
            timeout_ms,
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
            started_ms: -1,
            changed_ms: now_ms,
        }
    }

    /// Requests of a producer that is not the present one get `INVALID_PRODUCER_ID_MAPPING`
    /// (another id) or `PRODUCER_FENCED` (another epoch).
    pub(super) fn check_producer(&self, producer: Producer) -> Result<(), ResponseError> {
        if producer.id != self.producer.id {
            return Err(ResponseError::InvalidProducerIdMapping);
        }
        if producer.epoch != self.producer.epoch && !planted!("broker-accepts-old-epochs") {
            return Err(ResponseError::ProducerFenced);
        }
        Ok(())
    }

    /// Whether nothing is under way.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(
            self.state,
            TransactionState::Empty
                | TransactionState::CompleteCommit
                | TransactionState::CompleteAbort
        )
    }
}

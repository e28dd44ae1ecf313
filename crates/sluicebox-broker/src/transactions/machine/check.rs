//! May this producer write here? Asked for every transactional batch and offset commit (KIP-890
//! part 1: nothing enters a partition that is not part of an ongoing transaction).

use kafka_protocol::error::ResponseError;

use super::transaction::{Producer, Transaction, TransactionState};

impl Transaction {
    /// Whether the partition is in the ongoing transaction of this producer.
    pub(crate) fn may_produce(
        &self,
        producer: Producer,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError> {
        self.check_writer(producer)?;
        // The set holds owned names; a transaction has few partitions.
        let added = self
            .partitions
            .iter()
            .any(|(t, p)| *p == partition && t == topic);
        if added {
            Ok(())
        } else {
            Err(ResponseError::InvalidTxnState)
        }
    }

    /// Whether the group's offsets are in the ongoing transaction of this producer.
    pub(crate) fn may_commit_offsets(
        &self,
        producer: Producer,
        group: &str,
    ) -> Result<(), ResponseError> {
        self.check_writer(producer)?;
        if self.groups.contains(group) {
            Ok(())
        } else {
            Err(ResponseError::InvalidTxnState)
        }
    }

    fn check_writer(&self, producer: Producer) -> Result<(), ResponseError> {
        match self.check_producer(producer) {
            // Requests that write know the older name of this error only.
            Err(ResponseError::ProducerFenced) => Err(ResponseError::InvalidProducerEpoch),
            Err(code) => Err(code),
            Ok(()) if self.state == TransactionState::Ongoing => Ok(()),
            Ok(()) => Err(ResponseError::InvalidTxnState),
        }
    }
}

//! What Produce asks. It is asked under the lock of the partition, under which markers are written
//! as well: a batch that passes lies before the marker that ends its transaction.

use kafka_protocol::error::ResponseError;

use super::Transactions;
use crate::shared::TransactionGate;
use crate::transactions::machine::Producer;

impl TransactionGate for Transactions {
    fn may_produce(
        &self,
        transactional_id: &str,
        producer_id: i64,
        producer_epoch: i16,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError> {
        let state = self.lock();
        let transaction = state
            .ids
            .get(transactional_id)
            .and_then(|slot| slot.transaction.as_ref())
            .ok_or(ResponseError::InvalidProducerIdMapping)?;
        let producer = Producer {
            id: producer_id,
            epoch: producer_epoch,
        };
        transaction.may_produce(producer, topic, partition)
    }
}

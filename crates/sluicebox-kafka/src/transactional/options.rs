//! How a transactional producer writes.

use crate::error::KafkaError;
use crate::ffi::{Conf, unplaced};
use crate::limits;
use crate::options::ClientOptions;
use crate::producer::producer_defaults;

/// Settings of a [`TransactionalProducer`](crate::TransactionalProducer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionOptions {
    /// The id that fences earlier producers with the same id.
    pub transactional_id: String,
    /// After this time without an end the coordinator aborts a transaction, milliseconds; at least
    /// [`limits::TRANSACTION_TIMEOUT_MIN_MS`]. Readers wait that long for a crashed producer.
    pub timeout_ms: u32,
    /// How long records are gathered into a batch, milliseconds. A commit does not wait for it.
    pub linger_ms: u32,
}

impl TransactionOptions {
    /// The defaults of [`limits`] for an id.
    pub fn new(transactional_id: impl Into<String>) -> Self {
        Self {
            transactional_id: transactional_id.into(),
            timeout_ms: limits::TRANSACTION_TIMEOUT_MS,
            linger_ms: limits::TRANSACTION_LINGER_MS,
        }
    }

    pub(super) fn conf(&self, options: &ClientOptions) -> Result<Conf, KafkaError> {
        const OPERATION: &str = "configure a transactional producer";
        if self.transactional_id.is_empty() {
            return Err(KafkaError::configuration(
                OPERATION,
                "the transactional id is empty",
            ));
        }
        if self.timeout_ms < limits::TRANSACTION_TIMEOUT_MIN_MS {
            let least = limits::TRANSACTION_TIMEOUT_MIN_MS;
            let message = format!(
                "the transaction timeout is {} ms; use {least} or more",
                self.timeout_ms
            );
            return Err(KafkaError::configuration(OPERATION, message));
        }
        let timeout = self.timeout_ms.to_string();
        let mut defaults = producer_defaults(self.linger_ms);
        defaults.push(("socket.timeout.ms", timeout.clone()));
        // Not above the topic's limit, which is on the compressed batch: what does not compress
        // must fit as well.
        let batch_bytes = options
            .message_max_bytes
            .min(limits::TRANSACTION_BATCH_BYTES);
        defaults.push(("batch.size", batch_bytes.to_string()));
        let records = limits::TRANSACTION_BATCH_RECORDS.to_string();
        defaults.push(("batch.num.messages", records));
        let mut conf = options.conf(&defaults)?;
        conf.set("transactional.id", &self.transactional_id)?;
        conf.set("transaction.timeout.ms", &timeout)?;
        conf.set("message.timeout.ms", &timeout)?;
        conf.set("enable.idempotence", "true")?;
        conf.set("acks", "all")?;
        // As all our producers for records with a key. Those without one go to one partition here,
        // not to any: a source record that is processed again must come out where it came out the
        // first time, because the sink tells repeats by the order within a partition.
        conf.set("partitioner", "murmur2")?;
        // Nobody needs a report of each record: a record that fails fails the transaction. Yet
        // reports are switched on, as events for failures only, since without them librdkafka's
        // flush looks at its queue every 10 ms, and with them it is woken.
        conf.set("delivery.report.only.error", "true")?;
        // SAFETY: the configuration is alive, and is used for a client of ours.
        unsafe {
            rdkafka_sys::rd_kafka_conf_set_events(conf.as_ptr(), rdkafka_sys::RD_KAFKA_EVENT_DR);
            unplaced::count(conf.as_ptr());
        }
        Ok(conf)
    }
}

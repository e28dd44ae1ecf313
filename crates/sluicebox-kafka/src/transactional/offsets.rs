//! The input's positions in a transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka_sys as sys;

use super::{GRACE, TransactionalProducer};
use crate::consumer::GroupMetadata;
use crate::error::{KafkaError, TransactionPhase};
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, PartitionList, millis};

impl TransactionalProducer {
    pub(super) fn send_offsets(
        &mut self,
        offsets: &[(String, i32, i64)],
        notes: &BTreeMap<String, String>,
        group: &GroupMetadata,
        wait: Duration,
    ) -> Result<(), KafkaError> {
        const OPERATION: &str = "commit input offsets in a transaction";
        let mut list = PartitionList::with_capacity(offsets.len());
        for (topic, partition, offset) in offsets {
            let note = notes.get(topic).map_or("", String::as_str);
            list.add_noted(topic, *partition, *offset, note)
                .map_err(|error| self.die(error))?;
        }
        let group = group.clone();
        let wait_ms = millis(wait);
        let job = move |client: &Handle| {
            // The whole list, not its pointer, belongs to the job.
            let list = list;
            let native = group.to_native().map_err(|error| (error, true))?;
            // SAFETY: all three are alive during the call; metadata and error object are freed.
            unsafe {
                let error = sys::rd_kafka_send_offsets_to_transaction(
                    client.as_ptr(),
                    list.as_ptr(),
                    native,
                    wait_ms,
                );
                sys::rd_kafka_consumer_group_metadata_destroy(native);
                ffi::take_error(OPERATION, error)
            }
        };
        let outcome = self.watched.run(wait + GRACE, job).unwrap_or_else(|| {
            let message = format!("no answer within {wait:?}");
            Err((
                KafkaError::new(OPERATION, ErrorCode::TIMED_OUT, message),
                true,
            ))
        });
        self.settle(outcome, TransactionPhase::Open)
    }
}

//! Answers to rebalances, and moves within the assignment.

use std::time::Duration;

use rdkafka_sys as sys;

use super::{Consumer, Polled};
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, check, check_error, millis};
use crate::topic_partition::TopicPartitionOffset;

impl Consumer {
    /// Takes over partitions, at the given positions: the answer to [`Polled::Assigned`].
    pub fn assign(&mut self, positions: &[TopicPartitionOffset]) -> Result<(), KafkaError> {
        const OPERATION: &str = "take over assigned partitions";
        self.unpause_all()?;
        let list = self.list(positions)?;
        // SAFETY: client and list are alive; a returned error object is freed by `check_error`.
        unsafe {
            if ffi::is_cooperative(self.client.as_ptr()) {
                let error = sys::rd_kafka_incremental_assign(self.client.as_ptr(), list.as_ptr());
                check_error(OPERATION, error)?;
            } else {
                self.positions.clear();
                check(
                    OPERATION,
                    ffi::rd_kafka_assign(self.client.as_ptr(), list.as_ptr()),
                )?;
            }
        }
        for position in positions {
            self.positions.start(*position);
        }
        self.is_member = true;
        Ok(())
    }

    /// Gives partitions up: the answer to [`Polled::Revoked`] and [`Polled::Lost`].
    pub fn unassign(&mut self) -> Result<(), KafkaError> {
        const OPERATION: &str = "give up revoked partitions";
        self.unpause_all()?;
        let revoked = self.positions.take_revoked();
        // SAFETY: as in `assign`; a null list means all partitions.
        unsafe {
            if ffi::is_cooperative(self.client.as_ptr()) {
                let list = self.list(&revoked)?;
                let error = sys::rd_kafka_incremental_unassign(self.client.as_ptr(), list.as_ptr());
                check_error(OPERATION, error)?;
                self.is_member = !self.positions.is_empty();
            } else {
                self.positions.clear();
                let code = ffi::rd_kafka_assign(self.client.as_ptr(), std::ptr::null());
                check(OPERATION, code)?;
                self.is_member = false;
            }
        }
        Ok(())
    }

    /// Moves positions. Records read for an older position never come after it.
    ///
    /// # Errors
    /// Class `Retry` when a partition could not be moved within `wait`; its position is then
    /// neither the old nor the new one, and the seek must be repeated or the partition given up.
    pub fn seek(
        &mut self,
        positions: &[TopicPartitionOffset],
        wait: Duration,
    ) -> Result<(), KafkaError> {
        const OPERATION: &str = "seek";
        if positions.is_empty() {
            return Ok(());
        }
        let list = self.list(positions)?;
        self.waiting
            .retain(|polled| !matches!(polled, Polled::OutOfRange(_)));
        // SAFETY: client and list are alive; errors are freed by `check_error`. The call starts a
        // new version of each partition: what was fetched for an older one is discarded by the
        // next receive.
        unsafe {
            let error =
                sys::rd_kafka_seek_partitions(self.client.as_ptr(), list.as_ptr(), millis(wait));
            check_error(OPERATION, error)?;
        }
        let mut resting = Vec::new();
        for (entry, position) in list.entries().iter().zip(positions) {
            match entry.error {
                // Not fetched at the moment: its position was out of range, or it is starting.
                ErrorCode::STATE => resting.push(*position),
                code => check(OPERATION, code.number())
                    .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?,
            }
        }
        if !resting.is_empty() {
            self.assign_again(&resting)?;
        }
        for position in positions {
            self.positions.start(*position);
        }
        Ok(())
    }

    /// Starts assigned partitions anew at other positions.
    fn assign_again(&mut self, moved: &[TopicPartitionOffset]) -> Result<(), KafkaError> {
        const OPERATION: &str = "seek";
        for position in moved {
            self.positions.start(*position);
        }
        // SAFETY: as in `assign`.
        unsafe {
            let client = self.client.as_ptr();
            if ffi::is_cooperative(client) {
                let list = self.list(moved)?;
                let given_up = sys::rd_kafka_incremental_unassign(client, list.as_ptr());
                check_error(OPERATION, given_up)?;
                let taken = sys::rd_kafka_incremental_assign(client, list.as_ptr());
                check_error(OPERATION, taken)
            } else {
                // All of them, the others where they are: a new assignment replaces the old one.
                let list = self.list(&self.positions.all())?;
                check(OPERATION, ffi::rd_kafka_assign(client, list.as_ptr()))
            }
        }
    }
}

//! Altering groups that nobody is a member of, and adding partitions.

use std::ffi::c_char;

use rdkafka_sys as sys;

use super::request::{array, borrowed_error};
use super::topic_changes::first_failure;
use super::{Admin, CommittedOffset};
use crate::error::KafkaError;
use crate::ffi::{PartitionList, c_string, check};

impl Admin {
    /// Sets what a group has committed, as `kafka-consumer-groups --reset-offsets` does.
    ///
    /// # Errors
    /// The group has members, or a partition does not exist.
    pub fn set_offsets(&self, group: &str, offsets: &[CommittedOffset]) -> Result<(), KafkaError> {
        const OPERATION: &str = "set a group's offsets";
        let name = c_string(group)?;
        let mut wanted = PartitionList::with_capacity(offsets.len());
        for at in offsets {
            wanted.add(&at.topic, at.partition, at.offset)?;
        }
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            // SAFETY: all are alive; the request copies what is asked for.
            unsafe {
                let mut asked =
                    sys::rd_kafka_AlterConsumerGroupOffsets_new(name.as_ptr(), wanted.as_ptr());
                let (list, options) = (&raw mut asked, options.as_ptr());
                sys::rd_kafka_AlterConsumerGroupOffsets(client, list, 1, options, queue);
                sys::rd_kafka_AlterConsumerGroupOffsets_destroy(asked);
            }
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_AlterConsumerGroupOffsets_result(answer.event());
            let mut count = 0;
            let groups =
                sys::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &raw mut count);
            for group in array(groups, count) {
                borrowed_error(OPERATION, sys::rd_kafka_group_result_error(*group))?;
                for entry in PartitionList::read(sys::rd_kafka_group_result_partitions(*group)) {
                    check(OPERATION, entry.error.number())
                        .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?;
                }
            }
        }
        Ok(())
    }

    /// Removes a group and what it has committed.
    ///
    /// # Errors
    /// The group has members, or does not exist.
    pub fn delete_group(&self, group: &str) -> Result<(), KafkaError> {
        const OPERATION: &str = "delete a group";
        let name = c_string(group)?;
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETEGROUPS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            // SAFETY: all are alive; the request copies the name.
            unsafe {
                let mut asked = sys::rd_kafka_DeleteGroup_new(name.as_ptr());
                let (list, options) = (&raw mut asked, options.as_ptr());
                sys::rd_kafka_DeleteGroups(client, list, 1, options, queue);
                sys::rd_kafka_DeleteGroup_destroy(asked);
            }
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DeleteGroups_result(answer.event());
            let mut count = 0;
            let groups = sys::rd_kafka_DeleteGroups_result_groups(result, &raw mut count);
            for group in array(groups, count) {
                borrowed_error(OPERATION, sys::rd_kafka_group_result_error(*group))?;
            }
        }
        Ok(())
    }

    /// Raises the number of partitions of a topic.
    ///
    /// # Errors
    /// The topic does not exist, or has that many already.
    pub fn add_partitions(&self, topic: &str, total: usize) -> Result<(), KafkaError> {
        const OPERATION: &str = "add partitions";
        let name = c_string(topic)?;
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            let mut text = [0 as c_char; 128];
            // SAFETY: all are alive; the request copies what is asked for. A number that the
            // library does not take gives null, which it refuses in turn.
            unsafe {
                let mut asked = sys::rd_kafka_NewPartitions_new(
                    name.as_ptr(),
                    total,
                    text.as_mut_ptr(),
                    text.len(),
                );
                if asked.is_null() {
                    let message = format!("{total} is no number of partitions");
                    return Err(KafkaError::configuration(OPERATION, message));
                }
                let (list, options) = (&raw mut asked, options.as_ptr());
                sys::rd_kafka_CreatePartitions(client, list, 1, options, queue);
                sys::rd_kafka_NewPartitions_destroy(asked);
            }
            Ok(())
        })?;
        // SAFETY: the results belong to the answer.
        unsafe {
            let result = sys::rd_kafka_event_CreatePartitions_result(answer.event());
            let mut count = 0;
            let results = sys::rd_kafka_CreatePartitions_result_topics(result, &raw mut count);
            first_failure(OPERATION, array(results, count), &answer)
        }
    }
}

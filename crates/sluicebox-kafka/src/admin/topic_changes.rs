//! Making and removing topics.

use std::ffi::{CStr, c_char};
use std::time::Instant;

use rdkafka_sys as sys;

use super::Admin;
use super::request::{Answer, array, text};
use super::topics::NewTopic;
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, c_string};
use crate::limits;

impl Admin {
    /// Makes topics. Those that cannot be made are reported; the others are made.
    /// Returns when the brokers know them.
    ///
    /// # Errors
    /// The first failure: `TOPIC_ALREADY_EXISTS`, or `INVALID_REPLICATION_FACTOR` with the number
    /// of brokers when the cluster is too small.
    pub fn create_topics(&self, topics: &[NewTopic]) -> Result<(), KafkaError> {
        const OPERATION: &str = "create a topic";
        if topics.is_empty() {
            return Ok(());
        }
        let mut native = NewTopics(Vec::with_capacity(topics.len()));
        for topic in topics {
            native.add(topic)?;
        }
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            let (list, count) = (native.0.as_mut_ptr(), native.0.len());
            // SAFETY: all are alive; the request copies the topics.
            unsafe { sys::rd_kafka_CreateTopics(client, list, count, options.as_ptr(), queue) };
            Ok(())
        })?;
        // SAFETY: the results belong to the answer.
        let outcome = unsafe {
            let result = sys::rd_kafka_event_CreateTopics_result(answer.event());
            let mut count = 0;
            let results = sys::rd_kafka_CreateTopics_result_topics(result, &raw mut count);
            first_failure(OPERATION, array(results, count), &answer)
        };
        outcome.map_err(|error| self.explain_factor(error, topics))?;
        self.wait_for_leaders(topics);
        Ok(())
    }

    /// Waits until every new partition has a leader. The controller answers before the brokers
    /// know the topic, and whoever asks them in between is told that it does not exist.
    fn wait_for_leaders(&self, topics: &[NewTopic]) {
        let deadline = Instant::now() + self.timeout;
        for topic in topics {
            let ready = || {
                self.describe(&topic.name).is_ok_and(|found| {
                    found
                        .partitions
                        .iter()
                        .all(|partition| partition.leader.is_some())
                })
            };
            while !ready() && Instant::now() < deadline {
                std::thread::sleep(limits::LEADER_PAUSE);
            }
        }
    }

    /// Removes topics and all their records.
    ///
    /// # Errors
    /// The first failure, such as `UNKNOWN_TOPIC_OR_PARTITION`.
    pub fn delete_topics(&self, topics: &[&str]) -> Result<(), KafkaError> {
        const OPERATION: &str = "delete a topic";
        if topics.is_empty() {
            return Ok(());
        }
        let mut native = DeleteTopics(Vec::with_capacity(topics.len()));
        for topic in topics {
            let name = c_string(topic)?;
            // SAFETY: the name is copied; the object is freed by `DeleteTopics`.
            native
                .0
                .push(unsafe { sys::rd_kafka_DeleteTopic_new(name.as_ptr()) });
        }
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETETOPICS;
        let client = self.client.as_ptr();
        let answer = self.request(OPERATION, api, |options, queue| {
            let (list, count) = (native.0.as_mut_ptr(), native.0.len());
            // SAFETY: all are alive; the request copies the topics.
            unsafe { sys::rd_kafka_DeleteTopics(client, list, count, options.as_ptr(), queue) };
            Ok(())
        })?;
        // SAFETY: the results belong to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DeleteTopics_result(answer.event());
            let mut count = 0;
            let results = sys::rd_kafka_DeleteTopics_result_topics(result, &raw mut count);
            first_failure(OPERATION, array(results, count), &answer)
        }
    }

    /// Adds the size of the cluster to an error about a replication factor.
    fn explain_factor(&self, mut error: KafkaError, topics: &[NewTopic]) -> KafkaError {
        if error.code != ErrorCode::INVALID_REPLICATION_FACTOR {
            return error;
        }
        let asked = topics
            .iter()
            .find(|topic| Some(&topic.name) == error.topic.as_ref())
            .map_or(0, |topic| topic.replication_factor);
        if let Ok(cluster) = self.cluster() {
            let brokers = cluster.brokers.len();
            error.message = format!(
                "replication factor {asked} needs {asked} brokers, the cluster has {brokers}; add \
                 brokers, or accept less safety with --replication-factor {brokers}"
            );
        }
        error
    }
}

/// # Safety
/// The results belong to `_answer`.
pub(super) unsafe fn first_failure(
    operation: &'static str,
    results: &[*const sys::rd_kafka_topic_result_t],
    _answer: &Answer,
) -> Result<(), KafkaError> {
    for result in results {
        // SAFETY: promised by the caller.
        let (code, message, name) = unsafe {
            (
                ErrorCode::from_number(ffi::rd_kafka_topic_result_error(*result)),
                text(sys::rd_kafka_topic_result_error_string(*result)),
                text(sys::rd_kafka_topic_result_name(*result)),
            )
        };
        if code != ErrorCode::NONE {
            return Err(KafkaError::new(operation, code, message).at(&name, None));
        }
    }
    Ok(())
}

/// Topics to be made, freed when dropped.
struct NewTopics(Vec<*mut sys::rd_kafka_NewTopic_t>);

impl NewTopics {
    fn add(&mut self, topic: &NewTopic) -> Result<(), KafkaError> {
        let name = c_string(&topic.name)?;
        let mut message = [0 as c_char; 256];
        // SAFETY: name and buffer live through the call; the object is freed by `drop`.
        let native = unsafe {
            sys::rd_kafka_NewTopic_new(
                name.as_ptr(),
                topic.partitions,
                topic.replication_factor,
                message.as_mut_ptr(),
                message.len(),
            )
        };
        if native.is_null() {
            // SAFETY: the text ends with NUL within the buffer.
            let message = unsafe { CStr::from_ptr(message.as_ptr()) }.to_string_lossy();
            let error = KafkaError::configuration("create a topic", message.into_owned());
            return Err(error.at(&topic.name, None));
        }
        self.0.push(native);
        for (name, value) in &topic.configs {
            let (name, value) = (c_string(name)?, c_string(value)?);
            // SAFETY: the topic is ours; the strings are copied. Only null pointers fail.
            unsafe { sys::rd_kafka_NewTopic_set_config(native, name.as_ptr(), value.as_ptr()) };
        }
        Ok(())
    }
}

impl Drop for NewTopics {
    fn drop(&mut self) {
        for topic in &self.0 {
            // SAFETY: ours.
            unsafe { sys::rd_kafka_NewTopic_destroy(*topic) };
        }
    }
}

/// Topics to be removed, freed when dropped.
struct DeleteTopics(Vec<*mut sys::rd_kafka_DeleteTopic_t>);

impl Drop for DeleteTopics {
    fn drop(&mut self) {
        for topic in &self.0 {
            // SAFETY: ours.
            unsafe { sys::rd_kafka_DeleteTopic_destroy(*topic) };
        }
    }
}

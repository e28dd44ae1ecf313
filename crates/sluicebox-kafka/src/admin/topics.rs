//! Topics.

use std::ffi::c_char;
use std::time::Duration;

use rdkafka_sys as sys;

use super::Admin;
use super::request::{array, ask, borrowed_error, text};
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, c_string};

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicListing {
    /// The topic's name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: usize,
}

/// A topic in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// The topic's name.
    pub name: String,
    /// The id that tells the topic from an earlier one of the same name (KIP-516), base64; empty
    /// when the broker is too old to say.
    pub topic_id: String,
    /// Whether it is one of Kafka's own.
    pub internal: bool,
    /// The partitions, sorted.
    pub partitions: Vec<PartitionInfo>,
}

/// A partition and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionInfo {
    /// Which partition, from 0.
    pub partition: i32,
    /// Id of the leading broker, if there is one at the moment.
    pub leader: Option<i32>,
    /// Ids of the brokers that hold it.
    pub replicas: Vec<i32>,
    /// Ids of the brokers that are in sync.
    pub isr: Vec<i32>,
}

/// A topic to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// The topic's name.
    pub name: String,
    /// How many partitions, from 1.
    pub partitions: i32,
    /// On how many brokers each partition is kept, from 1.
    pub replication_factor: i32,
    /// Settings of the topic.
    pub configs: Vec<(String, String)>,
}

/// A setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The setting's name.
    pub name: String,
    /// Its value; `None` when it is secret.
    pub value: Option<String>,
    /// Whether it was not set for this topic.
    pub is_default: bool,
}

impl Admin {
    /// All topics, sorted by name.
    pub fn topics(&self) -> Result<Vec<TopicListing>, KafkaError> {
        let mut found = std::ptr::null();
        // SAFETY: the client is alive; the metadata is freed after it is copied.
        unsafe {
            let code = ffi::rd_kafka_metadata(
                self.client.as_ptr(),
                1,
                std::ptr::null_mut(),
                &raw mut found,
                ffi::millis(self.timeout),
            );
            ffi::check("list topics", code)?;
            let metadata = &*found;
            let count = usize::try_from(metadata.topic_cnt).unwrap_or(0);
            let mut topics: Vec<TopicListing> = (0..count)
                .map(|index| {
                    let topic = metadata.topics.add(index);
                    TopicListing {
                        name: text((*topic).topic),
                        partitions: usize::try_from((*topic).partition_cnt).unwrap_or(0),
                    }
                })
                .collect();
            sys::rd_kafka_metadata_destroy(found);
            topics.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(topics)
        }
    }

    /// Describes a topic.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` when there is none of that name.
    pub fn describe(&self, topic: &str) -> Result<TopicDescription, KafkaError> {
        describe(&self.client, topic, self.timeout)
    }

    /// The settings of a topic, sorted by name.
    pub fn configs(&self, topic: &str) -> Result<Vec<ConfigEntry>, KafkaError> {
        const OPERATION: &str = "read a topic's settings";
        let name = c_string(topic)?;
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
        let client = self.client.as_ptr();
        let answer = self
            .ask(OPERATION, api, |options, queue| {
                let kind = sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
                // SAFETY: all are alive; the request copies the resource.
                unsafe {
                    let mut resource = sys::rd_kafka_ConfigResource_new(kind, name.as_ptr());
                    sys::rd_kafka_DescribeConfigs(
                        client,
                        &raw mut resource,
                        1,
                        options.as_ptr(),
                        queue,
                    );
                    sys::rd_kafka_ConfigResource_destroy(resource);
                }
                Ok(())
            })
            .map_err(|error| error.at(topic, None))?;
        let mut entries = Vec::new();
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DescribeConfigs_result(answer.event());
            let mut count = 0;
            let resources = sys::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count);
            for resource in array(resources, count) {
                ffi::check(OPERATION, ffi::rd_kafka_ConfigResource_error(*resource))
                    .map_err(|error| error.at(topic, None))?;
                let mut count = 0;
                let configs = sys::rd_kafka_ConfigResource_configs(*resource, &raw mut count);
                entries.extend(
                    array(configs, count)
                        .iter()
                        .map(|entry| config_entry(*entry)),
                );
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}

/// Describes a topic, with any client.
pub(crate) fn describe(
    client: &Handle,
    topic: &str,
    timeout: Duration,
) -> Result<TopicDescription, KafkaError> {
    const OPERATION: &str = "describe a topic";
    let name = c_string(topic)?;
    let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
    let answer = ask(client, OPERATION, api, timeout, |options, queue| {
        let mut names: [*const c_char; 1] = [name.as_ptr()];
        // SAFETY: all are alive; the collection copies the names and the request the collection.
        unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1);
            sys::rd_kafka_DescribeTopics(client.as_ptr(), topics, options.as_ptr(), queue);
            sys::rd_kafka_TopicCollection_destroy(topics);
        }
        Ok(())
    })
    .map_err(|error| error.at(topic, None))?;
    // SAFETY: everything read belongs to the answer.
    unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(answer.event());
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        let Some(found) = array(topics, count).first() else {
            return Err(KafkaError::new(
                OPERATION,
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                "the broker left it out of its answer",
            )
            .at(topic, None));
        };
        borrowed_error(OPERATION, sys::rd_kafka_TopicDescription_error(*found))
            .map_err(|error| error.at(topic, None))?;
        Ok(description(*found))
    }
}

/// # Safety
/// `entry` is a valid entry.
unsafe fn config_entry(entry: *const sys::rd_kafka_ConfigEntry_t) -> ConfigEntry {
    // SAFETY: promised by the caller.
    unsafe {
        let value = sys::rd_kafka_ConfigEntry_value(entry);
        ConfigEntry {
            name: text(sys::rd_kafka_ConfigEntry_name(entry)),
            value: (!value.is_null()).then(|| text(value)),
            is_default: sys::rd_kafka_ConfigEntry_is_default(entry) != 0,
        }
    }
}

/// # Safety
/// `topic` is a valid description.
unsafe fn description(topic: *const sys::rd_kafka_TopicDescription_t) -> TopicDescription {
    // SAFETY: promised by the caller.
    unsafe {
        let id = sys::rd_kafka_TopicDescription_topic_id(topic);
        let mut count = 0;
        let partitions = sys::rd_kafka_TopicDescription_partitions(topic, &raw mut count);
        let mut partitions: Vec<PartitionInfo> = array(partitions, count)
            .iter()
            .map(|partition| partition_info(*partition))
            .collect();
        partitions.sort_by_key(|partition| partition.partition);
        TopicDescription {
            name: text(sys::rd_kafka_TopicDescription_name(topic)),
            topic_id: if id.is_null() {
                String::new()
            } else {
                // Kafka's own tools write ids in the URL-safe alphabet.
                text(sys::rd_kafka_Uuid_base64str(id))
                    .replace('+', "-")
                    .replace('/', "_")
            },
            internal: sys::rd_kafka_TopicDescription_is_internal(topic) != 0,
            partitions,
        }
    }
}

/// # Safety
/// `partition` is valid.
unsafe fn partition_info(partition: *const sys::rd_kafka_TopicPartitionInfo_t) -> PartitionInfo {
    // SAFETY: promised by the caller.
    unsafe {
        let ids = |nodes: &[*const sys::rd_kafka_Node_t]| {
            nodes
                .iter()
                .map(|node| sys::rd_kafka_Node_id(*node))
                .collect()
        };
        let leader = sys::rd_kafka_TopicPartitionInfo_leader(partition);
        let (mut replicas, mut in_sync) = (0, 0);
        let replica_nodes = sys::rd_kafka_TopicPartitionInfo_replicas(partition, &raw mut replicas);
        let in_sync_nodes = sys::rd_kafka_TopicPartitionInfo_isr(partition, &raw mut in_sync);
        PartitionInfo {
            partition: sys::rd_kafka_TopicPartitionInfo_partition(partition),
            leader: (!leader.is_null()).then(|| sys::rd_kafka_Node_id(leader)),
            replicas: ids(array(replica_nodes, replicas)),
            isr: ids(array(in_sync_nodes, in_sync)),
        }
    }
}

//! One file per request, named by its API key. Each begins with the versions it speaks (bound by
//! the table in `dispatch`) and how it behaves.

#![allow(
    clippy::unused_async,
    reason = "the table of `dispatch` wants one shape of all, whether they wait or not"
)]

pub(crate) mod k00_produce;
pub(crate) mod k01_fetch;
pub(crate) mod k02_list_offsets;
pub(crate) mod k03_metadata;
pub(crate) mod k08_offset_commit;
pub(crate) mod k09_offset_fetch;
pub(crate) mod k10_find_coordinator;
pub(crate) mod k11_join_group;
pub(crate) mod k12_heartbeat;
pub(crate) mod k13_leave_group;
pub(crate) mod k14_sync_group;
pub(crate) mod k15_describe_groups;
pub(crate) mod k16_list_groups;
pub(crate) mod k17_sasl_handshake;
pub(crate) mod k18_api_versions;
pub(crate) mod k19_create_topics;
pub(crate) mod k20_delete_topics;
pub(crate) mod k21_delete_records;
pub(crate) mod k22_init_producer_id;
pub(crate) mod k23_offset_for_leader_epoch;
pub(crate) mod k24_add_partitions_to_txn;
pub(crate) mod k25_add_offsets_to_txn;
pub(crate) mod k26_end_txn;
pub(crate) mod k28_txn_offset_commit;
pub(crate) mod k32_describe_configs;
pub(crate) mod k33_alter_configs;
pub(crate) mod k35_describe_log_dirs;
pub(crate) mod k37_create_partitions;
pub(crate) mod k42_delete_groups;
pub(crate) mod k44_incremental_alter_configs;
pub(crate) mod k47_offset_delete;
pub(crate) mod k60_describe_cluster;
pub(crate) mod k61_describe_producers;
pub(crate) mod k65_describe_transactions;
pub(crate) mod k66_list_transactions;
mod offsets;

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::TopicName;
use kafka_protocol::protocol::StrBytes;

use crate::log::PartitionLog;
use crate::shared::Shared;
use crate::topics::TopicError;

/// A string as the protocol wants it.
pub(crate) fn text(value: impl Into<String>) -> StrBytes {
    StrBytes::from_string(value.into())
}

/// A topic's name as the protocol wants it.
pub(crate) fn topic_name(value: &str) -> TopicName {
    TopicName(text(value))
}

/// The partition's log, or the code for a client that asks for one that is not there.
pub(crate) fn partition(
    shared: &Shared,
    topic: &str,
    index: i32,
) -> Result<Arc<PartitionLog>, ResponseError> {
    let topic = shared
        .topics
        .by_name(topic)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    topic
        .partition(index)
        .ok_or(ResponseError::UnknownTopicOrPartition)
}

/// Code and message of an outcome: 0 and none when it went well.
pub(crate) fn outcome<T>(result: &Result<T, TopicError>) -> (i16, Option<StrBytes>) {
    match result {
        Ok(_) => (0, None),
        Err(error) => (error.code().code(), Some(text(error.to_string()))),
    }
}

/// The error code of an answer, 0 when it is fine.
fn code_of(answer: Result<(), ResponseError>) -> i16 {
    answer.err().map_or(0, |code| code.code())
}

/// As [`code_of`], for transactional requests, of which older versions know `PRODUCER_FENCED` by
/// the name `INVALID_PRODUCER_EPOCH` (KIP-360, KIP-588).
fn transaction_code(answer: Result<(), ResponseError>, knows_fenced: bool) -> i16 {
    match answer {
        Err(ResponseError::ProducerFenced) if !knows_fenced => {
            ResponseError::InvalidProducerEpoch.code()
        }
        answer => code_of(answer),
    }
}

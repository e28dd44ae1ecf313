//! One file per request, named by its API key. Each begins with the versions it speaks (bound by
//! the table in `dispatch`) and how it behaves.

pub(crate) mod k08_offset_commit;
pub(crate) mod k09_offset_fetch;
pub(crate) mod k10_find_coordinator;
pub(crate) mod k11_join_group;
pub(crate) mod k12_heartbeat;
pub(crate) mod k13_leave_group;
pub(crate) mod k14_sync_group;
pub(crate) mod k15_describe_groups;
pub(crate) mod k16_list_groups;
pub(crate) mod k18_api_versions;
pub(crate) mod k22_init_producer_id;
pub(crate) mod k24_add_partitions_to_txn;
pub(crate) mod k25_add_offsets_to_txn;
pub(crate) mod k26_end_txn;
pub(crate) mod k28_txn_offset_commit;
pub(crate) mod k42_delete_groups;
pub(crate) mod k47_offset_delete;
pub(crate) mod k65_describe_transactions;
pub(crate) mod k66_list_transactions;
mod offsets;

use kafka_protocol::ResponseError;

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

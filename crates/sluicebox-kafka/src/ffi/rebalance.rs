//! Rebalances: announced by librdkafka, noted for the application to answer.

use std::ffi::{CStr, c_void};

use rdkafka_sys as sys;

use super::context::{Context, Rebalance, RebalanceKind};
use super::partitions::PartitionList;
use super::raw;

/// Called by librdkafka while a queue is served or a consumer is closed.
///
/// # Safety
/// `rk` was made by [`Handle::new`]; `partitions` is a valid list for the length of the call.
pub(super) unsafe extern "C" fn on_rebalance(
    rk: *mut sys::rd_kafka_t,
    error: sys::rd_kafka_resp_err_t,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    _opaque: *mut c_void,
) {
    // SAFETY: promised by librdkafka.
    let (context, entries) = unsafe { (Context::of(rk), PartitionList::read(partitions)) };
    let Some(context) = context else { return };
    let assigned = error == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if context.is_closing() {
        if !assigned {
            // SAFETY: the client is alive: it is calling us.
            unsafe { answer_revocation(rk, partitions) };
        }
        return;
    }
    // SAFETY: as above.
    let lost = unsafe { sys::rd_kafka_assignment_lost(rk) } != 0;
    let kind = match (assigned, lost) {
        (true, _) => RebalanceKind::Assigned,
        (false, false) => RebalanceKind::Revoked,
        (false, true) => RebalanceKind::Lost,
    };
    context.announce(Rebalance {
        kind,
        partitions: entries,
    });
}

/// Gives partitions back in the way that the group's protocol asks for (librdkafka #3306).
///
/// # Safety
/// `rk` is alive and `partitions` a valid list.
unsafe fn answer_revocation(
    rk: *mut sys::rd_kafka_t,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
) {
    // SAFETY: promised by the caller; the returned error object is ours to free.
    unsafe {
        if is_cooperative(rk) {
            let error = sys::rd_kafka_incremental_unassign(rk, partitions);
            if !error.is_null() {
                sys::rd_kafka_error_destroy(error);
            }
        } else {
            raw::rd_kafka_assign(rk, std::ptr::null());
        }
    }
}

/// Whether the group rebalances incrementally.
///
/// # Safety
/// `rk` is alive.
pub(crate) unsafe fn is_cooperative(rk: *mut sys::rd_kafka_t) -> bool {
    // SAFETY: returns null or a static string.
    unsafe {
        let protocol = sys::rd_kafka_rebalance_protocol(rk);
        !protocol.is_null() && CStr::from_ptr(protocol).to_bytes() == b"COOPERATIVE"
    }
}

//! Whether a request that changes a transaction was left unanswered.
//!
//! When a connection breaks or a request times out, librdkafka repeats such requests without a word
//! to the application, for as long as it takes, and says nothing of it when the second one succeeds.
//! The first one may still be on its way, and may end or move on the *next* transaction of the same
//! producer epoch (KAFKA-17754). So an interceptor looks at how each of them ends.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::Ordering;

use rdkafka_sys as sys;

use super::context::Context;
use super::raw;

/// `AddPartitionsToTxn`, `AddOffsetsToTxn`, `EndTxn`, `TxnOffsetCommit`. Records are told apart by
/// their sequence numbers; a late `InitProducerId` moves the epoch on, which is safe.
const CHANGES_A_TRANSACTION: [i16; 4] = [24, 25, 26, 28];

const NAME: &std::ffi::CStr = c"unanswered";

/// Has the client that is made from this configuration note unanswered requests in its context.
///
/// # Safety
/// The configuration is alive, and its opaque becomes a [`Context`] that outlives the client.
pub(super) unsafe fn watch(conf: *mut sys::rd_kafka_conf_t) {
    // SAFETY: promised by the caller. It fails only for a name that is there already.
    unsafe {
        sys::rd_kafka_conf_interceptor_add_on_new(
            conf,
            NAME.as_ptr(),
            Some(on_new),
            std::ptr::null_mut(),
        );
    }
}

/// # Safety
/// Called by librdkafka while it makes the client.
unsafe extern "C" fn on_new(
    rk: *mut sys::rd_kafka_t,
    _conf: *const sys::rd_kafka_conf_t,
    _opaque: *mut c_void,
    _text: *mut c_char,
    _text_size: usize,
) -> sys::rd_kafka_resp_err_t {
    let nothing = std::ptr::null_mut();
    // SAFETY: the client is being made, which is when interceptors may be added.
    unsafe {
        raw::rd_kafka_interceptor_add_on_response_received(rk, NAME.as_ptr(), on_end, nothing);
    }
    sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
}

/// # Safety
/// Called by librdkafka for every request that ends, with or without an answer, before anybody who
/// waits for it is told; for some of them twice.
unsafe extern "C" fn on_end(
    rk: *mut sys::rd_kafka_t,
    _socket: c_int,
    _broker: *const c_char,
    _broker_id: i32,
    api_key: i16,
    _version: i16,
    _correlation_id: i32,
    _size: usize,
    _round_trip: i64,
    error: i32,
    _opaque: *mut c_void,
) -> i32 {
    // An error here is one of the way to the broker and back; the broker's own is in the answer.
    // Whether the request had left already is not told: to assume it costs a new producer at most.
    if error != 0 && CHANGES_A_TRANSACTION.contains(&api_key) {
        // SAFETY: the client is alive: it is calling us.
        if let Some(context) = unsafe { Context::of(rk) } {
            context.unanswered().store(true, Ordering::Release);
        }
    }
    0
}

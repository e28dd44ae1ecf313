//! Records that the client library calls acknowledged, and of which no broker said where they are.
//!
//! It takes the acknowledgement of a batch for one of all batches of the partition before it: that is so
//! for brokers that know the producer, and refuse what is out of order. One that does not know it takes
//! any sequence number for its first. Where such a one refuses a batch and takes the next, which was on
//! its way already, the first is nowhere, and called acknowledged. Only its offset, which nobody
//! has given, tells.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::Ordering;

use rdkafka_sys as sys;

use super::context::Context;

const NAME: &CStr = c"unplaced";
const DONE: sys::rd_kafka_resp_err_t = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;

/// Has the client that is made from this configuration count such records in its context.
///
/// # Safety
/// The configuration is alive, and its opaque becomes a [`Context`] that outlives the client.
pub(crate) unsafe fn count(conf: *mut sys::rd_kafka_conf_t) {
    let nothing = std::ptr::null_mut();
    // SAFETY: promised by the caller. It fails only for a name that is there already.
    unsafe {
        sys::rd_kafka_conf_interceptor_add_on_new(conf, NAME.as_ptr(), Some(on_new), nothing);
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
        sys::rd_kafka_interceptor_add_on_acknowledgement(
            rk,
            NAME.as_ptr(),
            Some(on_acknowledgement),
            nothing,
        );
    }
    DONE
}

/// # Safety
/// Called by librdkafka for every record, before anybody who waits for it is told.
unsafe extern "C" fn on_acknowledgement(
    rk: *mut sys::rd_kafka_t,
    record: *mut sys::rd_kafka_message_t,
    _opaque: *mut c_void,
) -> sys::rd_kafka_resp_err_t {
    // SAFETY: the record is alive; its error is read as a plain number.
    let (error, offset) = unsafe {
        (
            (&raw const (*record).err).cast::<i32>().read(),
            (*record).offset,
        )
    };
    if error == 0 && offset < 0 {
        // SAFETY: the client is alive: it is calling us.
        if let Some(context) = unsafe { Context::of(rk) } {
            context.unplaced().fetch_add(1, Ordering::AcqRel);
        }
    }
    DONE
}

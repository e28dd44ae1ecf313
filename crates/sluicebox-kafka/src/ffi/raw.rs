//! librdkafka functions that return an error code, declared to return it as a plain number.
//!
//! The generated bindings return a Rust enum. A broker may answer with a code that is younger than
//! the bindings, and a Rust enum with a number it lacks is undefined behaviour.
#![allow(
    clashing_extern_declarations,
    reason = "the bindings' enum is repr(i32): the ABI is the same"
)]

use std::ffi::{c_char, c_int, c_void};

use rdkafka_sys as sys;

/// `rd_kafka_interceptor_f_on_response_received_t` with its error as a number.
pub(crate) type OnRequestEnd = unsafe extern "C" fn(
    rk: *mut sys::rd_kafka_t,
    socket: c_int,
    broker: *const c_char,
    broker_id: i32,
    api_key: i16,
    version: i16,
    correlation_id: i32,
    size: usize,
    round_trip: i64,
    error: i32,
    opaque: *mut c_void,
) -> i32;

unsafe extern "C" {
    pub(crate) fn rd_kafka_interceptor_add_on_response_received(
        rk: *mut sys::rd_kafka_t,
        name: *const c_char,
        on_end: OnRequestEnd,
        opaque: *mut c_void,
    ) -> i32;
    pub(crate) fn rd_kafka_oauthbearer_set_token(
        rk: *mut sys::rd_kafka_t,
        token: *const c_char,
        expires_ms: i64,
        principal: *const c_char,
        extensions: *mut *const c_char,
        extensions_size: usize,
        text: *mut c_char,
        text_size: usize,
    ) -> i32;
    pub(crate) fn rd_kafka_error_code(error: *const sys::rd_kafka_error_t) -> i32;
    pub(crate) fn rd_kafka_fatal_error(
        rk: *mut sys::rd_kafka_t,
        text: *mut c_char,
        text_size: usize,
    ) -> i32;
    pub(crate) fn rd_kafka_subscribe(
        rk: *mut sys::rd_kafka_t,
        topics: *const sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    pub(crate) fn rd_kafka_assign(
        rk: *mut sys::rd_kafka_t,
        partitions: *const sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    pub(crate) fn rd_kafka_consumer_close(rk: *mut sys::rd_kafka_t) -> i32;
    pub(crate) fn rd_kafka_commit(
        rk: *mut sys::rd_kafka_t,
        offsets: *const sys::rd_kafka_topic_partition_list_t,
        asynchronous: c_int,
    ) -> i32;
    pub(crate) fn rd_kafka_committed(
        rk: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> i32;
    pub(crate) fn rd_kafka_pause_partitions(
        rk: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    pub(crate) fn rd_kafka_resume_partitions(
        rk: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    pub(crate) fn rd_kafka_flush(rk: *mut sys::rd_kafka_t, timeout_ms: c_int) -> i32;
    pub(crate) fn rd_kafka_event_error(event: *mut sys::rd_kafka_event_t) -> i32;
    pub(crate) fn rd_kafka_topic_result_error(result: *const sys::rd_kafka_topic_result_t) -> i32;
    pub(crate) fn rd_kafka_ConfigResource_error(
        resource: *const sys::rd_kafka_ConfigResource_t,
    ) -> i32;
    pub(crate) fn rd_kafka_message_headers(
        message: *const sys::rd_kafka_message_t,
        headers: *mut *mut sys::rd_kafka_headers_t,
    ) -> i32;
    pub(crate) fn rd_kafka_header_get_all(
        headers: *const sys::rd_kafka_headers_t,
        index: usize,
        name: *mut *const c_char,
        value: *mut *const c_void,
        size: *mut usize,
    ) -> i32;
    pub(crate) fn rd_kafka_last_error() -> i32;
    pub(crate) fn rd_kafka_metadata(
        rk: *mut sys::rd_kafka_t,
        all_topics: c_int,
        only: *mut sys::rd_kafka_topic_t,
        metadata: *mut *const sys::rd_kafka_metadata,
        timeout_ms: c_int,
    ) -> i32;
}

//! From librdkafka's two ways of reporting errors to [`KafkaError`].

use std::ffi::CStr;

use rdkafka_sys as sys;

use super::raw;
use crate::error::KafkaError;
use crate::error_code::ErrorCode;

/// Turns a returned code into a result; the message is the code's own sentence.
pub(crate) fn check(operation: &'static str, number: i32) -> Result<(), KafkaError> {
    let code = ErrorCode::from_number(number);
    if code == ErrorCode::NONE {
        return Ok(());
    }
    Err(KafkaError::new(operation, code, code.description()))
}

/// Turns an error object into a result, and frees it. The flag says whether the transaction must
/// be aborted for it.
///
/// # Safety
/// `error` is null or an error object that the caller owns; it is freed here.
pub(crate) unsafe fn take_error(
    operation: &'static str,
    error: *mut sys::rd_kafka_error_t,
) -> Result<(), (KafkaError, bool)> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, owned by us, and read before it is freed.
    let (number, text, requires_abort) = unsafe {
        let text = CStr::from_ptr(sys::rd_kafka_error_string(error))
            .to_string_lossy()
            .into_owned();
        let number = raw::rd_kafka_error_code(error);
        let requires_abort = sys::rd_kafka_error_txn_requires_abort(error) != 0;
        sys::rd_kafka_error_destroy(error);
        (number, text, requires_abort)
    };
    Err((
        KafkaError::new(operation, ErrorCode::from_number(number), text),
        requires_abort,
    ))
}

/// Like [`take_error`] for calls outside transactions.
///
/// # Safety
/// `error` is null or an error object that the caller owns; it is freed here.
pub(crate) unsafe fn check_error(
    operation: &'static str,
    error: *mut sys::rd_kafka_error_t,
) -> Result<(), KafkaError> {
    // SAFETY: passed on.
    unsafe { take_error(operation, error) }.map_err(|(error, _)| error)
}

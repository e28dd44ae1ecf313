//! librdkafka's log lines go through `tracing`, repeats summarised.

use std::ffi::{CStr, c_char, c_int};
use std::time::Instant;

use rdkafka_sys as sys;

use super::handle::Context;
use super::troubles::split_line;

/// syslog levels, as librdkafka uses them.
const LEVEL_WARNING: c_int = 4;
const LEVEL_NOTICE: c_int = 5;

/// Called by librdkafka from any of its threads.
///
/// # Safety
/// `rk` is a client whose opaque is a [`Context`] that outlives it; the strings are NUL-terminated.
pub(crate) unsafe extern "C" fn on_log(
    rk: *const sys::rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    text: *const c_char,
) {
    // SAFETY: promised by the caller, librdkafka; a null client means a line without an instance.
    let (context, facility, text) = unsafe {
        let context = if rk.is_null() { None } else { Context::of(rk) };
        (
            context,
            CStr::from_ptr(facility).to_string_lossy(),
            CStr::from_ptr(text).to_string_lossy(),
        )
    };
    let Some(context) = context else {
        tracing::debug!(target: "librdkafka", %facility, "{text}");
        return;
    };
    let client = context.client_id();
    if level > LEVEL_NOTICE && facility != "FAIL" {
        tracing::debug!(target: "librdkafka", client, %facility, "{text}");
        return;
    }
    let (subject, reason) = split_line(&text);
    let due = context.troubles().note(subject, reason, Instant::now());
    let Some(repeats) = due else { return };
    let repeats = (repeats > 0).then_some(repeats);
    match level {
        // Not an error of ours: librdkafka goes on trying, and what fails for good is returned.
        ..=LEVEL_WARNING => {
            tracing::warn!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
        LEVEL_NOTICE => {
            tracing::info!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
        // A connection that the broker closed, idle or at its end.
        _ => {
            tracing::debug!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
    }
}

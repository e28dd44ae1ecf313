//! One administrative request and its answer.

use std::ffi::{CStr, c_char};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::Admin;
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, millis};

/// How much longer than the request itself its answer is waited for.
const GRACE: Duration = Duration::from_millis(500);
/// How long librdkafka may keep a request for a group's coordinator: as long as it allows.
///
/// A request that it gives up by itself before it has found the coordinator is not gone: when a broker is
/// back it is sent after all, and what it was is freed twice, which aborts the process (librdkafka 2.12.1,
/// `rd_kafka_admin_coord_request`; its issue 4605). So we give such a request up first, and have the
/// client replaced ([`Admin::is_spent`]), with which it ends in good order.
const COORDINATOR_KEEP: Duration = Duration::from_hours(1);
/// Pause before another broker is asked.
const DROPPED_PAUSE: Duration = Duration::from_millis(50);

/// The answer to a request; what is read from it lives as long as it does.
pub(super) struct Answer(*mut sys::rd_kafka_event_t);

impl Answer {
    pub(super) fn event(&self) -> *mut sys::rd_kafka_event_t {
        self.0
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_event_destroy(self.0) };
    }
}

/// Options of a request, freed when dropped.
pub(super) struct Options(*mut sys::rd_kafka_AdminOptions_t);

impl Options {
    fn new(client: &Handle, api: sys::rd_kafka_admin_op_t, timeout: Duration) -> Self {
        let timeout = if asks_coordinator(api) {
            COORDINATOR_KEEP
        } else {
            timeout
        };
        let mut text = [0 as c_char; 128];
        // SAFETY: the client is alive; the options are ours. A timeout that the library finds too
        // long or short is left at its default, which the wait for the answer bounds anyway.
        unsafe {
            let options = sys::rd_kafka_AdminOptions_new(client.as_ptr(), api);
            sys::rd_kafka_AdminOptions_set_request_timeout(
                options,
                millis(timeout),
                text.as_mut_ptr(),
                text.len(),
            );
            Self(options)
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_AdminOptions_t {
        self.0
    }

    /// Has the brokers say what the present user may do. Old ones ignore it.
    pub(super) fn include_rights(&self) {
        // SAFETY: the options are ours; the error object, of a request without them, is freed.
        unsafe {
            let error = sys::rd_kafka_AdminOptions_set_include_authorized_operations(self.0, 1);
            if !error.is_null() {
                sys::rd_kafka_error_destroy(error);
            }
        }
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_AdminOptions_destroy(self.0) };
    }
}

/// Whether a request is for the coordinator of a group.
fn asks_coordinator(api: sys::rd_kafka_admin_op_t) -> bool {
    use sys::rd_kafka_admin_op_t as Api;
    matches!(
        api,
        Api::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS
            | Api::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS
            | Api::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS
            | Api::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS
            | Api::RD_KAFKA_ADMIN_OP_DELETEGROUPS
    )
}

impl Admin {
    /// Whether a request for a group was given up here, which the client library still has. Whoever keeps a
    /// client for long replaces one that is.
    pub fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// [`ask`] with this client and its timeout.
    pub(super) fn ask(
        &self,
        operation: &'static str,
        api: sys::rd_kafka_admin_op_t,
        send: impl FnMut(&Options, *mut sys::rd_kafka_queue_t) -> Result<(), KafkaError>,
    ) -> Result<Answer, KafkaError> {
        let asked = ask(&self.client, operation, api, self.timeout, send);
        asked.inspect_err(|error| self.note(api, error))
    }

    /// [`request`] with this client and its timeout.
    pub(super) fn request(
        &self,
        operation: &'static str,
        api: sys::rd_kafka_admin_op_t,
        send: impl FnOnce(&Options, *mut sys::rd_kafka_queue_t) -> Result<(), KafkaError>,
    ) -> Result<Answer, KafkaError> {
        let asked = request(&self.client, operation, api, self.timeout, send);
        asked.inspect_err(|error| self.note(api, error))
    }

    fn note(&self, api: sys::rd_kafka_admin_op_t, error: &KafkaError) {
        if asks_coordinator(api) && error.code == ErrorCode::TIMED_OUT {
            self.spent.store(true, Ordering::Relaxed);
        }
    }
}

/// [`request`] for what only reads: made again, within `timeout`, when the client itself has dropped
/// the broker that it had asked.
pub(super) fn ask(
    client: &Handle,
    operation: &'static str,
    api: sys::rd_kafka_admin_op_t,
    timeout: Duration,
    mut send: impl FnMut(&Options, *mut sys::rd_kafka_queue_t) -> Result<(), KafkaError>,
) -> Result<Answer, KafkaError> {
    until_not_dropped(timeout, |left| {
        request(client, operation, api, left, &mut send)
    })
}

/// Repeats `request`, which gets the time that is left, while it fails with `DESTROY_BROKER`.
///
/// librdkafka drops brokers that the cluster no longer names, with what they have been asked. Of a
/// cluster that starts again the first broker names few others, so this hits whoever asks early; the
/// next broker answers. A request that changes something may have done so, and is not made again.
fn until_not_dropped<T>(
    timeout: Duration,
    mut request: impl FnMut(Duration) -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match request(left) {
            Err(error) if error.code == ErrorCode::DESTROY_BROKER && left > DROPPED_PAUSE => {
                std::thread::sleep(DROPPED_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

/// Makes a request with `send` and waits for its answer.
pub(super) fn request(
    client: &Handle,
    operation: &'static str,
    api: sys::rd_kafka_admin_op_t,
    timeout: Duration,
    send: impl FnOnce(&Options, *mut sys::rd_kafka_queue_t) -> Result<(), KafkaError>,
) -> Result<Answer, KafkaError> {
    let options = Options::new(client, api, timeout);
    // SAFETY: the client is alive; the queue is ours and freed below, whatever comes.
    let queue = unsafe { sys::rd_kafka_queue_new(client.as_ptr()) };
    let outcome = send(&options, queue);
    // SAFETY: as above; the event, if any, is owned by `Answer`.
    let event = unsafe {
        let event = if outcome.is_ok() {
            sys::rd_kafka_queue_poll(queue, millis(timeout + GRACE))
        } else {
            std::ptr::null_mut()
        };
        sys::rd_kafka_queue_destroy(queue);
        event
    };
    outcome?;
    if event.is_null() {
        let tried = client.context().troubles().summary();
        return Err(KafkaError::new(
            operation,
            ErrorCode::TIMED_OUT,
            format!("no answer within {timeout:?}; {tried}"),
        ));
    }
    let answer = Answer(event);
    // SAFETY: the event is alive; its text is NUL-terminated.
    let (code, message) = unsafe {
        let code = ErrorCode::from_number(ffi::rd_kafka_event_error(event));
        (code, text(sys::rd_kafka_event_error_string(event)))
    };
    if code == ErrorCode::NONE {
        return Ok(answer);
    }
    let tried = client.context().troubles().summary();
    let tried = if tried.is_empty() {
        String::new()
    } else {
        format!(" ({tried})")
    };
    Err(KafkaError::new(
        operation,
        code,
        format!("{message}{tried}"),
    ))
}

/// A copy of a C string; empty when it is null.
///
/// # Safety
/// `text` is null or NUL-terminated.
pub(super) unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// A slice of a C array of pointers; empty when it is null.
///
/// # Safety
/// `start` is null or points to `count` pointers that live for `'a`.
pub(super) unsafe fn array<'a, T>(start: *mut *const T, count: usize) -> &'a [*const T] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(start, count) }
}

/// Turns an error that belongs to an answer (and is not to be freed) into a result.
///
/// # Safety
/// `error` is null or a valid error object.
pub(super) unsafe fn borrowed_error(
    operation: &'static str,
    error: *const sys::rd_kafka_error_t,
) -> Result<(), KafkaError> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: promised by the caller.
    let (code, message) = unsafe {
        (
            ffi::rd_kafka_error_code(error),
            text(sys::rd_kafka_error_string(error)),
        )
    };
    match ErrorCode::from_number(code) {
        ErrorCode::NONE => Ok(()),
        code => Err(KafkaError::new(operation, code, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: ErrorCode) -> KafkaError {
        KafkaError::new("describe a topic", code, "broker handle destroyed")
    }

    #[test]
    fn what_a_dropped_broker_was_asked_is_asked_again() {
        let mut asked = 0;
        let answer = until_not_dropped(Duration::from_secs(10), |_| {
            asked += 1;
            if asked < 3 {
                return Err(failure(ErrorCode::DESTROY_BROKER));
            }
            Ok(asked)
        });
        assert_eq!(answer, Ok(3));
    }

    #[test]
    fn other_failures_are_reported_at_once() {
        let mut asked = 0;
        let answer = until_not_dropped::<()>(Duration::from_secs(10), |_| {
            asked += 1;
            Err(failure(ErrorCode::TIMED_OUT))
        });
        assert_eq!(answer, Err(failure(ErrorCode::TIMED_OUT)));
        assert_eq!(asked, 1);
    }

    #[test]
    fn a_broker_that_is_always_dropped_is_reported_in_time() {
        let began = Instant::now();
        let answer = until_not_dropped::<()>(Duration::from_millis(120), |left| {
            assert!(left <= Duration::from_millis(120));
            Err(failure(ErrorCode::DESTROY_BROKER))
        });
        assert_eq!(answer, Err(failure(ErrorCode::DESTROY_BROKER)));
        assert!(began.elapsed() >= Duration::from_millis(50), "it paused");
    }
}

//! The token of `OAUTHBEARER`: given to the client when it asks, read anew each time.

use std::ffi::{CString, c_char, c_int, c_void};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rdkafka_sys as sys;

use super::context::Context;
use crate::limits::OPAQUE_TOKEN_LIFETIME;
use crate::token::Token;

const ERROR_TEXT_BYTES: usize = 512;
/// What complaints are about.
const SUBJECT: &str = "token";

/// Has the client that is made from this configuration ask us for tokens, on a thread of its own.
///
/// # Safety
/// The configuration is alive, and its opaque becomes a [`Context`] that outlives the client.
pub(super) unsafe fn prepare(conf: *mut sys::rd_kafka_conf_t, has_token: bool) {
    // SAFETY: promised by the caller.
    unsafe {
        // The client's own queues are served by some of our clients only. Unsecured tokens, which
        // the library makes itself, go the same way.
        sys::rd_kafka_conf_enable_sasl_queue(conf, c_int::from(true));
        if has_token {
            sys::rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, Some(on_refresh));
        }
    }
}

/// Lets the client's background thread call [`on_refresh`].
///
/// # Safety
/// The client is alive and was made from a configuration that was prepared.
pub(super) unsafe fn serve(rk: *mut sys::rd_kafka_t) {
    // SAFETY: promised by the caller; the error object is freed. It fails where there is no such
    // queue: the mechanism is another one.
    unsafe {
        let error = sys::rd_kafka_sasl_background_callbacks_enable(rk);
        if !error.is_null() {
            sys::rd_kafka_error_destroy(error);
        }
    }
}

/// # Safety
/// Called by librdkafka when its token is missing or four fifths of its time are over.
unsafe extern "C" fn on_refresh(
    rk: *mut sys::rd_kafka_t,
    _config: *const c_char,
    _opaque: *mut c_void,
) {
    // SAFETY: the client is alive: it is calling us.
    let Some(context) = (unsafe { Context::of(rk) }) else {
        return;
    };
    let token = match context.credentials().token() {
        Ok(Some(token)) => Token::read(&token, now_ms(), OPAQUE_TOKEN_LIFETIME),
        Ok(None) => Err("there is none".to_owned()),
        Err(error) => Err(error.message),
    };
    // SAFETY: as above.
    let outcome = token.and_then(|token| unsafe { hand_over(rk, &token) });
    let Err(why) = outcome else {
        return;
    };
    // The library would say so to whoever polls the client, which not all of ours are.
    let said = format!("Failed to acquire SASL OAUTHBEARER token: {why}");
    let due = context.troubles().note(SUBJECT, &said, Instant::now());
    if due.is_some() {
        let client = context.client_id();
        tracing::warn!(target: "librdkafka", client, "{SUBJECT}: {said}");
    }
    let why = CString::new(why).unwrap_or_default();
    // SAFETY: client and text are alive. It asks again after ten seconds.
    unsafe { sys::rd_kafka_oauthbearer_set_token_failure(rk, why.as_ptr()) };
}

/// # Safety
/// The client is alive.
unsafe fn hand_over(rk: *mut sys::rd_kafka_t, token: &Token) -> Result<(), String> {
    let c_text = |text: &str| CString::new(text).map_err(|_| "it holds a NUL".to_owned());
    let (value, principal) = (c_text(&token.value)?, c_text(&token.principal)?);
    let mut text = [0_u8; ERROR_TEXT_BYTES];
    // SAFETY: promised by the caller; the strings and the buffer live through the call, and the
    // error is read as a plain number.
    let code = unsafe {
        super::raw::rd_kafka_oauthbearer_set_token(
            rk,
            value.as_ptr(),
            token.expires_ms,
            principal.as_ptr(),
            std::ptr::null_mut(),
            0,
            text.as_mut_ptr().cast(),
            text.len(),
        )
    };
    if code == 0 {
        return Ok(());
    }
    let text = std::ffi::CStr::from_bytes_until_nul(&text).unwrap_or_default();
    Err(text.to_string_lossy().into_owned())
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

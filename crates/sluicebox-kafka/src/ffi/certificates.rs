//! Why a broker's certificate is not accepted, in words: OpenSSL's own error names no reason.

use std::ffi::{c_char, c_int, c_void};

use rdkafka_sys as sys;

/// Has the reason told where a certificate is refused. Nothing is accepted that OpenSSL refuses. In
/// a build without TLS there is nothing to watch.
///
/// # Safety
/// The configuration is alive.
pub(super) unsafe fn explain(conf: *mut sys::rd_kafka_conf_t) {
    // SAFETY: promised by the caller; the callback touches nothing but its arguments.
    unsafe { sys::rd_kafka_conf_set_ssl_cert_verify_cb(conf, Some(on_certificate)) };
}

/// # Safety
/// Called by librdkafka in a handshake, for each certificate of the chain; the numbers and the buffer
/// are alive.
unsafe extern "C" fn on_certificate(
    _rk: *mut sys::rd_kafka_t,
    _broker: *const c_char,
    _broker_id: i32,
    x509_error: *mut c_int,
    _depth: c_int,
    _certificate: *const c_char,
    _certificate_size: usize,
    text: *mut c_char,
    text_size: usize,
    _opaque: *mut c_void,
) -> c_int {
    // SAFETY: promised by the caller.
    let number = unsafe { *x509_error };
    let Some(why) = reason(number) else {
        return 1;
    };
    let fits = why.len().min(text_size.saturating_sub(1));
    if text_size > 0 {
        // SAFETY: `fits` bytes and the NUL are within the buffer.
        unsafe {
            std::ptr::copy_nonoverlapping(why.as_ptr().cast::<c_char>(), text, fits);
            *text.add(fits) = 0;
        }
    }
    0
}

/// What OpenSSL's `X509_V_ERR_…` means; `None`: the certificate is good.
fn reason(number: c_int) -> Option<String> {
    Some(match number {
        0 => return None,
        9 => "it is not valid yet".to_owned(),
        10 => "it has expired".to_owned(),
        18..=21 => "it is signed by nobody that is trusted here".to_owned(),
        23 => "it was revoked".to_owned(),
        62 | 64 => "it is for another host name".to_owned(),
        other => format!("it is refused (X509 error {other})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_written_into_the_buffer_and_a_good_certificate_passes() {
        let verdict = |number: c_int, size: usize| {
            let (mut number, mut text) = (number, vec![1_u8; size]);
            let nothing = std::ptr::null_mut();
            // SAFETY: number and buffer are alive.
            let good = unsafe {
                on_certificate(
                    std::ptr::null_mut(),
                    std::ptr::null(),
                    0,
                    &raw mut number,
                    0,
                    std::ptr::null(),
                    0,
                    text.as_mut_ptr().cast(),
                    size,
                    nothing,
                )
            };
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(0);
            (good, String::from_utf8_lossy(&text[..end]).into_owned())
        };
        assert_eq!(verdict(0, 64).0, 1);
        assert_eq!(verdict(10, 64), (0, "it has expired".to_owned()));
        assert_eq!(verdict(62, 6), (0, "it is".to_owned()));
        assert_eq!(verdict(20, 0).0, 0);
    }
}

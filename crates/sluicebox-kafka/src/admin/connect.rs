//! The first contact with a cluster.

use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use crate::error::{ErrorClass, KafkaError};
use crate::error_code::ErrorCode;
use crate::ffi::{Handle, millis};
use crate::limits::REFUSAL_PATIENCE;
use crate::options::ClientOptions;

/// How often it is looked whether a broker has answered.
const STEP: Duration = Duration::from_millis(200);
/// Longest wait for a look at who leads what.
const METADATA_WAIT: Duration = Duration::from_secs(1);

/// Waits until a broker has told what the cluster looks like.
pub(crate) fn wait_for_cluster(
    client: &Handle,
    options: &ClientOptions,
    wait: Duration,
) -> Result<(), KafkaError> {
    let began = Instant::now();
    let deadline = began + wait;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = Instant::now();
        let code = metadata(client, left.min(STEP));
        let troubles = client.context().troubles();
        if code == ErrorCode::NONE {
            troubles.forget_refusal();
            return Ok(());
        }
        let refused = troubles.refusal(Instant::now()).is_some();
        if left <= STEP || (refused && began.elapsed() >= REFUSAL_PATIENCE) {
            return Err(unreachable(client, options, began.elapsed(), code));
        }
        // A refusal comes at once; asking again without a pause would only burn the processor.
        std::thread::sleep(STEP.saturating_sub(asked.elapsed()));
    }
}

/// Has the client learn who leads the topics that it knows. A failure needs no word: whatever needs
/// the answer fails as well.
pub(super) fn refresh_metadata(client: &Handle) {
    metadata(client, METADATA_WAIT);
}

fn metadata(client: &Handle, wait: Duration) -> ErrorCode {
    let mut found = std::ptr::null();
    // SAFETY: the client is alive; the metadata is freed when there is some.
    unsafe {
        let code = crate::ffi::rd_kafka_metadata(
            client.as_ptr(),
            0,
            std::ptr::null_mut(),
            &raw mut found,
            millis(wait),
        );
        if !found.is_null() {
            sys::rd_kafka_metadata_destroy(found);
        }
        ErrorCode::from_number(code)
    }
}

/// The error that says what was tried: brokers that are away, or that refuse us.
pub(crate) fn unreachable(
    client: &Handle,
    options: &ClientOptions,
    wait: Duration,
    code: ErrorCode,
) -> KafkaError {
    let troubles = client.context().troubles();
    let tried = troubles.summary();
    let servers = &options.bootstrap_servers;
    if let Some(code) = troubles.refusal(Instant::now()) {
        let what = match code {
            ErrorCode::SSL => "no TLS connection with",
            _ => "no login at",
        };
        let message = format!("{what} {servers} ({tried})");
        return KafkaError::new("use the Kafka cluster", code, message);
    }
    let tried = if tried.is_empty() {
        "no broker answered".to_owned()
    } else {
        tried
    };
    KafkaError::new(
        "reach the Kafka cluster",
        code,
        format!(
            "no answer from {servers} within {:.1} s ({tried})",
            wait.as_secs_f64()
        ),
    )
    .with_class(ErrorClass::Retry)
}

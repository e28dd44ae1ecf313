//! The first contact with a cluster.

use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use crate::error::{ErrorClass, KafkaError};
use crate::error_code::ErrorCode;
use crate::ffi::{Handle, millis};
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
    let deadline = Instant::now() + wait;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = Instant::now();
        let code = metadata(client, left.min(STEP));
        if code == ErrorCode::NONE {
            return Ok(());
        }
        if left <= STEP {
            return Err(unreachable(client, options, wait, code));
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

/// The error that says what was tried.
pub(crate) fn unreachable(
    client: &Handle,
    options: &ClientOptions,
    wait: Duration,
    code: ErrorCode,
) -> KafkaError {
    let tried = client.context().troubles().summary();
    let tried = if tried.is_empty() {
        "no broker answered".to_owned()
    } else {
        tried
    };
    let servers = &options.bootstrap_servers;
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

//! Calls that may hang, run on a thread of their own and watched from outside.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::Handle;

/// How often failed records are cleared away during a watched call.
const STEP: Duration = Duration::from_millis(20);

/// What a call gives: its error says whether the transaction must be aborted.
pub(super) type Outcome = Result<(), (KafkaError, bool)>;
type Job = Box<dyn FnOnce(&Handle) + Send>;

/// A thread that makes the calls. When one hangs the thread is left behind with it; it holds the
/// client until the call returns.
pub(super) struct Watched {
    jobs: Sender<Job>,
    failures: Failures,
}

/// The queue of reports about failed records.
struct Failures(*mut sys::rd_kafka_queue_t);

impl Drop for Failures {
    fn drop(&mut self) {
        // SAFETY: ours; a reference to the client's queue.
        unsafe { sys::rd_kafka_queue_destroy(self.0) };
    }
}

impl Watched {
    pub(super) fn start(client: Arc<Handle>) -> Result<Self, KafkaError> {
        // SAFETY: the client is alive; the reference is let go of by `Failures`.
        let failures = Failures(unsafe { sys::rd_kafka_queue_get_main(client.as_ptr()) });
        let (jobs, todo) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("kafka-transaction".to_owned())
            .spawn(move || todo.into_iter().for_each(|job| job(&client)))
            .map_err(|error| {
                let message = format!("no thread can be started: {error}");
                KafkaError::configuration("start a transactional producer", message)
            })?;
        Ok(Self { jobs, failures })
    }

    /// Makes a call and waits for it, at most `wait`; `None` when it has not returned by then.
    pub(super) fn run(
        &self,
        wait: Duration,
        call: impl FnOnce(&Handle) -> Outcome + Send + 'static,
    ) -> Option<Outcome> {
        let deadline = Instant::now() + wait;
        let (reply, outcome) = mpsc::channel();
        let job = Box::new(move |client: &Handle| {
            let _nobody_waits = reply.send(call(client));
        });
        if self.jobs.send(job).is_err() {
            return Some(Err((gone(), false)));
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match outcome.recv_timeout(left.min(STEP)) {
                Ok(outcome) => return Some(outcome),
                Err(RecvTimeoutError::Disconnected) => return Some(Err((gone(), false))),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return None,
                // A flush inside the call waits until reports about failed records are taken.
                Err(RecvTimeoutError::Timeout) => self.clear_failures(),
            }
        }
    }

    fn clear_failures(&self) {
        loop {
            // SAFETY: the queue is alive; the event and its records are freed.
            unsafe {
                let event = sys::rd_kafka_queue_poll(self.failures.0, 0);
                if event.is_null() {
                    return;
                }
                sys::rd_kafka_event_destroy(event);
            }
        }
    }
}

fn gone() -> KafkaError {
    KafkaError::new(
        "commit a transaction",
        ErrorCode::STATE,
        "the producer's thread is gone",
    )
}

//! A librdkafka client instance: made, shared between threads, and destroyed off the caller's path.

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka_sys as sys;

use super::conf::Conf;
use super::context::{Context, lock};
use super::errors::check;
use super::log::on_log;
use super::rebalance::on_rebalance;
use super::{certificates, oauthbearer, raw, rotation, unanswered};
use crate::error::KafkaError;
use crate::error_code::ErrorCode;

const ERROR_TEXT_BYTES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Producer,
    Consumer,
}

/// Owns a `rd_kafka_t`, the topics opened on it, and memory that it may still read.
///
/// librdkafka's functions may be called from any thread. The instance is destroyed by a thread of
/// its own when the last owner lets go, since that can block (librdkafka #509, #4884).
pub(crate) struct Handle {
    rk: *mut sys::rd_kafka_t,
    kind: Kind,
    context: Arc<Context>,
    topics: Mutex<Vec<(String, Topic)>>,
    /// Freed after `rd_kafka_destroy`: request buffers may point into it until then.
    kept: Mutex<Vec<Box<dyn Any + Send>>>,
    destroyed: Mutex<Option<Sender<()>>>,
}

/// A topic opened on a client; valid as long as its [`Handle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic(pub(crate) *mut sys::rd_kafka_topic_t);

// SAFETY: librdkafka objects are thread-safe; the pointers are only freed by the reaper below.
unsafe impl Send for Topic {}
// SAFETY: as above.
unsafe impl Send for Handle {}
// SAFETY: as above; everything of ours inside is behind a mutex or atomic.
unsafe impl Sync for Handle {}

impl Handle {
    pub(crate) fn new(kind: Kind, client_id: &str, conf: Conf) -> Result<Arc<Self>, KafkaError> {
        let context = Arc::new(Context::new(client_id, conf.credentials()));
        let has_token = matches!(context.credentials().token(), Ok(Some(_)) | Err(_));
        let mut text = [0 as c_char; ERROR_TEXT_BYTES];
        // SAFETY: the configuration is ours and is taken over by rd_kafka_new on success. The
        // context lives until after rd_kafka_destroy, see `Drop`.
        let rk = unsafe {
            sys::rd_kafka_conf_set_opaque(conf.as_ptr(), Arc::as_ptr(&context) as *mut c_void);
            sys::rd_kafka_conf_set_log_cb(conf.as_ptr(), Some(on_log));
            certificates::explain(conf.as_ptr());
            oauthbearer::prepare(conf.as_ptr(), has_token);
            let native = match kind {
                Kind::Producer => {
                    unanswered::watch(conf.as_ptr());
                    sys::rd_kafka_type_t::RD_KAFKA_PRODUCER
                }
                Kind::Consumer => {
                    sys::rd_kafka_conf_set_rebalance_cb(conf.as_ptr(), Some(on_rebalance));
                    sys::rd_kafka_type_t::RD_KAFKA_CONSUMER
                }
            };
            sys::rd_kafka_new(native, conf.as_ptr(), text.as_mut_ptr(), text.len())
        };
        if rk.is_null() {
            // SAFETY: librdkafka ends the text with NUL within the buffer.
            let text = unsafe { CStr::from_ptr(text.as_ptr()) }
                .to_string_lossy()
                .into_owned();
            return Err(KafkaError::configuration("start a Kafka client", text));
        }
        let _taken_over = conf.into_ptr();
        // SAFETY: the client was just made from the configuration.
        unsafe { oauthbearer::serve(rk) };
        let client = Arc::new(Self {
            rk,
            kind,
            context,
            topics: Mutex::default(),
            kept: Mutex::default(),
            destroyed: Mutex::default(),
        });
        rotation::watch(&client);
        Ok(client)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.rk
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Opens a topic, once.
    pub(crate) fn topic(&self, name: &str) -> Result<Topic, KafkaError> {
        // A null configuration means the client's defaults.
        self.topic_with(name, std::ptr::null_mut)
    }

    /// Opens a topic, once, with a configuration of its own.
    pub(super) fn topic_with(
        &self,
        name: &str,
        conf: impl FnOnce() -> *mut sys::rd_kafka_topic_conf_t,
    ) -> Result<Topic, KafkaError> {
        let mut topics = lock(&self.topics);
        if let Some((_, topic)) = topics.iter().find(|(known, _)| known == name) {
            return Ok(*topic);
        }
        let c_name = c_string(name)?;
        // SAFETY: the client is alive; the configuration is taken over.
        let native = unsafe { sys::rd_kafka_topic_new(self.rk, c_name.as_ptr(), conf()) };
        if native.is_null() {
            // SAFETY: reads a thread-local number.
            let number = unsafe { raw::rd_kafka_last_error() };
            return Err(check("open a topic", number)
                .err()
                .unwrap_or_else(|| KafkaError::configuration("open a topic", "no such topic name"))
                .at(name, None));
        }
        topics.push((name.to_owned(), Topic(native)));
        Ok(Topic(native))
    }

    /// Keeps memory alive until the client is destroyed.
    pub(crate) fn keep(&self, memory: Box<dyn Any + Send>) {
        lock(&self.kept).push(memory);
    }

    /// Has `done` told once the client is destroyed.
    pub(crate) fn tell_when_destroyed(&self, done: Sender<()>) {
        *lock(&self.destroyed) = Some(done);
    }

    /// From now on rebalances are answered without the application, so that closing can go on.
    pub(crate) fn set_closing(&self) {
        self.context.set_closing();
    }

    /// The fatal error that the client has met, if any.
    pub(crate) fn fatal_error(&self) -> Option<(ErrorCode, String)> {
        let mut text = [0 as c_char; ERROR_TEXT_BYTES];
        // SAFETY: the client is alive; the text ends with NUL within the buffer.
        unsafe {
            let number = raw::rd_kafka_fatal_error(self.rk, text.as_mut_ptr(), text.len());
            (number != 0).then(|| {
                let text = CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned();
                (ErrorCode::from_number(number), text)
            })
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.set_closing();
        let parts = Remains {
            rk: self.rk,
            kind: self.kind,
            topics: std::mem::take(&mut *lock(&self.topics)),
            kept: std::mem::take(&mut *lock(&self.kept)),
            context: Arc::clone(&self.context),
            destroyed: lock(&self.destroyed).take(),
        };
        let spawned = std::thread::Builder::new()
            .name("kafka-close".to_owned())
            .spawn(move || parts.destroy());
        if let Err(error) = spawned {
            // The remains went down with the closure; `Remains` leaks what librdkafka may read.
            tracing::warn!(%error, "no thread to close a Kafka client with; it is left open");
        }
    }
}

/// What is left of a [`Handle`], on its way to be destroyed.
struct Remains {
    rk: *mut sys::rd_kafka_t,
    kind: Kind,
    topics: Vec<(String, Topic)>,
    kept: Vec<Box<dyn Any + Send>>,
    context: Arc<Context>,
    destroyed: Option<Sender<()>>,
}

// SAFETY: as for `Handle`.
unsafe impl Send for Remains {}

impl Remains {
    fn destroy(mut self) {
        if self.kind == Kind::Producer {
            let flags = sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT;
            // SAFETY: the client is alive. Purged messages need not be waited for.
            unsafe { sys::rd_kafka_purge(self.rk, flags) };
        }
        for (_, topic) in self.topics.drain(..) {
            // SAFETY: opened by `Handle::topic`, which is gone, so that nobody uses it any more.
            unsafe { sys::rd_kafka_topic_destroy(topic.0) };
        }
        // SAFETY: the last owner is gone, so nobody calls into the client any more. Returns when
        // all its threads have ended, after which nothing reads `kept` and `context`.
        unsafe { sys::rd_kafka_destroy(self.rk) };
        self.rk = std::ptr::null_mut();
        self.kept.clear();
        if let Some(done) = self.destroyed.take() {
            let _nobody_waits = done.send(());
        }
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        if !self.rk.is_null() {
            // Not destroyed: its threads go on, so what they read must stay.
            std::mem::forget(std::mem::take(&mut self.kept));
            std::mem::forget(Arc::clone(&self.context));
        }
    }
}

/// A text for librdkafka; one with a NUL inside is refused.
pub(crate) fn c_string(text: &str) -> Result<CString, KafkaError> {
    CString::new(text).map_err(|_| {
        KafkaError::configuration(
            "talk to Kafka",
            format!("{text:?} contains a NUL character"),
        )
    })
}

/// A duration as librdkafka wants it: milliseconds, rounded up, never "for ever".
pub(crate) fn millis(wait: Duration) -> c_int {
    c_int::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
}

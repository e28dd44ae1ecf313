//! A librdkafka configuration while it is being put together.

use std::ffi::{CStr, c_char};
use std::sync::OnceLock;

use rdkafka_sys as sys;

use super::handle::c_string;
use crate::credentials::Credentials;
use crate::error::KafkaError;
use crate::properties::is_secret;

const ERROR_TEXT_BYTES: usize = 512;
/// How alike (0..1) a property must be to be suggested.
const SUGGESTION_LIKENESS: f64 = 0.75;

/// Owns a `rd_kafka_conf_t` until a client takes it over.
pub(crate) struct Conf {
    native: *mut sys::rd_kafka_conf_t,
    credentials: Credentials,
}

impl Conf {
    pub(crate) fn new() -> Self {
        // SAFETY: no preconditions; aborts the process itself when out of memory.
        let native = unsafe { sys::rd_kafka_conf_new() };
        let credentials = Credentials::default();
        Self {
            native,
            credentials,
        }
    }

    /// Says where the client finds its credentials again when they have changed.
    pub(crate) fn authenticate_with(&mut self, credentials: Credentials) {
        self.credentials = credentials;
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Sets one property. An unknown one is refused with the nearest known name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), KafkaError> {
        const OPERATION: &str = "configure the Kafka client";
        let (c_name, c_value) = (c_string(name)?, c_string(value)?);
        let mut text = [0 as c_char; ERROR_TEXT_BYTES];
        // SAFETY: the configuration is ours; strings and buffer live through the call.
        let outcome = unsafe {
            sys::rd_kafka_conf_set(
                self.native,
                c_name.as_ptr(),
                c_value.as_ptr(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        match outcome {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_UNKNOWN => {
                let hint = suggestion(name)
                    .map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
                Err(KafkaError::configuration(
                    OPERATION,
                    format!("the client library knows no property `{name}`{hint}"),
                ))
            }
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_INVALID => {
                // SAFETY: librdkafka ends the text with NUL within the buffer.
                let text = unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy();
                // The library repeats the value.
                let text = if is_secret(name) {
                    "its value cannot be used"
                } else {
                    &*text
                };
                Err(KafkaError::configuration(
                    OPERATION,
                    format!("property `{name}`: {text}"),
                ))
            }
        }
    }

    /// What a property is set to; empty where there is none of that name.
    pub(crate) fn read(&self, name: &str) -> String {
        let Ok(name) = c_string(name) else {
            return String::new();
        };
        let mut value = [0_u8; 256];
        let mut size = value.len();
        // SAFETY: configuration, name and buffer are alive; `size` is the buffer's.
        unsafe {
            sys::rd_kafka_conf_get(
                self.native,
                name.as_ptr(),
                value.as_mut_ptr().cast(),
                &raw mut size,
            );
        }
        let text = CStr::from_bytes_until_nul(&value).unwrap_or_default();
        text.to_string_lossy().into_owned()
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.native
    }

    /// Gives the configuration away; whoever takes it frees it.
    pub(crate) fn into_ptr(mut self) -> *mut sys::rd_kafka_conf_t {
        std::mem::replace(&mut self.native, std::ptr::null_mut())
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        if !self.native.is_null() {
            // SAFETY: ours, and not given away.
            unsafe { sys::rd_kafka_conf_destroy(self.native) };
        }
    }
}

/// The names of all properties that the client library has.
pub(crate) fn known_properties() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let conf = Conf::new();
        let mut count = 0usize;
        let mut names = Vec::new();
        // SAFETY: the dump is `count` pairs of strings and is freed right after it is copied.
        unsafe {
            let dump = sys::rd_kafka_conf_dump(conf.as_ptr(), &raw mut count);
            for index in (0..count).step_by(2) {
                names.push(
                    CStr::from_ptr(*dump.add(index))
                        .to_string_lossy()
                        .into_owned(),
                );
            }
            sys::rd_kafka_conf_dump_free(dump, count);
        }
        names.extend(UNDUMPED_PROPERTIES.iter().map(|name| (*name).to_owned()));
        names.sort();
        names.dedup();
        names
    })
}

/// Properties that the library's dump leaves out: those of topics, and those without a default.
const UNDUMPED_PROPERTIES: &[&str] = &[
    "acks",
    "auto.offset.reset",
    "client.rack",
    "compression.codec",
    "compression.level",
    "compression.type",
    "debug",
    "delivery.timeout.ms",
    "group.remote.assignor",
    "message.timeout.ms",
    "partitioner",
    "request.required.acks",
    "request.timeout.ms",
    "sasl.mechanism",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.password",
    "sasl.username",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
];

fn suggestion(name: &str) -> Option<&'static str> {
    let likeness = |known: &&String| strsim::jaro_winkler(name, known);
    known_properties()
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|known| likeness(known) >= SUGGESTION_LIKENESS)
        .map(String::as_str)
}

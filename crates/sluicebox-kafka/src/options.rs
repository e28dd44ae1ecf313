//! What all clients of a deployment have in common.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::credentials::Credentials;
use crate::error::KafkaError;
use crate::ffi::Conf;
use crate::limits;
use crate::properties::{PropertyOrigin, check_property, is_secret};
use crate::security::{TOKEN_PROPERTY, check_security};

/// Room that a record of the largest size needs around it: headers, batch and request framing.
const FRAMING_BYTES: usize = 64 * 1024;
/// Bounds of librdkafka's `message.max.bytes`.
const MESSAGE_BYTES_RANGE: std::ops::RangeInclusive<usize> = 1_000..=1_000_000_000;

/// Where the cluster is and how to talk to it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// Comma-separated `host:port` addresses to start from.
    pub bootstrap_servers: String,
    /// Name of this client in the broker's logs and quotas.
    pub client_id: String,
    /// The user's librdkafka properties, see [`check_property`].
    pub properties: BTreeMap<String, String>,
    /// Files that hold the values of further properties: passwords, keys, tokens. They are read when
    /// a client is made, and those of user name, password and token again while it runs.
    pub property_files: BTreeMap<String, PathBuf>,
    /// Size of the largest record, key and value together, in bytes.
    pub message_max_bytes: usize,
}

impl ClientOptions {
    /// Options for a cluster, with no further properties and records up to 1 MiB + 64 KiB.
    pub fn new(bootstrap_servers: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            client_id: client_id.into(),
            properties: BTreeMap::new(),
            property_files: BTreeMap::new(),
            message_max_bytes: 1024 * 1024 + 64 * 1024,
        }
    }

    /// The configuration that every client starts from; the user's properties are in it, and what
    /// the caller sets after them wins.
    pub(crate) fn conf(&self, defaults: &[(&str, String)]) -> Result<Conf, KafkaError> {
        let mut conf = Conf::new();
        if self.bootstrap_servers.trim().is_empty() {
            return Err(KafkaError::configuration(
                "configure the Kafka client",
                "no bootstrap servers are given; use --bootstrap-servers HOST:PORT",
            ));
        }
        let (backoff, backoff_max) = limits::RECONNECT_BACKOFF_MS;
        conf.set("reconnect.backoff.ms", &backoff.to_string())?;
        conf.set("reconnect.backoff.max.ms", &backoff_max.to_string())?;
        conf.set("retry.backoff.ms", &limits::RETRY_BACKOFF_MS.to_string())?;
        conf.set(
            "retry.backoff.max.ms",
            &limits::RETRY_BACKOFF_MAX_MS.to_string(),
        )?;
        conf.set("socket.nagle.disable", "true")?;
        // No telemetry (KIP-714): it is a push of client metrics that nobody here asked for.
        conf.set("enable.metrics.push", "false")?;
        for (name, value) in defaults {
            conf.set(name, value)?;
        }
        let credentials = Credentials::new(&self.properties, &self.property_files);
        let properties = credentials.properties()?;
        check_security(&properties)?;
        for (name, value) in &properties {
            check_property(name, PropertyOrigin::Configuration)?;
            if name != TOKEN_PROPERTY {
                conf.set(name, value)?;
            }
        }
        conf.authenticate_with(credentials);
        conf.set("bootstrap.servers", &self.bootstrap_servers)?;
        conf.set("client.id", &self.client_id)?;
        conf.set("message.max.bytes", &self.request_bytes().to_string())?;
        Ok(conf)
    }

    /// Size of a produce request that holds the largest record.
    pub(crate) fn request_bytes(&self) -> usize {
        (self.message_max_bytes + FRAMING_BYTES)
            .clamp(*MESSAGE_BYTES_RANGE.start(), *MESSAGE_BYTES_RANGE.end())
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: BTreeMap<&str, &str> = self
            .properties
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str(),
                    if is_secret(name) {
                        "***"
                    } else {
                        value.as_str()
                    },
                )
            })
            .collect();
        f.debug_struct("ClientOptions")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("client_id", &self.client_id)
            .field("properties", &shown)
            .field("property_files", &self.property_files)
            .field("message_max_bytes", &self.message_max_bytes)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> ClientOptions {
        let mut options = ClientOptions::new("localhost:9092", "test");
        options.properties.insert(name.to_owned(), value.to_owned());
        options
    }

    #[test]
    fn debug_output_shows_no_secret() {
        for name in [
            "sasl.password",
            "ssl.key.pem",
            "sasl.oauthbearer.client.secret",
        ] {
            let shown = format!("{:?}", with(name, "hunter2"));
            assert!(
                !shown.contains("hunter2") && shown.contains(name),
                "{shown}"
            );
        }
        assert!(format!("{:?}", with("sasl.username", "ada")).contains("ada"));
    }

    #[test]
    fn a_misspelt_property_is_refused_with_the_right_name() {
        let error = with("sasl.usernam", "x").conf(&[]).err().unwrap();
        assert!(
            error.message.contains("did you mean `sasl.username`"),
            "{error}"
        );
        let error = with("partitoner.x", "x").conf(&[]).err().unwrap();
        assert!(error.message.contains("no property"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_refused_by_name() {
        let error = with("socket.timeout.ms", "soon").conf(&[]).err().unwrap();
        assert!(error.message.contains("socket.timeout.ms"), "{error}");
    }

    #[test]
    fn a_reserved_property_is_refused_when_a_client_is_configured() {
        let error = with("isolation.level", "read_uncommitted")
            .conf(&[])
            .err()
            .unwrap();
        assert!(error.message.contains("only committed records"), "{error}");
    }

    #[test]
    fn missing_bootstrap_servers_are_named() {
        let error = ClientOptions::new(" ", "test").conf(&[]).err().unwrap();
        assert!(error.message.contains("--bootstrap-servers"), "{error}");
    }
}

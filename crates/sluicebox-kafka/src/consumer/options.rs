//! How a consumer reads.

use sluicebox_faults::planted;

use crate::error::KafkaError;
use crate::ffi::Conf;
use crate::limits;
use crate::options::ClientOptions;

/// In this context librdkafka says that a topic was made anew. It has little else to say in it:
/// leaders, assignments, metadata every half a minute.
const RECREATION_DEBUG: &str = "topic";

/// Settings of one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerOptions {
    /// The consumer group.
    pub group: String,
    /// A name that stays over restarts: the member gets its partitions back without a rebalance.
    pub group_instance_id: Option<String>,
    /// The topics; a `TopicId` is an index into this list.
    pub topics: Vec<String>,
    /// After this time without a heartbeat the group goes on without the member, milliseconds.
    pub session_timeout_ms: u32,
    /// Longest time between two polls, milliseconds. Well above any transaction timeout.
    pub max_poll_interval_ms: u32,
    /// Bytes of records read ahead, kibibytes.
    pub queued_max_kbytes: u32,
}

impl ConsumerOptions {
    /// The defaults of [`limits`] for a group and its topics.
    pub fn new(group: impl Into<String>, topics: Vec<String>) -> Self {
        Self {
            group: group.into(),
            group_instance_id: None,
            topics,
            session_timeout_ms: limits::SESSION_TIMEOUT_MS,
            max_poll_interval_ms: limits::MAX_POLL_INTERVAL_MS,
            queued_max_kbytes: limits::QUEUED_MAX_KBYTES,
        }
    }

    /// What the user may change. The last two are the session's.
    fn defaults(&self, options: &ClientOptions) -> Vec<(&'static str, String)> {
        let fetch_bytes = limits::FETCH_MAX_BYTES.max(options.request_bytes());
        vec![
            (
                "queued.min.messages",
                limits::QUEUED_MIN_RECORDS.to_string(),
            ),
            (
                "queued.max.messages.kbytes",
                self.queued_max_kbytes.to_string(),
            ),
            (
                "max.partition.fetch.bytes",
                limits::FETCH_PARTITION_MAX_BYTES.to_string(),
            ),
            ("fetch.max.bytes", fetch_bytes.to_string()),
            ("fetch.wait.max.ms", limits::FETCH_WAIT_MS.to_string()),
            // A full queue is looked at again soon: the default of a second starves the reader.
            ("fetch.queue.backoff.ms", "5".to_owned()),
            ("fetch.error.backoff.ms", "100".to_owned()),
            ("topic.metadata.refresh.interval.ms", "30000".to_owned()),
            // A broker that hangs is given up for its replicas after this time.
            ("socket.timeout.ms", limits::SOCKET_TIMEOUT_MS.to_string()),
            ("session.timeout.ms", self.session_timeout_ms.to_string()),
            (
                "heartbeat.interval.ms",
                (self.session_timeout_ms / 4).clamp(100, 3_000).to_string(),
            ),
        ]
    }

    pub(super) fn conf(&self, options: &ClientOptions) -> Result<Conf, KafkaError> {
        const OPERATION: &str = "configure a consumer";
        if self.group.is_empty() {
            return Err(KafkaError::configuration(
                OPERATION,
                "the group's name is empty",
            ));
        }
        if self.topics.is_empty() {
            return Err(KafkaError::configuration(
                OPERATION,
                "there is no topic to read",
            ));
        }
        let debug = match options.properties.get("debug").map(|debug| debug.trim()) {
            None | Some("") => RECREATION_DEBUG.to_owned(),
            Some(asked) => format!("{asked},{RECREATION_DEBUG}"),
        };
        let defaults = self.defaults(options);
        let modern = options
            .properties
            .get("group.protocol")
            .is_some_and(|p| p == "consumer");
        // KIP-848: sessions and heartbeats are the broker's, and librdkafka refuses the settings.
        let kept = if modern {
            &defaults[..defaults.len() - 2]
        } else {
            &defaults[..]
        };
        let mut conf = options.conf(kept)?;
        conf.set("group.id", &self.group)?;
        if let Some(instance) = &self.group_instance_id {
            conf.set("group.instance.id", instance)?;
        }
        conf.set(
            "max.poll.interval.ms",
            &self.max_poll_interval_ms.to_string(),
        )?;
        if !modern {
            conf.set("partition.assignment.strategy", "range,roundrobin")?;
        }
        conf.set("debug", &debug)?;
        conf.set("isolation.level", "read_committed")?;
        if planted!("reader-sees-uncommitted-records") {
            conf.set("isolation.level", "read_uncommitted")?;
        }
        conf.set("enable.auto.commit", "false")?;
        conf.set("enable.auto.offset.store", "false")?;
        conf.set("auto.offset.reset", "error")?;
        conf.set("enable.partition.eof", "true")?;
        conf.set("allow.auto.create.topics", "false")?;
        conf.set("check.crcs", "true")?;
        Ok(conf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_session_timeout_replaces_the_default() {
        let options = ConsumerOptions::new("group", vec!["topic".to_owned()]);
        let mut client = ClientOptions::new("localhost:1", "test");
        let timeout = |client: &ClientOptions| {
            let conf = options.conf(client).unwrap();
            conf.read("session.timeout.ms")
        };
        assert_eq!(timeout(&client), options.session_timeout_ms.to_string());
        let (name, value) = ("session.timeout.ms".to_owned(), "1234".to_owned());
        client.properties.insert(name, value);
        assert_eq!(timeout(&client), "1234");
    }
}

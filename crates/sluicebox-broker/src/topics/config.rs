//! The settings of a topic: those heeded here, with Kafka's names and meanings.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;

use super::TopicError;
use crate::config::BrokerConfig;
use crate::limits::{REQUEST_MAX_BYTES, SEGMENT_MAX_BYTES};
use crate::log::LogSettings;

/// Names of the settings, in the order in which they are described.
pub(crate) const NAMES: &[&str] = &[
    "cleanup.policy",
    "compression.type",
    "max.message.bytes",
    "message.timestamp.type",
    "min.insync.replicas",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
    "segment.ms",
];

/// What has been set for a topic; everything else has the broker's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicConfig {
    set: BTreeMap<String, String>,
}

/// One setting as `DescribeConfigs` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) is_default: bool,
}

impl TopicConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// `INVALID_CONFIG`, with what is possible.
    pub(crate) fn new(set: BTreeMap<String, String>) -> Result<Self, TopicError> {
        for (name, value) in &set {
            check(name, value)?;
        }
        Ok(Self { set })
    }

    /// What has been set.
    pub(crate) fn set(&self) -> &BTreeMap<String, String> {
        &self.set
    }

    /// All settings with their values.
    pub(crate) fn describe(&self, broker: &BrokerConfig) -> Vec<Described> {
        let described = |&name: &&'static str| match self.set.get(name) {
            Some(value) => Described {
                name,
                value: value.clone(),
                is_default: false,
            },
            None => Described {
                name,
                value: default_of(name, broker),
                is_default: true,
            },
        };
        NAMES.iter().map(described).collect()
    }

    /// Largest batch that is taken.
    pub(crate) fn max_message_bytes(&self, broker: &BrokerConfig) -> usize {
        usize::try_from(self.number("max.message.bytes", i64::from(broker.max_message_bytes)))
            .unwrap_or(0)
    }

    /// What the logs heed.
    pub(crate) fn log_settings(&self, broker: &BrokerConfig) -> LogSettings {
        let unsigned = |name, default: u64| {
            u64::try_from(self.number(name, i64::try_from(default).unwrap_or(i64::MAX)))
                .unwrap_or(default)
        };
        // Compaction is never due here. Kafka promises that the last record of a key stays, not when
        // the others go; what counts is that time and size remove nothing.
        let keeps_all = (self.set.get("cleanup.policy")).is_some_and(|policy| policy == "compact");
        let retention = |name, default| {
            if keeps_all {
                -1
            } else {
                self.number(name, default)
            }
        };
        LogSettings {
            segment_bytes: unsigned("segment.bytes", broker.segment_bytes).min(SEGMENT_MAX_BYTES),
            segment_ms: unsigned("segment.ms", broker.segment_ms),
            retention_ms: retention("retention.ms", broker.retention_ms),
            retention_bytes: retention("retention.bytes", broker.retention_bytes),
            log_append_time: self
                .set
                .get("message.timestamp.type")
                .is_some_and(|value| value == "LogAppendTime"),
        }
    }

    fn number(&self, name: &str, default: i64) -> i64 {
        self.set
            .get(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    }
}

fn default_of(name: &str, broker: &BrokerConfig) -> String {
    match name {
        "cleanup.policy" => "delete".to_owned(),
        "compression.type" => "producer".to_owned(),
        "max.message.bytes" => broker.max_message_bytes.to_string(),
        "message.timestamp.type" => "CreateTime".to_owned(),
        "min.insync.replicas" => "1".to_owned(),
        "retention.bytes" => broker.retention_bytes.to_string(),
        "retention.ms" => broker.retention_ms.to_string(),
        "segment.bytes" => broker.segment_bytes.to_string(),
        _ => broker.segment_ms.to_string(),
    }
}

fn check(name: &str, value: &str) -> Result<(), TopicError> {
    let number = |range: std::ops::RangeInclusive<i64>| {
        if value.parse().is_ok_and(|number| range.contains(&number)) {
            return Ok(());
        }
        invalid(format!(
            "{name}={value}: {} to {} is possible",
            range.start(),
            range.end()
        ))
    };
    let one_of = |values: &[&str]| {
        if values.contains(&value) {
            return Ok(());
        }
        invalid(format!("{name}={value}: possible is {}", values.join(", ")))
    };
    match name {
        "cleanup.policy" => one_of(&["delete", "compact", "compact,delete", "delete,compact"]),
        "compression.type" => one_of(&["producer"]),
        "message.timestamp.type" => one_of(&["CreateTime", "LogAppendTime"]),
        "max.message.bytes" => number(1..=REQUEST_MAX_BYTES as i64),
        "min.insync.replicas" => number(1..=1),
        "retention.bytes" | "retention.ms" => number(-1..=i64::MAX),
        "segment.bytes" => number(1_024..=SEGMENT_MAX_BYTES as i64),
        "segment.ms" => number(1..=i64::MAX),
        _ => invalid(format!(
            "{name} is not known here; known are {}",
            NAMES.join(", ")
        )),
    }
}

fn invalid(message: String) -> Result<(), TopicError> {
    Err(TopicError::refused(ResponseError::InvalidConfig, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(set: &[(&str, &str)]) -> Result<LogSettings, TopicError> {
        let set = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Ok(TopicConfig::new(set.collect())?.log_settings(&BrokerConfig::default()))
    }

    #[test]
    fn neither_time_nor_size_removes_records_of_a_compacted_topic() {
        let limits = [("retention.ms", "1"), ("retention.bytes", "1")];
        let with = |policy| settings(&[&limits[..], &[("cleanup.policy", policy)]].concat());
        let kept = with("compact").unwrap();
        assert_eq!((kept.retention_ms, kept.retention_bytes), (-1, -1));
        let both = with("compact,delete").unwrap();
        assert_eq!((both.retention_ms, both.retention_bytes), (1, 1));
        assert!(with("compress").is_err());
    }
}

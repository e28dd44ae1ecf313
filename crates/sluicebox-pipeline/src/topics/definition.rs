//! What a topic is created with: copies, and the settings that keep records safe.

use sluicebox_kafka::admin::NewTopic;

use super::MESSAGE_BYTES;
use crate::error::PipelineError;
use crate::limits;

/// Cluster ids of the embedded broker begin with this.
const EMBEDDED_PREFIX: &str = "sluicebox-";

/// Names of Kafka's own topics begin so.
pub const INTERNAL_PREFIX: &str = "__";

/// The setting that says what becomes of old records.
pub(crate) const CLEANUP_POLICY: &str = "cleanup.policy";
/// The last record of each key stays, however old.
pub(crate) const COMPACT: &str = "compact";

/// Checks that there are brokers enough for so many copies of a topic.
///
/// # Errors
/// [`PipelineError::ClusterTooSmall`] when there are not.
pub fn check_size(topic: &str, factor: u16, brokers: usize) -> Result<(), PipelineError> {
    if brokers >= usize::from(factor) {
        return Ok(());
    }
    Err(PipelineError::ClusterTooSmall {
        topic: topic.to_owned(),
        factor,
        brokers,
    })
}

/// Copies of each partition of a topic that is created: as given, else 3, else 1 on the embedded
/// broker, which is alone.
pub fn factor(given: Option<u16>, cluster_id: &str) -> u16 {
    let embedded = cluster_id.starts_with(EMBEDDED_PREFIX);
    given.unwrap_or(if embedded {
        1
    } else {
        limits::REPLICATION_FACTOR
    })
}

/// Settings of a topic that is created with so many copies: where there are three, an
/// acknowledged record is on two of them.
pub fn safety_configs(factor: u16) -> Vec<(String, String)> {
    let two = (
        "min.insync.replicas".to_owned(),
        limits::MIN_INSYNC_REPLICAS.to_string(),
    );
    if factor == limits::REPLICATION_FACTOR {
        vec![two]
    } else {
        Vec::new()
    }
}

/// A topic with the settings that are said, and those that it needs beside them.
pub(super) fn new_topic(
    name: &str,
    partitions: u32,
    factor: u16,
    message_bytes: Option<u64>,
    given: &[(String, String)],
) -> NewTopic {
    let mut configs = safety_configs(factor);
    configs.extend(message_bytes.map(|bytes| (MESSAGE_BYTES.to_owned(), bytes.to_string())));
    NewTopic {
        name: name.to_owned(),
        partitions: partitions as i32,
        replication_factor: i32::from(factor),
        configs: with(configs, given),
    }
}

/// The topic of markers of replays: one partition, and the last marker of a letter stays.
pub(crate) fn markers_topic(name: &str, factor: u16, given: &[(String, String)]) -> NewTopic {
    let compacted = [(CLEANUP_POLICY.to_owned(), COMPACT.to_owned())];
    let configs = with(compacted.to_vec(), given);
    new_topic(name, 1, factor, None, &configs)
}

/// Settings, with others over them.
fn with(mut configs: Vec<(String, String)>, over: &[(String, String)]) -> Vec<(String, String)> {
    configs.retain(|(name, _)| !over.iter().any(|(given, _)| given == name));
    configs.extend_from_slice(over);
    configs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_broker_has_one_copy_and_a_cluster_three_unless_told_otherwise() {
        let (embedded, cluster) = ("sluicebox-abcdefghijklmnopqrstuv", "4L6g3nShT-eMCtK--X86sw");
        assert_eq!((factor(None, embedded), factor(None, cluster)), (1, 3));
        assert_eq!(
            (factor(Some(2), embedded), factor(Some(2), cluster)),
            (2, 2)
        );
    }

    #[test]
    fn three_copies_ask_for_two_in_sync() {
        assert_eq!(
            safety_configs(3),
            [("min.insync.replicas".to_owned(), "2".to_owned())]
        );
        assert!(safety_configs(1).is_empty() && safety_configs(2).is_empty());
    }

    #[test]
    fn what_is_given_wins_over_what_is_needed() {
        let given = [("min.insync.replicas".to_owned(), "1".to_owned())];
        let topic = new_topic("t", 2, 3, Some(7), &given);
        let bytes = ("max.message.bytes".to_owned(), "7".to_owned());
        assert_eq!(topic.configs, [bytes, given[0].clone()]);
        let markers = markers_topic("m", 1, &[]);
        assert_eq!((markers.partitions, markers.configs.len()), (1, 1));
    }
}

//! What ends a task, in words that say what to do about it.

use std::time::Duration;

use sluicebox_kafka::KafkaError;
use sluicebox_sink::OpenError;

use crate::positions::Gone;
use crate::slots::SlotError;

/// A task ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The cluster refused something for good.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The cluster did not answer in the time given with `--wait`.
    #[error("no answer from {servers} within {:.1} s: {}", waited.as_secs_f64(), last_said(servers, last))]
    NoCluster {
        /// The bootstrap servers.
        servers: String,
        /// How long it was tried.
        waited: Duration,
        /// The last failure.
        last: KafkaError,
    },
    /// The cluster has too few brokers for the topics that are to be created.
    #[error("topic {topic} needs {factor} replicas and the cluster has {brokers} broker(s)")]
    ClusterTooSmall {
        /// The first topic that is missing.
        topic: String,
        /// The wanted replication factor.
        factor: u16,
        /// Brokers there are.
        brokers: usize,
    },
    /// A topic of a name that Kafka keeps for itself.
    #[error("{0} is the name of one of Kafka's own topics")]
    InternalTopic(String),
    /// The topic of markers of replays would not keep them.
    #[error(
        "{topic} has the markers that keep a dead letter from being replayed twice, and with {}={policy} they would be removed",
        crate::topics::CLEANUP_POLICY
    )]
    MarkersExpire {
        /// The topic.
        topic: String,
        /// Its `cleanup.policy`.
        policy: String,
    },
    /// A position is outside the log.
    #[error(transparent)]
    PositionGone(#[from] Gone),
    /// A source topic is not the one that the outputs were made from.
    #[error(
        "{topic} partition {partition}: the record at offset {offset} is not the one that the outputs were made from; the topic was deleted and made anew"
    )]
    OtherSource {
        /// The source topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The highest offset that the outputs know.
        offset: i64,
    },
    /// The state directory cannot be used.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// Somebody else uses this instance's transactional id.
    #[error(
        "another producer keeps taking the transactional id {transactional_id}: a copy of the state file {state_file} is in use elsewhere"
    )]
    Fenced {
        /// The id.
        transactional_id: String,
        /// The slot file it comes from.
        state_file: std::path::PathBuf,
    },
    /// Somebody else uses this sink's name in its group.
    #[error(
        "another sink keeps taking the name {name} in the group {group}: a copy of the state file {state_file} is in use elsewhere"
    )]
    NameTaken {
        /// The name (`group.instance.id`).
        name: String,
        /// The group.
        group: String,
        /// The slot file it comes from.
        state_file: std::path::PathBuf,
    },
    /// The group has read what this directory has no rows of.
    #[error(
        "{directory} has no rows of {topic} partition {partition}, but the group {group} has read it up to offset {offset}: the rows before that went to another directory, or are lost"
    )]
    RowsElsewhere {
        /// The output directory.
        directory: String,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The group.
        group: String,
        /// What the group has committed.
        offset: i64,
    },
    /// The group was moved past records that were never processed.
    #[error(
        "{topic} partition {partition}: somebody moved the group {group} to offset {to}, but the records from offset {from} on were never processed"
    )]
    Skipped {
        /// The source topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The group.
        group: String,
        /// The first offset that was not processed.
        from: i64,
        /// Where the group stands.
        to: i64,
    },
    /// A topic was deleted and made anew while it was read.
    #[error("the topic {topic} was deleted and made anew while it was read")]
    Recreated {
        /// The topic.
        topic: String,
        /// Whether it is one that the processor reads.
        is_source: bool,
    },
    /// Another member holds partitions that this sink needs.
    #[error(
        "the sink has {assigned} of {needed} partitions of group {group}; {others} took the rest, and a sink that writes single files needs all of them"
    )]
    NotAlone {
        /// The group.
        group: String,
        /// Partitions assigned to this sink.
        assigned: usize,
        /// Partitions there are.
        needed: usize,
        /// The other members, in words.
        others: String,
    },
    /// Two sinks are on one directory, because the lock file was removed.
    #[error(
        "{lock} was removed while this sink ran, and another sink has taken the directory; this one stops"
    )]
    LockLost {
        /// The lock file.
        lock: String,
        /// What it was noticed by. Not in the message: its own advice would be wrong here.
        #[source]
        seen: Box<PipelineError>,
    },
    /// The output directory cannot be opened.
    #[error("{}", .0.refusal())]
    Output(#[from] OpenError),
    /// The files cannot be written any more.
    #[error("{0}")]
    Write(String),
    /// Source offsets came again.
    #[error("{0}")]
    Repeat(String),
    /// A topic has no partitions, or does not exist.
    #[error("topic {topic} does not exist on {servers}")]
    NoTopic {
        /// The topic.
        topic: String,
        /// The bootstrap servers.
        servers: String,
    },
    /// A thread of the task panicked.
    #[error("the thread {name} panicked: this is a bug in sluicebox")]
    Panicked {
        /// The thread.
        name: String,
    },
    /// A thread could not be started.
    #[error("cannot start the thread {name}: {source}")]
    Thread {
        /// The thread.
        name: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl PipelineError {
    /// Whether only room on the disk is missing.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::Output(error) => error.is_disk_full(),
            Self::Slot(SlotError::Io { source, .. }) => sluicebox_sink::storage::is_full(source),
            _ => false,
        }
    }

    /// What a person can do about it; `None` where the message says all there is to say.
    pub fn way_out(&self) -> Option<String> {
        Some(match self {
            Self::Kafka(error) | Self::NoCluster { last: error, .. } => error.way_out()?,
            Self::ClusterTooSmall { brokers, .. } => format!(
                "start more brokers, or accept fewer copies with --replication-factor {brokers}"
            ),
            Self::InternalTopic(_) => "take another name; the cluster makes its own topics itself".to_owned(),
            Self::MarkersExpire { topic, .. } => format!(
                "set it to compact (kafka-configs.sh --alter --topic {topic} --add-config cleanup.policy=compact), or name another topic (topics.dlq_replays)"
            ),
            Self::PositionGone(gone) => gone.way_out(),
            Self::OtherSource { .. }
            | Self::Recreated {
                is_source: true, ..
            } => {
                "keep the old outputs, and give the new topic outputs of its own: other names under [topics] in the config file, and another --output-dir"
                    .to_owned()
            }
            Self::Recreated { .. } => {
                "start again: what was read of the old topic is in the files, and the message then says how to go on"
                    .to_owned()
            }
            Self::RowsElsewhere { .. } => {
                "use the directory with those rows (--output-dir), or restore it from a copy; or start with another group (sink.group in the config file): all rows are made again, as far back as the topics reach; or go on at the group's offsets with --accept-loss, which records the gap"
                    .to_owned()
            }
            Self::Skipped {
                topic,
                partition,
                group,
                from,
                ..
            } => format!(
                "set the group back (kafka-consumer-groups.sh --group {group} --topic {topic}:{partition} --reset-offsets --to-offset {from} --execute); or leave them out with --accept-loss"
            ),
            Self::Slot(_) => "choose another directory with --state-dir".to_owned(),
            Self::Fenced { .. } | Self::NameTaken { .. } => {
                "remove the copy, or give this one a directory of its own with --state-dir"
                    .to_owned()
            }
            Self::NotAlone { .. } => {
                "stop the other one, or give this one another group (sink.group in the config file); if it is a sink on this same directory, somebody removed the directory's lock.sluicebox: stop it, then start this one again"
                    .to_owned()
            }
            Self::LockLost { .. } => {
                "let one sink run on the directory, and leave lock.sluicebox where it is, also when none runs. What is committed is in the files and the manifest, which the other one goes on with. `sluicebox verify` proves that nothing is missing or doubled"
                    .to_owned()
            }
            Self::Output(error) => error.way_out(),
            Self::NoTopic { .. } => "create it with `sluicebox topics create`".to_owned(),
            Self::Panicked { .. } => {
                "start again: nothing was committed that is not in the outputs; please report it"
                    .to_owned()
            }
            Self::Write(_) | Self::Repeat(_) | Self::Thread { .. } => return None,
        })
    }
}

/// What was tried last. That nobody answered is said already.
fn last_said(servers: &str, last: &KafkaError) -> String {
    let again = format!("no answer from {servers} within ");
    let tried = last.message.strip_prefix(&again);
    let tried = tried.and_then(|rest| rest.split_once(" (")?.1.strip_suffix(')'));
    tried.map_or_else(|| last.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_kafka::{ErrorClass, ErrorCode};

    #[test]
    fn that_nobody_answers_is_said_once() {
        let said = |message: &str| {
            let last = KafkaError {
                operation: "reach the Kafka cluster",
                code: ErrorCode::REQUEST_TIMED_OUT,
                topic: None,
                partition: None,
                message: message.to_owned(),
                class: ErrorClass::Retry,
            };
            let servers = "a:1".to_owned();
            let waited = Duration::from_secs(10);
            PipelineError::NoCluster {
                servers,
                waited,
                last,
            }
            .to_string()
        };
        let once = said("no answer from a:1 within 10.0 s (a:1: connection refused (111))");
        assert_eq!(
            once,
            "no answer from a:1 within 10.0 s: a:1: connection refused (111)"
        );
        let other = said("something else");
        assert!(
            other.contains("cannot reach the Kafka cluster: something else"),
            "{other}"
        );
    }
}

//! Whether directory and group agree, asked before anything is written: a directory that is refused is
//! left as it was. Taking the partitions over asks again, because the group may have moved meanwhile.

use sluicebox_faults::planted;
use sluicebox_kafka::{Admin, KafkaError, LogRange};
use sluicebox_sink::{ManifestState, TopicIdentity};

use crate::config::SinkConfig;
use crate::error::PipelineError;
use crate::offset_notes::{OffsetNotes, Owner};
use crate::positions;

/// Where the group stands in a partition, and what its log holds.
pub(super) struct Standing {
    topic: String,
    partition: i32,
    /// Of this topic, not of an earlier one of its name.
    committed: Option<i64>,
    log: LogRange,
}

/// Asks the cluster.
pub(super) fn ask(
    config: &SinkConfig,
    admin: &Admin,
    topics: &[TopicIdentity],
) -> Result<Vec<Standing>, KafkaError> {
    let ids = topics.iter().map(|it| (it.name.clone(), it.id.clone()));
    let notes = OffsetNotes::new(ids);
    let mut committed = admin.committed_offsets(&config.group)?;
    committed.retain(|at| notes.owner(&at.topic, &at.note) != Owner::OldTopic);
    let mut standing = Vec::new();
    for topic in [&config.topics.processed, &config.topics.dead_letters] {
        for log in admin.log_ranges(topic)? {
            let partition = log.partition;
            let known = committed
                .iter()
                .find(|at| (&at.topic, at.partition) == (topic, partition));
            standing.push(Standing {
                topic: topic.clone(),
                partition,
                committed: known.map(|at| at.offset),
                log: log.range,
            });
        }
    }
    Ok(standing)
}

/// Whether a sink on a directory with this manifest can go on. Accepted losses are none.
pub(super) fn check(
    config: &SinkConfig,
    standing: &[Standing],
    state: &ManifestState,
) -> Result<(), PipelineError> {
    if config.accept_loss || planted!("sink-trusts-the-group") {
        return Ok(());
    }
    for at in standing {
        let (topic, partition) = (at.topic.as_str(), at.partition);
        let known = match (state.next_offset(topic, partition), at.committed) {
            (Some(recorded), _) => Some(recorded),
            (None, Some(committed)) if committed > at.log.earliest => {
                return Err(rows_elsewhere(config, topic, partition, committed));
            }
            (None, committed) => committed,
        };
        positions::start(known, at.log).map_err(|out| out.at("sink", topic, partition))?;
    }
    Ok(())
}

/// The group knows a partition that the directory has never seen. Beginning at the earliest record
/// would write rows a second time that are somewhere else; beginning at the group's offset would leave
/// rows out that are lost, if they are. Only a person knows which.
pub(super) fn rows_elsewhere(
    config: &SinkConfig,
    topic: &str,
    partition: i32,
    offset: i64,
) -> PipelineError {
    PipelineError::RowsElsewhere {
        directory: config.output_dir.display().to_string(),
        topic: topic.to_owned(),
        partition,
        group: config.group.clone(),
        offset,
    }
}

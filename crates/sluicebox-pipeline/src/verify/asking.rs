//! Where everything stands: one consistent cut, taken while the pipeline may be running.
//!
//! In this order, so that what is required of the files can only be too little, never too much:
//!
//! 1. the processor's committed offsets P: the output of every record below P is in the output
//!    topics, or will be with the next markers;
//! 2. the manifest: what the files have taken in;
//! 3. the ends of the source topics: rows of step 2 cannot have come from behind them;
//! 4. the ends of the output topics, once every transaction that had written there is decided.
//!
//! So a record below P whose output is not in the output topics between the manifest's positions and
//! those ends must be in the files.

use std::collections::HashMap;
use std::time::Duration;

use sluicebox_kafka::admin::PartitionLog;
use sluicebox_kafka::{Admin, ErrorCode, KafkaError};
use sluicebox_sink::ManifestState;

use super::config::VerifyConfig;
use super::cut::{Cut, Output, Source, SourceLog, Tail};
use super::error::VerifyError;
use super::manifest::Manifest;
use crate::limits::{OUTPUT_RESERVE_BYTES, REQUEST_TIMEOUT_MS, VERIFY_STABLE_POLL_MS};
use crate::offset_notes::{OffsetNotes, Owner};
use crate::retry::Patience;
use crate::stop::StopSignal;
use crate::topics::message_max_bytes;
use crate::written::{Written, WrittenEnd};

const ABSENT: &str = "the topic does not exist";
const ANEW: &str = "the topic was deleted and made anew";

/// Asks a cluster.
pub(super) struct Asking<'a> {
    config: &'a VerifyConfig,
    admin: Admin,
    patience: Patience,
}

impl<'a> Asking<'a> {
    pub(super) fn connect(
        config: &'a VerifyConfig,
        client: &sluicebox_kafka::ClientOptions,
    ) -> Result<Self, VerifyError> {
        let patience = Patience {
            servers: client.bootstrap_servers.clone(),
            wait: config.wait,
            stop: StopSignal::new(),
            outwaits_refusals: false,
        };
        let wait = Duration::from_millis(REQUEST_TIMEOUT_MS);
        let admin = patience.retry(|_| {}, || Admin::connect(client, wait))?;
        let Some(admin) = admin else {
            unreachable!("nobody raises this signal")
        };
        Ok(Self {
            config,
            admin,
            patience,
        })
    }

    fn ask<T>(&self, request: impl FnMut() -> Result<T, KafkaError>) -> Result<T, VerifyError> {
        let answer = self.patience.retry(|_| {}, request)?;
        let Some(answer) = answer else {
            unreachable!("nobody raises this signal")
        };
        Ok(answer)
    }

    /// As [`ask`](Self::ask), of a topic that may not exist.
    fn ask_topic<T>(
        &self,
        mut request: impl FnMut() -> Result<T, KafkaError>,
    ) -> Result<Option<T>, VerifyError> {
        self.ask(|| match request() {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// Takes the cut, and the manifest in the middle of it.
    pub(super) fn cut(&self) -> Result<(Cut, Manifest), VerifyError> {
        let committed = self.committed(&self.config.processor_group)?;
        let names = [
            self.config.topics.processed.as_str(),
            &self.config.topics.dead_letters,
        ];
        let sunk = self.sunk(names)?;
        let manifest = Manifest::read(self.config)?;
        let state = manifest.state();
        let cluster_id = self.ask(|| self.admin.cluster())?.cluster_id;
        if let Some(recorded) = state.map(|state| &state.cluster_id)
            && !recorded.is_empty()
            && !cluster_id.is_empty()
            && *recorded != cluster_id
        {
            return Err(VerifyError::OtherCluster {
                directory: self.config.output_dir.clone(),
                recorded: recorded.clone(),
                found: cluster_id,
            });
        }
        let mut sources = Vec::new();
        for stream in self.config.plans.streams() {
            sources.push(self.source(stream.source_topic(), state, &committed)?);
        }
        let mut outputs = [Output::default(), Output::default()];
        for (name, output) in names.iter().zip(&mut outputs) {
            let Some(logs) = self.ask_topic(|| self.admin.log_ranges(name))? else {
                output.gone = Some(ABSENT.to_owned());
                continue;
            };
            if self.other_topic(name, state)? {
                output.gone = Some(ANEW.to_owned());
            }
            output.tails = logs
                .iter()
                .map(|log| tail(log, next_offset(state, &sunk, name, log.partition)))
                .collect();
        }
        let mut tails = outputs.iter().flat_map(|output| &output.tails);
        let is_output_gone = tails.any(|tail| tail.next < tail.earliest)
            || outputs.iter().any(|output| output.gone.is_some());
        let is_open = !self.wait_for_decisions(names, &mut outputs)?;
        let bytes = self.ask_topic(|| message_max_bytes(&self.admin, &names))?;
        let record_bytes_max = bytes.unwrap_or(usize::MAX) - OUTPUT_RESERVE_BYTES;
        let cut = Cut {
            cluster_id,
            sources,
            outputs,
            is_open,
            is_output_gone,
            record_bytes_max,
        };
        Ok((cut, manifest))
    }

    fn committed(&self, group: &str) -> Result<HashMap<(String, i32), i64>, VerifyError> {
        let offsets = self.ask(|| self.admin.committed_offsets(group))?;
        Ok(offsets
            .into_iter()
            .map(|at| ((at.topic, at.partition), at.offset))
            .collect())
    }

    /// Where the sink's group stands in these topics: offsets of earlier topics of the same names are
    /// left out, as the sink does.
    fn sunk(&self, names: [&str; 2]) -> Result<HashMap<(String, i32), i64>, VerifyError> {
        let mut ids = Vec::new();
        for name in names {
            let topic = self.ask_topic(|| self.admin.describe(name))?;
            ids.extend(topic.map(|topic| (name.to_owned(), topic.topic_id)));
        }
        let notes = OffsetNotes::new(ids);
        let group = &self.config.sink_group;
        let mut offsets = self.ask(|| self.admin.committed_offsets(group))?;
        offsets.retain(|at| notes.owner(&at.topic, &at.note) != Owner::OldTopic);
        let offsets = offsets.into_iter();
        Ok(offsets
            .map(|at| ((at.topic, at.partition), at.offset))
            .collect())
    }

    fn source(
        &self,
        topic: &str,
        manifest: Option<&ManifestState>,
        committed: &HashMap<(String, i32), i64>,
    ) -> Result<Source, VerifyError> {
        let Some(logs) = self.ask_topic(|| self.admin.log_ranges(topic))? else {
            return Ok(Source {
                gone: Some(ABSENT.to_owned()),
                partitions: Vec::new(),
            });
        };
        let gone = if self.other_topic(topic, manifest)? {
            Some(ANEW.to_owned())
        } else if self.is_compacted(topic)? {
            Some("the topic is compacted: records without a row may have replaced others".into())
        } else {
            None
        };
        let partitions = logs.iter().map(|log| SourceLog {
            partition: log.partition,
            earliest: log.range.earliest,
            end: log.range.last_stable,
            committed: committed.get(&(topic.to_owned(), log.partition)).copied(),
        });
        Ok(Source {
            gone,
            partitions: partitions.collect(),
        })
    }

    fn is_compacted(&self, topic: &str) -> Result<bool, VerifyError> {
        let configs = self.ask_topic(|| self.admin.configs(topic))?;
        let configs = configs.unwrap_or_default();
        let policy = configs.iter().find(|entry| entry.name == "cleanup.policy");
        let policy = policy.and_then(|entry| entry.value.as_deref());
        Ok(policy.is_some_and(|policy| policy.contains("compact")))
    }

    /// Whether the topic is another one than the manifest's of that name.
    fn other_topic(
        &self,
        topic: &str,
        manifest: Option<&ManifestState>,
    ) -> Result<bool, VerifyError> {
        let mut topics = manifest.iter().flat_map(|state| &state.topics);
        let Some(recorded) = topics.find(|known| known.name == topic) else {
            return Ok(false);
        };
        let Some(found) = self.ask_topic(|| self.admin.describe(topic))? else {
            return Ok(true);
        };
        let both = !recorded.id.is_empty() && !found.topic_id.is_empty();
        Ok(both && recorded.id != found.topic_id)
    }

    /// Waits until every transaction that had written below the ends is committed or aborted. If that
    /// takes too long, the ends become what is decided.
    fn wait_for_decisions(
        &self,
        names: [&str; 2],
        outputs: &mut [Output; 2],
    ) -> Result<bool, VerifyError> {
        let tails = (outputs.iter().enumerate())
            .flat_map(|(topic, output)| output.tails.iter().map(move |tail| (topic, tail)));
        let ends = tails.map(|(topic, tail)| WrittenEnd {
            topic,
            partition: tail.partition,
            offset: tail.end,
        });
        let written = Written::up_to(&names, ends.collect());
        let logs = |name: &str| {
            let logs = self.ask_topic(|| self.admin.log_ranges(name))?;
            Ok::<_, VerifyError>(logs.unwrap_or_default())
        };
        loop {
            let readable = written.readable(logs)?;
            if written.is_all(&readable) {
                return Ok(true);
            }
            if written.age() >= self.config.stable_wait {
                let tails = outputs.iter_mut().flat_map(|output| &mut output.tails);
                for (tail, end) in tails.zip(readable) {
                    tail.end = end.offset;
                }
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(VERIFY_STABLE_POLL_MS));
        }
    }
}

fn tail(log: &PartitionLog, next: Option<i64>) -> Tail {
    Tail {
        partition: log.partition,
        earliest: log.range.earliest,
        next: next.unwrap_or(log.range.earliest),
        // Not the last stable offset: a transaction whose offsets are committed may still be
        // writing its markers.
        end: log.range.high_watermark,
    }
}

/// What the sink reads next of an output partition: the manifest knows. Where it does not, the group
/// does: a sink on this directory goes on there or not at all, and reads nothing before it.
fn next_offset(
    manifest: Option<&ManifestState>,
    sunk: &HashMap<(String, i32), i64>,
    topic: &str,
    partition: i32,
) -> Option<i64> {
    let recorded = manifest.and_then(|state| state.next_offset(topic, partition));
    recorded.or_else(|| sunk.get(&(topic.to_owned(), partition)).copied())
}

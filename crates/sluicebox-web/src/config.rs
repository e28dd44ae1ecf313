//! What the dashboard is told. It reads no environment and no arguments.

use std::path::PathBuf;
use std::sync::Arc;

use sluicebox_event::{Plans, StreamDefinition};
use sluicebox_kafka::ClientOptions;
use sluicebox_pipeline::datagen::Progress;
use sluicebox_pipeline::topics::TopicsConfig;
use sluicebox_pipeline::{Metrics, OutputTopics};

use crate::access::Access;

/// Settings of the dashboard.
pub struct WebConfig {
    /// The cluster.
    pub client: ClientOptions,
    /// The compiled streams.
    pub plans: Arc<Plans>,
    /// What they were compiled from: fields, units and bands, for the charts.
    pub definitions: Vec<StreamDefinition>,
    /// The topics between processor and sink.
    pub topics: OutputTopics,
    /// The topic with a marker for each replayed letter.
    pub replays: String,
    /// The groups of processor and sink.
    pub groups: Groups,
    /// Where the files are.
    pub output_dir: PathBuf,
    /// Where `verify` leaves a note of its last outcome.
    pub last_verify: PathBuf,
    /// Who may ask.
    pub access: Access,
    /// What the dashboard needs to write; `None`: it only reads.
    pub writes: Option<Writes>,
    /// Counters of a pipeline in this process, if there is one.
    pub pipeline: Option<Pipeline>,
    /// What the parts that run on this machine say they do.
    pub running: Box<dyn Fn() -> Vec<RunningPart> + Send + Sync>,
}

/// What the dashboard needs to write.
#[derive(Debug, Clone)]
pub struct Writes {
    /// The pipeline's topics, and how topics are made.
    pub topics: TopicsConfig,
}

/// Names of the consumer groups.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The processors'.
    pub processor: String,
    /// The sinks'.
    pub sink: String,
}

/// A pipeline in this process.
#[derive(Clone)]
pub struct Pipeline {
    /// What its tasks count.
    pub metrics: Arc<Metrics>,
    /// What its generators count, when it has some.
    pub generated: Option<Arc<Progress>>,
}

/// A part that runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningPart {
    /// `processor` or `sink`.
    pub part: String,
    /// Its process.
    pub pid: u64,
    /// What it does, in words.
    pub state: String,
    /// What it waits for, if it waits.
    pub waits_for: Option<String>,
}

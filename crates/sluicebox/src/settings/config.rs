//! The settings as types that cannot be wrong: what the commands read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use sluicebox_pipeline::datagen::{InvalidRatio, Rate};

/// All settings of a command, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) cluster: Cluster,
    pub(crate) topics: Topics,
    pub(crate) streams: Streams,
    pub(crate) output: Output,
    pub(crate) broker: Broker,
    pub(crate) datagen: Datagen,
    pub(crate) processor: Processor,
    pub(crate) sink: Sink,
    pub(crate) dashboard: Dashboard,
    pub(crate) run: Run,
    pub(crate) log: Log,
}

#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) bootstrap_servers: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
    /// Files that hold the values of further properties.
    pub(crate) property_files: BTreeMap<String, PathBuf>,
    pub(crate) wait: Option<Duration>,
    pub(crate) partitions: u32,
    pub(crate) replication_factor: Option<u16>,
}

#[derive(Clone, Debug)]
pub(crate) struct Topics {
    pub(crate) processed_data: String,
    pub(crate) dead_letters: String,
    pub(crate) dlq_replays: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Streams {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) builtin: bool,
    /// Source topics by stream, in place of the definitions' own.
    pub(crate) topics: BTreeMap<String, String>,
    /// File names by stream, in place of the definitions' own.
    pub(crate) file_names: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) dir: PathBuf,
    pub(crate) guard_formulas: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Broker {
    pub(crate) listen: String,
    /// The address was asked for, so a taken port is an error and not a reason to move.
    pub(crate) listen_is_explicit: bool,
    pub(crate) advertise: Option<String>,
    pub(crate) data_dir: PathBuf,
    /// It was named, so it is an error when nothing is there to look at.
    pub(crate) data_dir_is_explicit: bool,
    pub(crate) synced: bool,
    pub(crate) retention: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Datagen {
    pub(crate) rate: Rate,
    pub(crate) records: Option<u64>,
    pub(crate) duration: Option<Duration>,
    pub(crate) seed: Option<u64>,
    pub(crate) start_ms: Option<i64>,
    pub(crate) invalid_ratio: InvalidRatio,
    pub(crate) keys: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Processor {
    pub(crate) group: String,
    pub(crate) instances: usize,
    pub(crate) state_dir: PathBuf,
    pub(crate) accept_loss: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub(crate) group: String,
    pub(crate) rotate: bool,
    pub(crate) skip_repeats: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Dashboard {
    pub(crate) listen: String,
    /// The address was asked for, so a taken port is an error and not a reason to move.
    pub(crate) listen_is_explicit: bool,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) hosts: Vec<String>,
    pub(crate) allow_writes: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) datagen: bool,
    pub(crate) dashboard: bool,
    pub(crate) stop_at_end: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) json: bool,
    pub(crate) level: String,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let masked: BTreeMap<_, _> = self
            .properties
            .iter()
            .map(|(key, value)| (key, super::secrets::masked(key, value)))
            .collect();
        out.debug_struct("Cluster")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("properties", &masked)
            .field("property_files", &self.property_files)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::layers::Settings;

    #[test]
    fn the_debug_form_of_the_cluster_masks_secrets() {
        let mut cluster = Config::from(&Settings::defaults()).cluster;
        cluster
            .properties
            .insert("sasl.password".to_owned(), "canary".to_owned());
        assert!(!format!("{cluster:?}").contains("canary"));
    }
}

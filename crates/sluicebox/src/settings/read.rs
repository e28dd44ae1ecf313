//! From settings to what the commands read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use sluicebox_pipeline::datagen::{InvalidRatio, Rate};

use super::config::{
    Broker, Cluster, Config, Dashboard, Datagen, Log, Output, Processor, Run, Sink, Streams, Topics,
};
use super::layers::{Origin, Settings};
use super::value::Value;

impl From<&Settings> for Config {
    fn from(settings: &Settings) -> Self {
        let read = Read(settings);
        let dir = PathBuf::from(read.text("output.dir"));
        let below = |key: &str, name: &str| {
            read.opt_text(key)
                .map_or_else(|| dir.join(name), PathBuf::from)
        };
        Self {
            cluster: Cluster {
                bootstrap_servers: read.opt_text("cluster.bootstrap_servers"),
                properties: read.pairs("cluster.properties"),
                property_files: read.paths("cluster.property_files"),
                wait: read.opt_duration("cluster.wait"),
                partitions: read.integer("cluster.partitions") as u32,
                replication_factor: read
                    .opt_integer("cluster.replication_factor")
                    .map(|n| n as u16),
            },
            topics: Topics {
                processed_data: read.text("topics.processed_data"),
                dead_letters: read.text("topics.dead_letters"),
                dlq_replays: read.text("topics.dlq_replays"),
            },
            streams: Streams {
                files: read
                    .list("streams.files")
                    .into_iter()
                    .map(PathBuf::from)
                    .collect(),
                builtin: read.switch("streams.builtin"),
                topics: read.pairs("streams.topics"),
                file_names: read.pairs("streams.file_names"),
            },
            broker: Broker {
                listen: read.text("broker.listen"),
                listen_is_explicit: read.is_explicit("broker.listen"),
                advertise: read.opt_text("broker.advertise"),
                data_dir: below("broker.data_dir", "broker"),
                data_dir_is_explicit: read.is_explicit("broker.data_dir"),
                synced: read.text("broker.durability") == "synced",
                retention: read
                    .opt_duration("broker.retention")
                    .unwrap_or(Duration::MAX),
            },
            datagen: read.datagen(),
            processor: Processor {
                group: read.text("processor.group"),
                instances: read.integer("processor.instances") as usize,
                state_dir: below("processor.state_dir", "state"),
                accept_loss: read.switch("processor.accept_loss"),
            },
            sink: Sink {
                group: read.text("sink.group"),
                rotate: read.switch("sink.rotate"),
                skip_repeats: read.switch("sink.skip_repeats"),
            },
            dashboard: read.dashboard(),
            run: Run {
                dashboard: !read.switch("run.no_dashboard"),
                datagen: !read.switch("run.no_datagen") && !read.switch("run.stop_at_end"),
                stop_at_end: read.switch("run.stop_at_end"),
            },
            log: Log {
                json: read.text("log.format") == "json",
                level: read.text("log.level"),
            },
            output: Output {
                dir,
                guard_formulas: read.switch("output.guard_formulas"),
            },
        }
    }
}

/// Typed access; kinds were checked when the values were read, and defaults are tested.
struct Read<'a>(&'a Settings);

impl Read<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key).map(|(value, _)| value)
    }

    fn is_explicit(&self, key: &str) -> bool {
        self.0
            .get(key)
            .is_some_and(|(_, origin)| *origin != Origin::Default)
    }

    fn opt_text(&self, key: &str) -> Option<String> {
        match self.value(key) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> String {
        self.opt_text(key).unwrap_or_default()
    }

    fn opt_integer(&self, key: &str) -> Option<i64> {
        match self.value(key) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    fn integer(&self, key: &str) -> i64 {
        self.opt_integer(key).unwrap_or_default()
    }

    fn switch(&self, key: &str) -> bool {
        matches!(self.value(key), Some(Value::Switch(true)))
    }

    fn opt_duration(&self, key: &str) -> Option<Duration> {
        match self.value(key) {
            Some(Value::Duration(duration)) => Some(*duration),
            _ => None,
        }
    }

    fn list(&self, key: &str) -> Vec<String> {
        match self.value(key) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn pairs(&self, key: &str) -> BTreeMap<String, String> {
        match self.value(key) {
            Some(Value::Pairs(pairs)) => pairs.clone(),
            _ => BTreeMap::new(),
        }
    }

    fn dashboard(&self) -> Dashboard {
        Dashboard {
            listen: self.text("dashboard.listen"),
            listen_is_explicit: self.is_explicit("dashboard.listen"),
            token_file: self.opt_text("dashboard.token_file").map(PathBuf::from),
            hosts: self.list("dashboard.hosts"),
            allow_writes: self.switch("dashboard.allow_writes"),
        }
    }

    fn paths(&self, key: &str) -> BTreeMap<String, PathBuf> {
        let pairs = self.pairs(key).into_iter();
        pairs.map(|(name, path)| (name, path.into())).collect()
    }

    fn datagen(&self) -> Datagen {
        Datagen {
            rate: match self.value("datagen.rate") {
                Some(Value::Rate(rate)) => *rate,
                _ => Rate::Max,
            },
            records: self.opt_integer("datagen.records").map(i64::cast_unsigned),
            duration: self.opt_duration("datagen.duration"),
            seed: self.opt_integer("datagen.seed").map(i64::cast_unsigned),
            start_ms: match self.value("datagen.start") {
                Some(Value::Timestamp(ms)) => Some(*ms),
                _ => None,
            },
            invalid_ratio: match self.value("datagen.invalid_ratio") {
                Some(Value::Ratio(ratio)) => *ratio,
                _ => InvalidRatio::NONE,
            },
            keys: self.integer("datagen.keys") as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_follow_the_output_directory() {
        let config = Config::from(&Settings::defaults());
        assert_eq!(config.output.dir, PathBuf::from("data"));
        assert_eq!(config.broker.data_dir, PathBuf::from("data/broker"));
        assert_eq!(config.processor.state_dir, PathBuf::from("data/state"));
        assert!(!config.broker.listen_is_explicit);
    }
}

//! A cluster, and the program's processes on it: everything that an attack can break.

mod new_directories;
mod nodes;
mod part;
mod program;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use new_directories::NewDirectories;
pub use nodes::{ClusterKind, Nodes};
pub use part::Part;
pub use program::{PLANT_VARIABLE, Program, wait_until};
pub(crate) use program::{run_within, said};
use sluicebox_conformance::ports::free_port;
use sluicebox_conformance::real_kafka::KafkaOptions;

use crate::error::{Result, found};
use crate::limits::{DRAIN_MS, STOP_MS};
use crate::proxy::{Proxy, Route};

/// A new segment every so often, for each partition.
const SEGMENT_AGE: &str = "segment.ms=20000";

/// One cluster, one output directory, any number of processes.
#[derive(Debug)]
pub struct World {
    /// The program under attack.
    pub program: Program,
    /// The brokers.
    pub nodes: Nodes,
    /// Processors, sinks, whatever an attack adds.
    pub parts: Vec<Part>,
    /// What clients connect to; an attack on the network puts its proxy here.
    pub servers: String,
    home: Home,
}

/// A directory that goes with the world, unless somebody wants to look at it.
#[derive(Debug)]
struct Home {
    path: PathBuf,
    keep: bool,
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.keep || std::thread::panicking() {
            eprintln!("kept: {}", self.path.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

impl World {
    /// Starts a cluster and makes the topics. No process runs on it yet.
    pub fn start(program: &Program, kind: ClusterKind, kafka: &KafkaOptions) -> Result<Self> {
        let world = Self::without_topics(program, kind, kafka, &[])?;
        world.create_topics(kind, kafka)?;
        Ok(world)
    }

    /// The same with a proxy in front of every broker, through which all clients go.
    pub fn start_behind_proxy(
        program: &Program,
        kind: ClusterKind,
        kafka: &KafkaOptions,
        seed: u64,
    ) -> Result<(Self, Arc<Proxy>)> {
        let nodes = match kind {
            ClusterKind::Embedded => 1,
            ClusterKind::Kafka => kafka.nodes,
        };
        let fronts: Vec<u16> = (0..nodes).map(|_| free_port()).collect();
        let mut world = Self::without_topics(program, kind, kafka, &fronts)?;
        let ports = world.nodes.client_ports();
        let routes: Vec<Route> = (fronts.iter().zip(ports))
            .map(|(front, port)| Route {
                front: *front,
                upstream: ([127, 0, 0, 1], port).into(),
            })
            .collect();
        let proxy = Arc::new(Proxy::start(&routes, seed)?);
        world.servers = proxy.bootstrap_servers();
        world.create_topics(kind, kafka)?;
        Ok((world, proxy))
    }

    fn without_topics(
        program: &Program,
        kind: ClusterKind,
        kafka: &KafkaOptions,
        advertised: &[u16],
    ) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("sluicebox-chaos-")
            .tempdir()?;
        let home = Home {
            path: home.keep(),
            keep: false,
        };
        let nodes = match kind {
            ClusterKind::Embedded => Nodes::embedded(program, &home.path, advertised.first())?,
            ClusterKind::Kafka if advertised.is_empty() => Nodes::kafka(kafka)?,
            ClusterKind::Kafka => Nodes::kafka(&kafka.clone().advertised_at(advertised.to_vec()))?,
        };
        let servers = nodes.bootstrap_servers();
        Ok(Self {
            program: program.clone(),
            nodes,
            parts: Vec::new(),
            servers,
            home,
        })
    }

    fn create_topics(&self, kind: ClusterKind, kafka: &KafkaOptions) -> Result<()> {
        let mut create = self.program.command(&["topics", "create"]);
        create.args(["--bootstrap-servers", &self.servers]);
        if kind == ClusterKind::Kafka {
            create.args(["--replication-factor", &kafka.nodes.to_string()]);
        } else {
            // Logs roll while they are attacked: those of one topic are enough.
            let mut rolling = self.program.command(&["topics", "create", "sensor_data"]);
            rolling.args(["--bootstrap-servers", &self.servers]);
            rolling.args(["--topic-config", SEGMENT_AGE]);
            program::succeed("topics create sensor_data", &mut rolling)?;
        }
        program::succeed("topics create", &mut create)?;
        Ok(())
    }

    /// Where everything of this world is.
    pub fn home(&self) -> &Path {
        &self.home.path
    }

    /// Keeps the directories when the world ends.
    pub fn keep(&mut self) {
        self.home.keep = true;
        self.parts.iter_mut().for_each(Part::keep);
        if let Nodes::Embedded { broker, .. } = &mut self.nodes {
            broker.keep();
        }
    }

    /// The sink's output directory.
    pub fn output_dir(&self) -> PathBuf {
        self.home.path.join("out")
    }

    /// The arguments that every verb takes here.
    pub fn common_arguments(&self) -> Vec<String> {
        let out = self.output_dir().display().to_string();
        vec![
            "--bootstrap-servers".to_owned(),
            self.servers.clone(),
            "--output-dir".to_owned(),
            out,
        ]
    }

    /// Adds a process of a verb (`["process"]`, `["sink"]`), not started; returns its place.
    pub fn add(&mut self, verb: &[&str], environment: &[(&str, &str)]) -> Result<usize> {
        let mut arguments: Vec<String> = verb.iter().map(|word| (*word).to_owned()).collect();
        arguments.extend(self.common_arguments());
        self.add_raw(verb[0], &arguments, environment)
    }

    /// Adds a process of these arguments and no others, not started; returns its place.
    pub fn add_raw(
        &mut self,
        name: &str,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Result<usize> {
        let number = self.parts.len();
        let name = format!("{name}-{number}");
        let command = self.program.words(arguments, environment);
        let part = Part::new(&self.home.path.join("parts"), &name, &command)?;
        self.parts.push(part);
        Ok(number)
    }

    /// Adds a process and starts it.
    pub fn spawn(&mut self, verb: &[&str]) -> Result<usize> {
        let place = self.add(verb, &[])?;
        self.parts[place].start()?;
        Ok(place)
    }

    /// Where sinks can write that nobody judges: each in a directory and a group of its own.
    pub fn new_directories(&self) -> NewDirectories {
        NewDirectories::new(&self.program, &self.home.path, &self.servers)
    }

    /// A finding when a process that should run has ended by itself.
    pub fn all_run(&mut self) -> Result<()> {
        for part in &mut self.parts {
            part.still_runs()?;
        }
        Ok(())
    }

    /// Ends all processes as a user would (SIGTERM); each must exit with 0.
    pub fn stop_parts(&mut self) -> Result<()> {
        for part in &mut self.parts {
            part.terminate()?;
        }
        for part in &mut self.parts {
            let code = part.exit_code_within(Duration::from_millis(STOP_MS))?;
            if code.is_some_and(|code| code != 0) {
                return found(format!(
                    "{} ended with {code:?} when it was told to stop:\n{}",
                    part.name(),
                    part.log_tail()
                ));
            }
        }
        Ok(())
    }

    /// Everything that is in the source topics goes to the files.
    pub fn drain(&self) -> Result<()> {
        for verb in ["process", "sink"] {
            let mut command = self.program.command(&[verb, "--stop-at-end"]);
            command.args(self.common_arguments());
            let limit = Duration::from_millis(DRAIN_MS);
            program::finish(&format!("{verb} --stop-at-end"), &mut command, limit)?;
        }
        Ok(())
    }

    /// Bytes in all files of the output directory that hold rows.
    pub fn rows_bytes(&self) -> u64 {
        let files = std::fs::read_dir(self.output_dir());
        let lengths = files.into_iter().flatten().flatten().filter_map(|entry| {
            let is_csv = entry.path().extension().is_some_and(|end| end == "csv");
            is_csv.then(|| entry.metadata().map_or(0, |data| data.len()))
        });
        lengths.sum()
    }

    /// Waits until new rows are in the files; how long that took.
    ///
    /// # Errors
    /// A finding; who has ended says why nothing flows. The directories are kept then.
    pub fn rows_flow_within(&mut self, limit: Duration) -> Result<Duration> {
        let took = self.rows_grow_within(limit);
        if took.is_err() {
            self.keep();
            self.all_run()?;
        }
        took
    }

    /// The same where it may also be that nothing comes any more.
    pub fn rows_grow_within(&self, limit: Duration) -> Result<Duration> {
        let before = self.rows_bytes();
        wait_until(limit, "rows flow again", || self.rows_bytes() > before)
    }
}

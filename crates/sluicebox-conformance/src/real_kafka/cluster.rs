//! The cluster: formatted, started, killed, stopped, started again, taken down.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::secured::{SecuredServers, Security};
use super::settings::{Ports, node_properties};
use super::{Assembly, AssemblyError, KafkaOptions};
use crate::guard::Guard;
use crate::ports::free_port;

const READY_LINE: &str = "Kafka Server started";
/// Three nodes need about 13 s on two idle cores; builds and other clusters may run beside them.
const READY_WAIT: Duration = Duration::from_mins(3);
/// A node that has lost the others cannot finish its controlled shutdown.
const STOP_WAIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A running cluster. Dropping it, a panic, or the death of the test process takes it down and
/// removes its files.
#[derive(Debug)]
pub struct KafkaCluster {
    assembly: Assembly,
    bootstrap_servers: String,
    direct_servers: String,
    secured: Option<SecuredServers>,
    client_ports: Vec<u16>,
    cluster_id: String,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    guard: Guard,
    /// Ready lines in the log before the present start: the log goes on over restarts.
    starts: usize,
}

/// Why there is no cluster, with the end of the log of the node that did not come up.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// The jars could not be had.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The operating system refused something.
    #[error("cannot run a Kafka node: {0}")]
    Io(#[from] io::Error),
    /// `StorageTool format` failed.
    #[error("Kafka's StorageTool could not format node {node}:\n{output}")]
    Format {
        /// From 1.
        node: usize,
        /// What it printed.
        output: String,
    },
    /// A node ended or was not ready in time.
    #[error("Kafka node {node} {what}; the end of its log:\n{log}")]
    NotReady {
        /// From 1.
        node: usize,
        /// What happened.
        what: &'static str,
        /// The last lines of its log.
        log: String,
    },
}

impl KafkaCluster {
    /// Assembles, formats and starts a cluster. Returns when every node is ready.
    pub fn start(options: &KafkaOptions) -> Result<Self, KafkaError> {
        let assembly = Assembly::obtain()?;
        let home = tempfile::Builder::new()
            .prefix("sluicebox-kafka-")
            .tempdir()?
            .keep();
        let cluster_id = URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes());
        let ports: Vec<Ports> = (0..options.nodes)
            .map(|_| Ports {
                client: free_port(),
                controller: free_port(),
                internal: free_port(),
                expired: free_port(),
                mutual: free_port(),
            })
            .collect();
        let client_ports: Vec<u16> = ports.iter().map(|p| p.client).collect();
        let secured = options.security.as_ref().map(|_| secured_servers(&ports));
        let internal_ports: Vec<u16> = ports.iter().map(|p| p.internal).collect();
        let mut cluster = Self {
            assembly,
            bootstrap_servers: match &secured {
                Some(secured) => secured.login.clone(),
                None if options.advertised_ports.is_empty() => servers(&client_ports),
                None => servers(&options.advertised_ports),
            },
            secured,
            direct_servers: servers(&internal_ports),
            client_ports,
            cluster_id,
            nodes: Vec::new(),
        };
        let mut properties = Vec::new();
        for id in 1..=ports.len() {
            let directory = home.join(format!("node{id}"));
            fs::create_dir_all(&directory)?;
            let file = directory.join("node.properties");
            let text = node_properties(options, &ports, id, &directory.join("data"));
            fs::write(&file, text)?;
            // The guard comes before anything is started: from here on the files are its to remove.
            cluster
                .nodes
                .push(Node::new(&cluster.assembly, options, &directory, &file)?);
            properties.push(file);
        }
        let users = options.security.as_ref().map(Security::format_arguments);
        cluster.format(&properties, &users.unwrap_or_default())?;
        cluster.start_all()?;
        Ok(cluster)
    }

    /// `host:port`, comma separated: what clients are told, see [`KafkaOptions::advertised_ports`].
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// `host:port`, comma separated: the brokers themselves, whatever stands in front of them.
    pub fn direct_servers(&self) -> &str {
        &self.direct_servers
    }

    /// The listeners of a secured cluster.
    ///
    /// # Panics
    /// When it is not secured.
    pub fn secured(&self) -> &SecuredServers {
        self.secured.as_ref().expect("a secured cluster")
    }

    /// The port that each node listens on for clients.
    pub fn client_ports(&self) -> &[u16] {
        &self.client_ports
    }

    /// The id that the nodes were formatted with.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// How many nodes there are, running or not.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Kafka's jars, for its command line tools.
    pub fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// The process id of node `node` (from 0) while it is meant to run.
    pub fn node_pid(&self, node: usize) -> Option<u32> {
        self.nodes[node].guard.pid()
    }

    /// SIGKILL to node `node` (from 0).
    pub fn kill_node(&mut self, node: usize) -> Result<(), KafkaError> {
        Ok(self.nodes[node].guard.kill()?)
    }

    /// A controlled shutdown of node `node` (from 0); killed when that takes too long.
    pub fn stop_node(&mut self, node: usize) -> Result<(), KafkaError> {
        let guard = &mut self.nodes[node].guard;
        guard.terminate()?;
        guard.ended_within(STOP_WAIT)?;
        Ok(())
    }

    /// Starts a killed or stopped node `node` (from 0) on its own data; returns when it is ready.
    pub fn start_node(&mut self, node: usize) -> Result<(), KafkaError> {
        self.nodes[node].start()?;
        self.wait_ready(node)
    }

    /// SIGSTOP to node `node` (from 0): it hangs with its connections open.
    pub fn pause_node(&mut self, node: usize) -> Result<(), KafkaError> {
        Ok(self.nodes[node].guard.pause()?)
    }

    /// Undoes [`KafkaCluster::pause_node`].
    pub fn resume_node(&mut self, node: usize) -> Result<(), KafkaError> {
        Ok(self.nodes[node].guard.resume()?)
    }

    /// SIGKILL to all nodes at once.
    pub fn kill_all(&mut self) -> Result<(), KafkaError> {
        for node in &mut self.nodes {
            node.guard.kill()?;
        }
        Ok(())
    }

    /// SIGTERM to all nodes at once; returns when all have ended.
    pub fn stop_all(&mut self) -> Result<(), KafkaError> {
        for node in &mut self.nodes {
            node.guard.terminate()?;
        }
        for node in &mut self.nodes {
            node.guard.ended_within(STOP_WAIT)?;
        }
        Ok(())
    }

    /// Starts all nodes; returns when all are ready. None may be running.
    pub fn start_all(&mut self) -> Result<(), KafkaError> {
        // All before the first wait: a node is ready only when the quorum has a leader.
        for node in &mut self.nodes {
            node.start()?;
        }
        (0..self.nodes.len()).try_for_each(|node| self.wait_ready(node))
    }

    /// The last lines of the log of each node.
    pub fn logs(&self) -> String {
        let parts = self.nodes.iter().zip(1..);
        let parts: Vec<String> = parts
            .map(|(n, id)| format!("--- node {id}\n{}", n.guard.log_tail()))
            .collect();
        parts.join("\n")
    }

    fn format(&self, properties: &[PathBuf], users: &[String]) -> Result<(), KafkaError> {
        let mut tools = Vec::new();
        for file in properties {
            let mut tool = self.assembly.command("kafka.tools.StorageTool");
            // As one word: one id in 64 begins as an option does.
            let id = format!("--cluster-id={}", self.cluster_id);
            tool.args(["format", &id, "-c"]).arg(file).args(users);
            tool.stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            tools.push(tool.spawn()?);
        }
        for (tool, node) in tools.into_iter().zip(1..) {
            let output = tool.wait_with_output()?;
            if !output.status.success() {
                let output = [output.stdout, output.stderr].concat();
                let output = String::from_utf8_lossy(&output).into_owned();
                return Err(KafkaError::Format { node, output });
            }
        }
        Ok(())
    }

    fn wait_ready(&self, index: usize) -> Result<(), KafkaError> {
        let node = &self.nodes[index];
        let deadline = Instant::now() + READY_WAIT;
        loop {
            let log = node.guard.log();
            if log.matches(READY_LINE).count() >= node.starts {
                return Ok(());
            }
            let what = if !node.guard.is_running() {
                "ended while starting"
            } else if Instant::now() > deadline {
                "was not ready in time"
            } else {
                thread::sleep(POLL_INTERVAL);
                continue;
            };
            return Err(KafkaError::NotReady {
                node: index + 1,
                what,
                log: node.guard.log_tail(),
            });
        }
    }
}

fn servers(ports: &[u16]) -> String {
    servers_at("127.0.0.1", ports.iter().copied())
}

fn servers_at(host: &str, ports: impl Iterator<Item = u16>) -> String {
    let servers: Vec<String> = ports.map(|port| format!("{host}:{port}")).collect();
    servers.join(",")
}

fn secured_servers(ports: &[Ports]) -> SecuredServers {
    SecuredServers {
        login: servers_at("localhost", ports.iter().map(|p| p.client)),
        other_name: servers_at("127.0.0.1", ports.iter().map(|p| p.client)),
        expired: servers_at("localhost", ports.iter().map(|p| p.expired)),
        mutual: servers_at("localhost", ports.iter().map(|p| p.mutual)),
    }
}

impl Drop for KafkaCluster {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.logs());
        }
    }
}

impl Node {
    fn new(
        assembly: &Assembly,
        options: &KafkaOptions,
        directory: &Path,
        properties: &Path,
    ) -> io::Result<Self> {
        let mut command = assembly.java("kafka.Kafka", options.heap_mb);
        if !options.optimised {
            command.insert(1, "-XX:TieredStopAtLevel=1".to_owned());
        }
        command.push(properties.display().to_string());
        let guard = Guard::new(directory, &directory.join("node.log"), &command)?;
        Ok(Self { guard, starts: 0 })
    }

    fn start(&mut self) -> io::Result<()> {
        self.starts = self.guard.log().matches(READY_LINE).count() + 1;
        self.guard.start()
    }
}

//! What a cluster is asked to be, and the property file of each node.

use std::fmt::Write;
use std::path::Path;

use super::secured::{Security, node_lines};

/// How a real cluster is set up.
#[derive(Clone, Debug)]
pub struct KafkaOptions {
    /// Nodes, each broker and controller in one: 1 or 3.
    pub nodes: u16,
    /// Java heap per node in MiB.
    pub heap_mb: u32,
    /// False: only Java's quick compiler, so that a node is up in a few seconds. True: the optimising
    /// compiler as well, for measurements.
    pub optimised: bool,
    /// Node settings on top of, or instead of, those of the fixture, such as
    /// `("log.retention.ms", "1000")`.
    pub settings: Vec<(String, String)>,
    /// Ports of the loopback interface that clients are told of, one for each node, where something
    /// stands between clients and brokers; empty: those that the nodes listen on. The brokers among
    /// themselves use a listener of their own.
    pub advertised_ports: Vec<u16>,
    /// Nobody is let in without TLS and a login, nor allowed anything without an ACL.
    pub security: Option<Security>,
}

impl KafkaOptions {
    /// A light cluster of `nodes` nodes for tests of behaviour.
    pub fn nodes(nodes: u16) -> Self {
        assert!(nodes == 1 || nodes == 3, "1 or 3 nodes, not {nodes}");
        Self {
            nodes,
            heap_mb: 256,
            optimised: false,
            settings: Vec::new(),
            advertised_ports: Vec::new(),
            security: None,
        }
    }

    /// Clients are told these ports, one for each node.
    #[must_use]
    pub fn advertised_at(mut self, ports: Vec<u16>) -> Self {
        assert_eq!(ports.len(), usize::from(self.nodes), "a port for each node");
        self.advertised_ports = ports;
        self
    }

    /// Asks clients for TLS and a login.
    #[must_use]
    pub fn secured(mut self, security: Security) -> Self {
        self.security = Some(security);
        self
    }

    /// Adds a node setting, or replaces one that the fixture makes.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replicas of each topic: all nodes, as in production on three.
    pub fn replication_factor(&self) -> u16 {
        self.nodes
    }
}

/// The ports of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) client: u16,
    pub(super) controller: u16,
    /// For the other brokers, and for clients that are to reach the node directly.
    pub(super) internal: u16,
    /// Of a secured cluster: with a certificate that has expired, and for clients with certificates.
    pub(super) expired: u16,
    pub(super) mutual: u16,
}

/// The property file of node `id` (from 1); `ports[id - 1]` are its own.
pub(super) fn node_properties(
    options: &KafkaOptions,
    ports: &[Ports],
    id: usize,
    data: &Path,
) -> String {
    let own = ports[id - 1];
    let replicas = options.replication_factor();
    let in_sync = if replicas == 3 { 2 } else { 1 };
    let voters: Vec<String> = (1..)
        .zip(ports)
        .map(|(node, port)| format!("{node}@127.0.0.1:{}", port.controller))
        .collect();
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id={id}\n\
         controller.quorum.voters={voters}\n\
         controller.listener.names=CONTROLLER\n\
         {listeners}\
         log.dirs={data}\n\
         default.replication.factor={replicas}\n\
         offsets.topic.replication.factor={replicas}\n\
         transaction.state.log.replication.factor={replicas}\n\
         transaction.state.log.min.isr={in_sync}\n\
         min.insync.replicas={in_sync}\n",
        voters = voters.join(","),
        listeners = match &options.security {
            Some(security) => node_lines(security, own),
            None => plain_lines(options, own, id),
        },
        data = data.display(),
    );
    for (name, value) in LIGHT_AND_PROMPT {
        if !options.settings.iter().any(|(n, _)| n == name) {
            let _ = writeln!(text, "{name}={value}");
        }
    }
    for (name, value) in &options.settings {
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

/// The lines about listeners of a cluster that lets everybody in.
fn plain_lines(options: &KafkaOptions, own: Ports, id: usize) -> String {
    format!(
        "listener.security.protocol.map=\
             PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=INTERNAL\n\
         listeners=PLAINTEXT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},\
             CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=\
             PLAINTEXT://127.0.0.1:{advertised},INTERNAL://127.0.0.1:{internal}\n",
        client = own.client,
        advertised = options.advertised_ports.get(id - 1).unwrap_or(&own.client),
        controller = own.controller,
        internal = own.internal,
    )
}

/// Small machines, short waits. Kafka's own defaults follow in comments where a test feels it.
const LIGHT_AND_PROMPT: [(&str, &str); 17] = [
    ("num.partitions", "6"),
    ("offsets.topic.num.partitions", "6"),
    ("transaction.state.log.num.partitions", "6"),
    ("group.initial.rebalance.delay.ms", "0"), // 3 s
    ("group.min.session.timeout.ms", "1000"),  // 6 s
    (
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        "500",
    ), // 10 s
    ("auto.create.topics.enable", "false"),    // true: a late metadata request revives a topic
    ("broker.session.timeout.ms", "6000"),     // 9 s until a killed node's leaders move
    ("broker.heartbeat.interval.ms", "1000"),  // 2 s
    ("replica.fetch.wait.max.ms", "100"),
    ("log.retention.check.interval.ms", "1000"), // 5 min
    ("log.index.size.max.bytes", "1048576"),
    ("log.cleaner.dedupe.buffer.size", "4194304"),
    ("num.network.threads", "2"),
    ("num.io.threads", "4"),
    ("background.threads", "2"),
    ("controlled.shutdown.enable", "true"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(first: u16) -> Ports {
        Ports {
            client: first,
            controller: first + 1,
            internal: first + 2,
            expired: 0,
            mutual: 0,
        }
    }

    #[test]
    fn clients_are_told_the_ports_in_front_and_brokers_use_their_own() {
        let options = KafkaOptions::nodes(1).advertised_at(vec![9]);
        let text = node_properties(&options, &[ports(1)], 1, Path::new("/data"));
        assert!(text.contains(
            "\nlisteners=PLAINTEXT://127.0.0.1:1,INTERNAL://127.0.0.1:3,CONTROLLER://127.0.0.1:2\n"
        ));
        assert!(
            text.contains(
                "\nadvertised.listeners=PLAINTEXT://127.0.0.1:9,INTERNAL://127.0.0.1:3\n"
            )
        );
    }

    #[test]
    fn a_given_setting_replaces_the_fixtures_own() {
        let options = KafkaOptions::nodes(1).with("num.partitions", "2");
        let ports = [ports(1)];
        let text = node_properties(&options, &ports, 1, Path::new("/data"));
        let lines: Vec<_> = text
            .lines()
            .filter(|l| l.starts_with("num.partitions="))
            .collect();
        assert_eq!(lines, ["num.partitions=2"]);
    }

    #[test]
    fn three_nodes_vote_together_and_need_two_in_sync() {
        let ports = [1, 4, 7].map(ports);
        let text = node_properties(&KafkaOptions::nodes(3), &ports, 2, Path::new("/data"));
        assert!(
            text.contains("controller.quorum.voters=1@127.0.0.1:2,2@127.0.0.1:5,3@127.0.0.1:8\n")
        );
        assert!(text.contains("\nnode.id=2\n") && text.contains("\nmin.insync.replicas=2\n"));
    }
}

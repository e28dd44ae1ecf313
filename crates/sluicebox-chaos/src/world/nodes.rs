//! The brokers: the embedded one in a process, or a real Apache Kafka.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use sluicebox_conformance::ports::free_port;
use sluicebox_conformance::real_kafka::{KafkaCluster, KafkaOptions};

use super::part::Part;
use super::program::{Program, wait_until};
use crate::error::{ChaosError, Result};
use crate::limits::READY_MS;

/// Which brokers an attack runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ClusterKind {
    /// `sluicebox broker`.
    Embedded,
    /// Apache Kafka, three nodes unless the attack says otherwise.
    Kafka,
}

impl ClusterKind {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Kafka => "kafka",
        }
    }
}

/// The running brokers.
#[derive(Debug)]
pub enum Nodes {
    /// The embedded broker.
    Embedded {
        /// Its process.
        broker: Box<Part>,
        /// `127.0.0.1:PORT`, the same after a restart.
        address: String,
    },
    /// Real nodes.
    Kafka(Box<KafkaCluster>),
}

impl Nodes {
    pub(super) fn embedded(
        program: &Program,
        home: &Path,
        advertised: Option<&u16>,
    ) -> Result<Self> {
        let address = format!("127.0.0.1:{}", free_port());
        let data = home.join("broker").display().to_string();
        let told = advertised.map_or_else(|| address.clone(), |port| format!("127.0.0.1:{port}"));
        let arguments = ["broker", "--listen", &address, "--advertise", &told];
        let arguments = [&arguments[..], &["--data-dir", &data]].concat();
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        let mut broker = Part::new(
            &home.join("parts"),
            "broker",
            &program.words(&arguments, &[]),
        )?;
        broker.start()?;
        let broker = Box::new(broker);
        let nodes = Self::Embedded { broker, address };
        nodes.wait_ready()?;
        Ok(nodes)
    }

    pub(super) fn kafka(options: &KafkaOptions) -> Result<Self> {
        Ok(Self::Kafka(Box::new(KafkaCluster::start(options)?)))
    }

    /// `host:port`, comma separated.
    pub fn bootstrap_servers(&self) -> String {
        match self {
            Self::Embedded { address, .. } => address.clone(),
            Self::Kafka(cluster) => cluster.bootstrap_servers().to_owned(),
        }
    }

    /// The port that each node listens on for clients.
    pub fn client_ports(&self) -> Vec<u16> {
        match self {
            Self::Embedded { address, .. } => {
                let port = address.rsplit(':').next();
                port.and_then(|port| port.parse().ok())
                    .into_iter()
                    .collect()
            }
            Self::Kafka(cluster) => cluster.client_ports().to_vec(),
        }
    }

    /// For the load: the brokers themselves where that is possible, past any proxy.
    pub fn direct_servers(&self) -> Option<String> {
        match self {
            Self::Embedded { .. } => None,
            Self::Kafka(cluster) => Some(cluster.direct_servers().to_owned()),
        }
    }

    /// kill -9 to every node at once, and all of them back.
    pub fn kill_and_restart(&mut self) -> Result<()> {
        match self {
            Self::Embedded { broker, .. } => {
                broker.restart()?;
                self.wait_ready()
            }
            Self::Kafka(cluster) => {
                cluster.kill_all()?;
                Ok(cluster.start_all()?)
            }
        }
    }

    /// The real cluster, for attacks that treat its nodes one by one.
    ///
    /// # Errors
    /// On the embedded broker.
    pub fn real(&mut self) -> Result<&mut KafkaCluster> {
        match self {
            Self::Kafka(cluster) => Ok(cluster),
            Self::Embedded { .. } => Err(ChaosError::Fixture(
                "this attack needs --cluster kafka".to_owned(),
            )),
        }
    }

    /// The end of the brokers' logs.
    pub fn logs(&self) -> String {
        match self {
            Self::Embedded { broker, .. } => broker.log_tail(),
            Self::Kafka(cluster) => cluster.logs(),
        }
    }

    fn wait_ready(&self) -> Result<()> {
        let Self::Embedded { address, .. } = self else {
            return Ok(());
        };
        let limit = Duration::from_millis(READY_MS);
        wait_until(limit, "the embedded broker listens", || {
            TcpStream::connect(address).is_ok()
        })?;
        Ok(())
    }
}

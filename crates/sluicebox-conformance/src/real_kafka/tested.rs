//! A real cluster as the conformance suite sees it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{KafkaCluster, KafkaOptions};
use crate::cluster::{Cluster, Restart};

/// A [`KafkaCluster`] that tests share.
#[derive(Debug)]
pub struct RealCluster {
    bootstrap_servers: String,
    replication_factor: i32,
    cluster: Mutex<KafkaCluster>,
}

impl RealCluster {
    /// Starts a cluster.
    ///
    /// # Panics
    /// When it does not start; the message holds the end of its log.
    pub fn start(options: &KafkaOptions) -> Self {
        let cluster = match KafkaCluster::start(options) {
            Ok(cluster) => cluster,
            Err(error) => panic!("no real Kafka: {error}"),
        };
        Self {
            bootstrap_servers: cluster.bootstrap_servers().to_owned(),
            replication_factor: i32::from(options.replication_factor()),
            cluster: Mutex::new(cluster),
        }
    }

    /// The cluster itself, for tests that treat its nodes one by one.
    pub fn nodes(&self) -> MutexGuard<'_, KafkaCluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster for RealCluster {
    fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    fn replication_factor(&self) -> i32 {
        self.replication_factor
    }

    fn restart(&self, how: Restart) {
        let mut cluster = self.nodes();
        let down = match how {
            Restart::Stop => cluster.stop_all(),
            Restart::Kill => cluster.kill_all(),
        };
        down.and_then(|()| cluster.start_all())
            .unwrap_or_else(|e| panic!("no restart: {e}"));
    }

    fn kill_node(&self, node: usize) {
        let killed = self.nodes().kill_node(node);
        killed.unwrap_or_else(|e| panic!("node {node} cannot be killed: {e}"));
    }

    fn start_node(&self, node: usize) {
        let started = self.nodes().start_node(node);
        started.unwrap_or_else(|e| panic!("node {node} does not come back: {e}"));
    }

    fn logs(&self) -> String {
        self.nodes().logs()
    }
}

//! What a behaviour may ask of the cluster under test.

/// A cluster under test: the embedded broker or a real Apache Kafka.
///
/// Its methods panic when the cluster does not do as told: then there is nothing left to test.
pub trait Cluster: Send + Sync {
    /// `host:port`, comma separated; the same before and after a restart.
    fn bootstrap_servers(&self) -> &str;

    /// Replicas of a topic that are to be asked for.
    fn replication_factor(&self) -> i32;

    /// Takes every node down and starts it again on the same data and addresses. Returns when all
    /// are ready.
    fn restart(&self, how: Restart);

    /// SIGKILL to node `node` (from 0), of a cluster of several.
    fn kill_node(&self, node: usize) {
        panic!("node {node} is no node of its own: restart the cluster")
    }

    /// Starts a killed node again on its own data; returns when it is ready.
    fn start_node(&self, node: usize) {
        panic!("node {node} is no node of its own: restart the cluster")
    }

    /// The end of the cluster's log, for a failed test.
    fn logs(&self) -> String;
}

/// How a cluster goes down before it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// SIGTERM: it may finish what it does.
    Stop,
    /// SIGKILL: it may not.
    Kill,
}

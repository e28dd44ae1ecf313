//! The cluster and its brokers.

use rdkafka_sys as sys;

use super::Admin;
use super::request::{array, text};
use crate::error::KafkaError;

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInfo {
    /// The id that the cluster was given when it was made.
    pub cluster_id: String,
    /// The brokers that are up, sorted by id.
    pub brokers: Vec<BrokerInfo>,
    /// Id of the controller, if there is one at the moment.
    pub controller: Option<i32>,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerInfo {
    /// The broker's id.
    pub id: i32,
    /// Where it says it can be reached.
    pub host: String,
    /// The port there.
    pub port: u16,
}

impl Admin {
    /// Describes the cluster.
    pub fn cluster(&self) -> Result<ClusterInfo, KafkaError> {
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
        let client = self.client.as_ptr();
        let answer = self.ask("describe the cluster", api, |options, queue| {
            // SAFETY: all three are alive.
            unsafe { sys::rd_kafka_DescribeCluster(client, options.as_ptr(), queue) };
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer, which lives until the end.
        unsafe {
            let result = sys::rd_kafka_event_DescribeCluster_result(answer.event());
            let mut count = 0;
            let nodes = sys::rd_kafka_DescribeCluster_result_nodes(result, &raw mut count);
            let mut brokers: Vec<BrokerInfo> = array(nodes, count)
                .iter()
                .map(|node| broker(*node))
                .collect();
            brokers.sort_by_key(|broker| broker.id);
            let controller = sys::rd_kafka_DescribeCluster_result_controller(result);
            Ok(ClusterInfo {
                cluster_id: text(sys::rd_kafka_DescribeCluster_result_cluster_id(result)),
                brokers,
                controller: (!controller.is_null()).then(|| sys::rd_kafka_Node_id(controller)),
            })
        }
    }
}

/// # Safety
/// `node` is a valid node.
pub(super) unsafe fn broker(node: *const sys::rd_kafka_Node_t) -> BrokerInfo {
    // SAFETY: promised by the caller.
    unsafe {
        BrokerInfo {
            id: sys::rd_kafka_Node_id(node),
            host: text(sys::rd_kafka_Node_host(node)),
            port: sys::rd_kafka_Node_port(node),
        }
    }
}

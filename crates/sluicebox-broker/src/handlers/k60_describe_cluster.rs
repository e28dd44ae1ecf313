//! `DescribeCluster` 0..=1: one broker.

use std::sync::Arc;

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, DescribeClusterResponse};

use super::text;
use crate::dispatch::RequestContext;
use crate::shared::{NODE_ID, Shared};

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    _request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    let (host, port) = &shared.advertised;
    let broker = DescribeClusterBroker::default()
        .with_broker_id(BrokerId(NODE_ID))
        .with_host(text(host.as_str()))
        .with_port(i32::from(*port));
    DescribeClusterResponse::default()
        .with_cluster_id(text(shared.cluster_id.as_str()))
        .with_controller_id(BrokerId(NODE_ID))
        .with_brokers(vec![broker])
}

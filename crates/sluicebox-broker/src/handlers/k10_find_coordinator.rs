//! `FindCoordinator` 0..=4: this node coordinates every group and every transaction.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use crate::dispatch::RequestContext;
use crate::shared::{NODE_ID, Shared};

/// Key types: a group and a transactional id. Share groups (2) are not spoken.
const KEY_TYPES: std::ops::RangeInclusive<i8> = 0..=1;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let known = KEY_TYPES.contains(&request.key_type);
    let code = if known {
        0
    } else {
        ResponseError::InvalidRequest.code()
    };
    let (host, port) = &shared.advertised;
    let host = StrBytes::from_string(host.clone());
    let (node, port) = if known {
        (NODE_ID, i32::from(*port))
    } else {
        (-1, -1)
    };
    if context.version < 4 {
        return FindCoordinatorResponse::default()
            .with_error_code(code)
            .with_node_id(BrokerId(node))
            .with_host(host)
            .with_port(port);
    }
    let coordinators = request.coordinator_keys.into_iter().map(|key| {
        Coordinator::default()
            .with_key(key)
            .with_error_code(code)
            .with_node_id(BrokerId(node))
            .with_host(host.clone())
            .with_port(port)
    });
    FindCoordinatorResponse::default().with_coordinators(coordinators.collect())
}

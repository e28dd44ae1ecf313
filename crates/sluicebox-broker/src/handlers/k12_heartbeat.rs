//! `Heartbeat` 0..=4.

use std::sync::Arc;

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::code_of;
use crate::dispatch::RequestContext;
use crate::groups::membership::Caller;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: HeartbeatRequest,
) -> HeartbeatResponse {
    let caller = Caller {
        member_id: &request.member_id,
        instance_id: request.group_instance_id.as_deref(),
    };
    let answer = shared
        .groups
        .heartbeat(&request.group_id, caller, request.generation_id);
    HeartbeatResponse::default().with_error_code(code_of(answer))
}

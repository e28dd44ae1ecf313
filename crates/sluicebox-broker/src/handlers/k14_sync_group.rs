//! `SyncGroup` 0..=5: waits until the leader has brought the assignment. From version 5 on the
//! answer repeats the group's kind and protocol.

use std::sync::Arc;

use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};
use kafka_protocol::protocol::StrBytes;

use crate::dispatch::RequestContext;
use crate::groups::membership::{Caller, SyncRequest};
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: SyncGroupRequest,
) -> SyncGroupResponse {
    let assignments = request.assignments.into_iter();
    let sync = SyncRequest {
        caller: Caller {
            member_id: &request.member_id,
            instance_id: request.group_instance_id.as_deref(),
        },
        generation: request.generation_id,
        assignments: assignments
            .map(|a| (a.member_id.to_string(), a.assignment))
            .collect(),
    };
    match shared.groups.sync(&request.group_id, sync).await {
        Ok(synced) => {
            let named = |name| (context.version >= 5).then(|| StrBytes::from_string(name));
            SyncGroupResponse::default()
                .with_assignment(synced.assignment)
                .with_protocol_type(named(synced.protocol_type))
                .with_protocol_name(named(synced.protocol))
        }
        Err(code) => SyncGroupResponse::default().with_error_code(code.code()),
    }
}

//! `JoinGroup` 0..=7: waits until the next generation of the group begins.
//!
//! From version 4 a new dynamic member is first told its id (KIP-394); from version 5 there are
//! static members (KIP-345). Version 0 has no rebalance timeout: the session's is taken.

use std::sync::Arc;

use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::dispatch::RequestContext;
use crate::groups::membership::{JoinError, JoinRequest, Joined, Protocol};
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: JoinGroupRequest,
) -> JoinGroupResponse {
    let group_id = request.group_id.to_string();
    match shared
        .groups
        .join(&group_id, join_request(context, request))
        .await
    {
        Ok(joined) => accepted(context.version, joined),
        Err(error) => refused(context.version, error),
    }
}

fn join_request(context: &RequestContext, request: JoinGroupRequest) -> JoinRequest {
    let client_id = context
        .client_id
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    let instance_id = request.group_instance_id.map(|id| id.to_string());
    let name = instance_id.as_deref().unwrap_or(&client_id);
    let session_timeout_ms = i64::from(request.session_timeout_ms);
    let rebalance_timeout_ms = match context.version {
        0 => session_timeout_ms,
        _ => i64::from(request.rebalance_timeout_ms).max(0),
    };
    let protocols = request.protocols.into_iter().map(|protocol| Protocol {
        name: protocol.name.to_string(),
        metadata: protocol.metadata,
    });
    JoinRequest {
        fresh_member_id: format!("{name}-{}", Uuid::new_v4()),
        member_id: request.member_id.to_string(),
        instance_id,
        requires_known_id: context.version >= 4,
        client_id,
        client_host: format!("/{}", context.client_host),
        session_timeout_ms,
        rebalance_timeout_ms,
        protocol_type: request.protocol_type.to_string(),
        protocols: protocols.collect(),
    }
}

fn accepted(version: i16, joined: Joined) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|member| {
        JoinGroupResponseMember::default()
            .with_member_id(StrBytes::from_string(member.member_id))
            .with_group_instance_id(member.instance_id.map(StrBytes::from_string))
            .with_metadata(member.metadata)
    });
    let kind = (version >= 7).then(|| StrBytes::from_string(joined.protocol_type));
    JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_protocol_type(kind)
        .with_protocol_name(Some(StrBytes::from_string(joined.protocol)))
        .with_leader(StrBytes::from_string(joined.leader))
        .with_member_id(StrBytes::from_string(joined.member_id))
        .with_members(members.collect())
}

fn refused(version: i16, error: JoinError) -> JoinGroupResponse {
    // Before version 7 the name is not nullable.
    let name = (version < 7).then(StrBytes::default);
    JoinGroupResponse::default()
        .with_error_code(error.code.code())
        .with_generation_id(-1)
        .with_protocol_name(name)
        .with_member_id(StrBytes::from_string(error.member_id))
}

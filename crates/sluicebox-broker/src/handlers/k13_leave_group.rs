//! `LeaveGroup` 0..=5: one member up to version 2, several from version 3 on, where static members
//! may be named by their instance id alone (KIP-345).

use std::sync::Arc;

use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::code_of;
use crate::dispatch::RequestContext;
use crate::groups::membership::Leaver;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: LeaveGroupRequest,
) -> LeaveGroupResponse {
    let single = context.version < 3;
    let leavers: Vec<Leaver> = if single {
        vec![Leaver {
            member_id: request.member_id.to_string(),
            instance_id: None,
        }]
    } else {
        let named = request.members.iter().map(|member| Leaver {
            member_id: member.member_id.to_string(),
            instance_id: member.group_instance_id.as_ref().map(ToString::to_string),
        });
        named.collect()
    };
    let answers = match shared.groups.leave(&request.group_id, &leavers) {
        Ok(answers) => answers,
        Err(code) => return LeaveGroupResponse::default().with_error_code(code.code()),
    };
    if single {
        let code = answers.into_iter().next().map_or(0, code_of);
        return LeaveGroupResponse::default().with_error_code(code);
    }
    let members = request
        .members
        .into_iter()
        .zip(answers)
        .map(|(member, answer)| {
            MemberResponse::default()
                .with_member_id(member.member_id)
                .with_group_instance_id(member.group_instance_id)
                .with_error_code(code_of(answer))
        });
    LeaveGroupResponse::default().with_members(members.collect())
}

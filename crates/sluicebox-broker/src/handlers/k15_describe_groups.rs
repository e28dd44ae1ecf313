//! `DescribeGroups` 0..=5. A group that is not known is described as `Dead`, as clients expect.

use std::sync::Arc;

use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::dispatch::RequestContext;
use crate::groups::membership::{GroupState, GroupView, MemberView};
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let groups = request.groups.into_iter().map(|group_id| {
        let described = match shared.groups.describe(&group_id) {
            Some(view) => describe(view),
            None => DescribedGroup::default()
                .with_group_state(StrBytes::from_static_str(GroupState::Dead.name())),
        };
        described.with_group_id(group_id)
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn describe(view: GroupView) -> DescribedGroup {
    DescribedGroup::default()
        .with_group_state(StrBytes::from_static_str(view.state.name()))
        .with_protocol_type(StrBytes::from_string(view.protocol_type))
        .with_protocol_data(StrBytes::from_string(view.protocol))
        .with_members(view.members.into_iter().map(member).collect())
}

fn member(view: MemberView) -> DescribedGroupMember {
    DescribedGroupMember::default()
        .with_member_id(StrBytes::from_string(view.member_id))
        .with_group_instance_id(view.instance_id.map(StrBytes::from_string))
        .with_client_id(StrBytes::from_string(view.client_id))
        .with_client_host(StrBytes::from_string(view.client_host))
        .with_member_metadata(view.metadata)
        .with_member_assignment(view.assignment)
}

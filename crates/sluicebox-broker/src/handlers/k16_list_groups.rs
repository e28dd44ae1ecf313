//! `ListGroups` 0..=4: every group with members or offsets; from version 4 on filtered by state
//! (KIP-518).

use std::sync::Arc;

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: ListGroupsRequest,
) -> ListGroupsResponse {
    let wanted = &request.states_filter;
    let groups = shared
        .groups
        .list()
        .into_iter()
        .filter(|(_, _, state)| {
            wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(state.name()))
        })
        .map(|(name, kind, state)| {
            let group = ListedGroup::default()
                .with_group_id(GroupId(StrBytes::from_string(name)))
                .with_protocol_type(StrBytes::from_string(kind));
            if context.version >= 4 {
                group.with_group_state(StrBytes::from_static_str(state.name()))
            } else {
                group
            }
        });
    ListGroupsResponse::default().with_groups(groups.collect())
}

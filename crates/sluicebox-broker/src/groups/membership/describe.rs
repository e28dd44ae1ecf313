//! What `DescribeGroups` and `ListGroups` show.

use bytes::Bytes;

use super::group::{Group, GroupState};

/// A group as tools see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupView {
    pub(crate) state: GroupState,
    pub(crate) protocol_type: String,
    pub(crate) protocol: String,
    pub(crate) members: Vec<MemberView>,
}

/// A member as tools see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberView {
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) metadata: Bytes,
    pub(crate) assignment: Bytes,
}

impl GroupView {
    /// A group of which only offsets are known.
    pub(crate) fn without_members() -> Self {
        Group::new(0).view()
    }
}

impl Group {
    /// A copy of what tools may see. The assignments are shown only while they are in force.
    pub(crate) fn view(&self) -> GroupView {
        let stable = self.state == GroupState::Stable;
        let members = self
            .members
            .values()
            .map(|m| MemberView {
                member_id: m.id.clone(),
                instance_id: m.instance_id.clone(),
                client_id: m.client_id.clone(),
                client_host: m.client_host.clone(),
                metadata: m.metadata(&self.protocol),
                assignment: if stable {
                    m.assignment.clone()
                } else {
                    Bytes::new()
                },
            })
            .collect();
        GroupView {
            state: self.state,
            protocol_type: self.protocol_type.clone(),
            protocol: if stable {
                self.protocol.clone()
            } else {
                String::new()
            },
            members,
        }
    }

    /// Whether `DescribeGroups` and `ListGroups` call it a `consumer` group.
    pub(crate) fn protocol_type(&self) -> &str {
        &self.protocol_type
    }
}

//! Consumer groups, as JSON and pages show them.

use serde::Serialize;
use sluicebox_kafka::admin::PartitionLag;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::WebError;

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GroupLine {
    /// Its name.
    pub(crate) group: String,
    /// Its state, such as `Stable`.
    pub(crate) state: String,
    /// How many members it has.
    pub(crate) members: usize,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// Its name.
    pub(crate) group: String,
    /// Its state, such as `Stable`.
    pub(crate) state: String,
    /// How partitions are spread, such as `range`.
    pub(crate) assignor: String,
    /// Offsets that it has before it.
    pub(crate) lag: u64,
    /// The members.
    pub(crate) members: Vec<MemberView>,
    /// The partitions that it reads or has read.
    pub(crate) partitions: Vec<LagView>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// The id that the group gave it.
    pub(crate) member: String,
    /// The name it gave itself.
    pub(crate) client_id: String,
    /// Where it is.
    pub(crate) host: String,
    /// How many partitions it has.
    pub(crate) partitions: usize,
}

/// Where a group is in a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LagView {
    /// The topic.
    pub(crate) topic: String,
    /// The partition, from 0.
    pub(crate) partition: i32,
    /// The next offset, as committed; null when nothing is.
    pub(crate) committed: Option<i64>,
    /// Committed readers get up to here (not included).
    pub(crate) last_stable: i64,
    /// What is between the two.
    pub(crate) lag: u64,
    /// The member that has it.
    pub(crate) owner: Option<String>,
}

impl From<PartitionLag> for LagView {
    fn from(lag: PartitionLag) -> Self {
        Self {
            topic: lag.topic,
            partition: lag.partition,
            committed: lag.committed,
            last_stable: lag.last_stable,
            lag: lag.lag,
            owner: lag.owner,
        }
    }
}

/// All groups.
pub(crate) fn list(app: &App) -> Result<Vec<GroupLine>, WebError> {
    let admin = app.admin()?;
    let groups = admin.groups()?;
    let names: Vec<&str> = groups.iter().map(|group| group.group.as_str()).collect();
    let described = admin.describe_groups(&names)?;
    let lines = described.into_iter().map(|group| GroupLine {
        members: group.members.len(),
        group: group.group,
        state: group.state,
    });
    Ok(lines.collect())
}

/// One group.
pub(crate) fn one(app: &App, name: &str) -> Result<GroupView, WebError> {
    let admin = app.admin()?;
    let none = || WebError::NotFound(format!("there is no consumer group `{name}`"));
    if !admin.groups()?.iter().any(|group| group.group == name) {
        return Err(none());
    }
    let group = admin
        .describe_groups(&[name])?
        .into_iter()
        .next()
        .ok_or_else(none)?;
    let partitions = admin.lags(&group, &[])?.into_iter().map(LagView::from);
    let partitions: Vec<LagView> = partitions.collect();
    let members = group.members.into_iter().map(|member| MemberView {
        member: member.member,
        client_id: member.client_id,
        host: member.host,
        partitions: member.partitions.len(),
    });
    Ok(GroupView {
        group: group.group,
        state: group.state,
        assignor: group.assignor,
        lag: partitions.iter().map(|partition| partition.lag).sum(),
        members: members.collect(),
        partitions,
    })
}

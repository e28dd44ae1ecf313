//! Consumer groups.

use std::ffi::c_char;

use rdkafka_sys as sys;

use super::Admin;
use super::request::{array, borrowed_error, text};
use crate::error::KafkaError;
use crate::ffi::{PartitionList, c_string, check};

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// The group's name.
    pub group: String,
    /// Its state, such as `Stable` or `Empty`.
    pub state: String,
}

/// A group in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    /// The group's name.
    pub group: String,
    /// Its state, such as `Stable` or `Empty`.
    pub state: String,
    /// How partitions are spread, such as `range`.
    pub assignor: String,
    /// The members.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The id that the group gave it.
    pub member: String,
    /// The name it gave itself.
    pub client_id: String,
    /// Where it is.
    pub host: String,
    /// The name that stays over restarts, if it has one.
    pub instance: Option<String>,
    /// Its partitions.
    pub partitions: Vec<(String, i32)>,
}

/// What a group has committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: i32,
    /// The offset of the next record.
    pub offset: i64,
    /// What whoever committed it noted with it; mostly nothing.
    pub note: String,
}

impl Admin {
    /// All consumer groups, sorted by name.
    pub fn groups(&self) -> Result<Vec<GroupListing>, KafkaError> {
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;
        let client = self.client.as_ptr();
        let answer = self.ask("list groups", api, |options, queue| {
            // SAFETY: all are alive.
            unsafe { sys::rd_kafka_ListConsumerGroups(client, options.as_ptr(), queue) };
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_ListConsumerGroups_result(answer.event());
            let mut count = 0;
            let errors = sys::rd_kafka_ListConsumerGroups_result_errors(result, &raw mut count);
            for error in array(errors, count) {
                borrowed_error("list groups", *error)?;
            }
            let groups = sys::rd_kafka_ListConsumerGroups_result_valid(result, &raw mut count);
            let mut groups: Vec<GroupListing> = array(groups, count)
                .iter()
                .map(|group| GroupListing {
                    group: text(sys::rd_kafka_ConsumerGroupListing_group_id(*group)),
                    state: state_name(sys::rd_kafka_ConsumerGroupListing_state(*group)),
                })
                .collect();
            groups.sort_by(|a, b| a.group.cmp(&b.group));
            Ok(groups)
        }
    }

    /// Describes groups, in the order asked for. One that does not exist has the state `Dead`.
    pub fn describe_groups(&self, groups: &[&str]) -> Result<Vec<GroupDescription>, KafkaError> {
        const OPERATION: &str = "describe groups";
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let names = groups
            .iter()
            .map(|group| c_string(group))
            .collect::<Result<Vec<_>, _>>()?;
        let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let client = self.client.as_ptr();
        let answer = self.ask(OPERATION, api, |options, queue| {
            let (list, count) = (pointers.as_mut_ptr(), pointers.len());
            // SAFETY: all are alive; the request copies the names.
            unsafe {
                sys::rd_kafka_DescribeConsumerGroups(client, list, count, options.as_ptr(), queue);
            };
            Ok(())
        })?;
        let mut found = Vec::with_capacity(groups.len());
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DescribeConsumerGroups_result(answer.event());
            let mut count = 0;
            let groups = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
            for group in array(groups, count) {
                let error = sys::rd_kafka_ConsumerGroupDescription_error(*group);
                match borrowed_error(OPERATION, error) {
                    Err(error) if error.code != crate::ErrorCode::GROUP_ID_NOT_FOUND => {
                        let name = text(sys::rd_kafka_ConsumerGroupDescription_group_id(*group));
                        let message = format!("group {name}: {}", error.message);
                        return Err(KafkaError { message, ..error });
                    }
                    _ => found.push(description(*group)),
                }
            }
        }
        Ok(found)
    }

    /// What a group has committed, sorted by topic and partition.
    pub fn committed_offsets(&self, group: &str) -> Result<Vec<CommittedOffset>, KafkaError> {
        const OPERATION: &str = "read a group's committed offsets";
        let name = c_string(group)?;
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
        let client = self.client.as_ptr();
        let answer = self.ask(OPERATION, api, |options, queue| {
            // SAFETY: all are alive; the request copies what is asked for. A null list means all
            // partitions.
            unsafe {
                let mut asked =
                    sys::rd_kafka_ListConsumerGroupOffsets_new(name.as_ptr(), std::ptr::null());
                let (list, options) = (&raw mut asked, options.as_ptr());
                sys::rd_kafka_ListConsumerGroupOffsets(client, list, 1, options, queue);
                sys::rd_kafka_ListConsumerGroupOffsets_destroy(asked);
            }
            Ok(())
        })?;
        let mut offsets = Vec::new();
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_ListConsumerGroupOffsets_result(answer.event());
            let mut count = 0;
            let groups =
                sys::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &raw mut count);
            for group in array(groups, count) {
                borrowed_error(OPERATION, sys::rd_kafka_group_result_error(*group))?;
                for entry in PartitionList::read(sys::rd_kafka_group_result_partitions(*group)) {
                    check(OPERATION, entry.error.number())
                        .map_err(|error| error.at(&entry.topic, Some(entry.partition)))?;
                    if entry.offset >= 0 {
                        offsets.push(CommittedOffset {
                            topic: entry.topic,
                            partition: entry.partition,
                            offset: entry.offset,
                            note: entry.note,
                        });
                    }
                }
            }
        }
        offsets.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        Ok(offsets)
    }
}

/// # Safety
/// `group` is a valid description.
unsafe fn description(group: *const sys::rd_kafka_ConsumerGroupDescription_t) -> GroupDescription {
    // SAFETY: promised by the caller; members are asked for below their count.
    unsafe {
        let count = sys::rd_kafka_ConsumerGroupDescription_member_count(group);
        GroupDescription {
            group: text(sys::rd_kafka_ConsumerGroupDescription_group_id(group)),
            state: state_name(sys::rd_kafka_ConsumerGroupDescription_state(group)),
            assignor: text(sys::rd_kafka_ConsumerGroupDescription_partition_assignor(
                group,
            )),
            members: (0..count)
                .map(|index| member(sys::rd_kafka_ConsumerGroupDescription_member(group, index)))
                .collect(),
        }
    }
}

/// # Safety
/// `member` is a valid description.
unsafe fn member(member: *const sys::rd_kafka_MemberDescription_t) -> GroupMember {
    // SAFETY: promised by the caller.
    unsafe {
        let instance = sys::rd_kafka_MemberDescription_group_instance_id(member);
        let assignment = sys::rd_kafka_MemberDescription_assignment(member);
        let partitions = if assignment.is_null() {
            Vec::new()
        } else {
            PartitionList::read(sys::rd_kafka_MemberAssignment_partitions(assignment))
        };
        GroupMember {
            member: text(sys::rd_kafka_MemberDescription_consumer_id(member)),
            client_id: text(sys::rd_kafka_MemberDescription_client_id(member)),
            host: text(sys::rd_kafka_MemberDescription_host(member)),
            instance: (!instance.is_null()).then(|| text(instance)),
            partitions: partitions
                .into_iter()
                .map(|entry| (entry.topic, entry.partition))
                .collect(),
        }
    }
}

fn state_name(state: sys::rd_kafka_consumer_group_state_t) -> String {
    // SAFETY: returns a static string.
    unsafe { text(sys::rd_kafka_consumer_group_state_name(state)) }
}

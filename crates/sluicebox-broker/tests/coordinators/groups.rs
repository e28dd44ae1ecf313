use std::time::Duration;

use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic,
};
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest, GroupId, HeartbeatRequest,
    JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, ListGroupsRequest, OffsetCommitRequest,
    OffsetFetchRequest, SyncGroupRequest,
};

use super::*;

pub(crate) fn group() -> GroupId {
    GroupId(text("g"))
}

fn join(
    client: &mut Client,
    version: i16,
    member: &str,
    instance: Option<&str>,
) -> JoinGroupResponse {
    client.call(&join_request(member, instance), version)
}

fn join_request(member: &str, instance: Option<&str>) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range"));
    JoinGroupRequest::default()
        .with_group_id(group())
        .with_session_timeout_ms(10_000)
        .with_rebalance_timeout_ms(10_000)
        .with_member_id(text(member))
        .with_group_instance_id(instance.map(text))
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

fn sync(client: &mut Client, generation: i32, member: &str) -> i16 {
    let request = SyncGroupRequest::default()
        .with_group_id(group())
        .with_generation_id(generation)
        .with_member_id(text(member));
    client.call(&request, 3).error_code
}

fn heartbeat(client: &mut Client, generation: i32, member: &str, instance: Option<&str>) -> i16 {
    let request = HeartbeatRequest::default()
        .with_group_id(group())
        .with_generation_id(generation)
        .with_member_id(text(member))
        .with_group_instance_id(instance.map(text));
    client.call(&request, 3).error_code
}

pub(crate) fn commit(client: &mut Client, generation: i32, member: &str, partition: i32) -> i16 {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(partition)
        .with_committed_offset(7);
    let topic = OffsetCommitRequestTopic::default()
        .with_name(topic_name("t"))
        .with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(group())
        .with_generation_id_or_member_epoch(generation)
        .with_member_id(text(member))
        .with_topics(vec![topic]);
    client.call(&request, 8).topics[0].partitions[0].error_code
}

/// The committed offset of partition 0, or the error.
pub(crate) fn fetch(client: &mut Client, require_stable: bool) -> Result<i64, i16> {
    let topic = OffsetFetchRequestTopic::default()
        .with_name(topic_name("t"))
        .with_partition_indexes(vec![0]);
    let request = OffsetFetchRequest::default()
        .with_group_id(group())
        .with_topics(Some(vec![topic]))
        .with_require_stable(require_stable);
    let answer = client.call(&request, 7);
    let partition = &answer.topics[0].partitions[0];
    if partition.error_code == 0 {
        Ok(partition.committed_offset)
    } else {
        Err(partition.error_code)
    }
}

#[test]
fn a_new_member_is_told_its_id_first_from_version_4_on() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let told = join(&mut client, 5, "", None);
    assert_eq!(told.error_code, code::MEMBER_ID_REQUIRED);
    let joined = join(&mut client, 5, &told.member_id, None);
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
    assert_eq!((&joined.leader, joined.members.len()), (&told.member_id, 1));
    assert_eq!(sync(&mut client, 1, &told.member_id), 0);
    assert_eq!(heartbeat(&mut client, 1, &told.member_id, None), 0);
    assert_eq!(commit(&mut client, 1, &told.member_id, 0), 0);
    assert_eq!(
        commit(&mut client, 0, &told.member_id, 0),
        code::ILLEGAL_GENERATION
    );
    assert_eq!(commit(&mut client, -1, "", 0), code::UNKNOWN_MEMBER_ID);
    assert_eq!(fetch(&mut client, true), Ok(7));
}

#[test]
fn every_version_of_a_join_is_answered_in_its_form() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    for version in 0..=7 {
        let mut answer = join(&mut client, version, "", None);
        if version >= 4 {
            assert_eq!(
                answer.error_code,
                code::MEMBER_ID_REQUIRED,
                "version {version}"
            );
            answer = join(&mut client, version, &answer.member_id.clone(), None);
        }
        assert_eq!(answer.error_code, 0, "version {version}");
        let leave = LeaveGroupRequest::default()
            .with_group_id(group())
            .with_member_id(answer.member_id.clone());
        assert_eq!(client.call(&leave, 1).error_code, 0, "version {version}");
        let refused = join(&mut client, version, "stranger", None);
        assert_eq!(
            refused.error_code,
            code::UNKNOWN_MEMBER_ID,
            "version {version}"
        );
    }
}

#[test]
fn a_join_waits_for_the_others_without_holding_up_anybody_else() {
    let dir = tempfile::tempdir().unwrap();
    let (broker, mut first) = with_topic(dir.path());
    let mut second = Client::connect(&broker);
    let leader = join(&mut first, 3, "", None);
    second.send(&join_request("", None), 3);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(fetch(&mut Client::connect(&broker), false), Ok(-1));
    let again = join(&mut first, 3, &leader.member_id, None);
    let joined = second.receive::<JoinGroupRequest>(3);
    assert_eq!((again.generation_id, joined.generation_id), (2, 2));
    assert_eq!((again.members.len(), joined.members.len()), (2, 0));
}

#[test]
fn a_static_member_that_comes_back_fences_its_former_self() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let former = join(&mut client, 5, "", Some("i"));
    assert_eq!(former.error_code, 0);
    let present = join(&mut client, 5, "", Some("i"));
    assert_ne!(former.member_id, present.member_id);
    let generation = present.generation_id;
    let fenced = heartbeat(&mut client, generation, &former.member_id, Some("i"));
    assert_eq!(fenced, code::FENCED_INSTANCE_ID);
    assert_eq!(
        heartbeat(&mut client, generation, &present.member_id, Some("i")),
        0
    );
}

#[test]
fn offsets_survive_a_restart_and_partitions_that_do_not_exist_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (first, mut client) = with_topic(dir.path());
    assert_eq!(commit(&mut client, -1, "", 0), 0);
    assert_eq!(
        commit(&mut client, -1, "", 2),
        code::UNKNOWN_TOPIC_OR_PARTITION
    );
    first.stop(Duration::from_secs(5));
    let second = broker(dir.path());
    let mut client = Client::connect(&second);
    assert_eq!(fetch(&mut client, true), Ok(7));
    let everything = OffsetFetchRequest::default().with_groups(vec![
        OffsetFetchRequestGroup::default()
            .with_group_id(group())
            .with_topics(None),
    ]);
    let answer = client.call(&everything, 8);
    assert_eq!(answer.groups[0].topics[0].partitions.len(), 1);
    assert_eq!(answer.groups[0].topics[0].partitions[0].committed_offset, 7);
}

#[test]
fn tools_list_describe_and_delete_groups() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let member = join(&mut client, 3, "", None);
    sync(&mut client, 1, &member.member_id);
    commit(&mut client, 1, &member.member_id, 0);
    let list = client.call(&ListGroupsRequest::default(), 4);
    assert_eq!(list.groups[0].group_state.as_str(), "Stable");
    let describe = DescribeGroupsRequest::default().with_groups(vec![group(), GroupId(text("x"))]);
    let described = client.call(&describe, 4);
    assert_eq!(described.groups[0].members[0].client_id.as_str(), "test");
    assert_eq!(described.groups[1].group_state.as_str(), "Dead");
    let delete = DeleteGroupsRequest::default().with_groups_names(vec![group()]);
    assert_eq!(
        client.call(&delete, 1).results[0].error_code,
        code::NON_EMPTY_GROUP
    );
    let leave = LeaveGroupRequest::default()
        .with_group_id(group())
        .with_member_id(member.member_id.clone());
    client.call(&leave, 1);
    assert_eq!(client.call(&delete, 1).results[0].error_code, 0);
    assert_eq!(client.call(&ListGroupsRequest::default(), 4).groups, []);
}

#[test]
fn this_node_coordinates_everything() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    for version in 0..=3 {
        let request = FindCoordinatorRequest::default().with_key(text("g"));
        let answer = client.call(&request, version);
        assert_eq!(
            (answer.error_code, answer.node_id.0),
            (0, 1),
            "version {version}"
        );
        assert_eq!(answer.port, i32::from(broker.address().port()));
    }
    let request =
        FindCoordinatorRequest::default().with_coordinator_keys(vec![text("a"), text("b")]);
    assert_eq!(client.call(&request, 4).coordinators.len(), 2);
    let nameless = JoinGroupRequest::default().with_session_timeout_ms(10_000);
    assert_eq!(client.call(&nameless, 5).error_code, code::INVALID_GROUP_ID);
}

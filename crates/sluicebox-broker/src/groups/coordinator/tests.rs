use kafka_protocol::error::ResponseError;
use uuid::Uuid;

use super::{CommitRequest, Fetched};
use crate::groups::membership::{Caller, GroupState, JoinRequest, Leaver, Protocol, SyncRequest};
use crate::groups::offsets::CommittedOffset;
use crate::test_rig::Rig;
use crate::transactions::machine::Producer;

const NOBODY: Caller<'static> = Caller {
    member_id: "",
    instance_id: None,
};
const PRODUCER: Producer = Producer { id: 9, epoch: 0 };
const TOPIC: Uuid = Uuid::from_u128(7);

fn offsets(partition: i32, offset: i64) -> CommitRequest<'static> {
    let offset = CommittedOffset {
        topic: "t".to_owned(),
        topic_id: TOPIC,
        partition,
        offset,
        leader_epoch: 0,
        metadata: String::new(),
    };
    CommitRequest {
        group_id: "g",
        caller: NOBODY,
        generation: -1,
        offsets: vec![offset],
    }
}

async fn fetch(rig: &Rig, require_stable: bool) -> Option<i64> {
    let wanted = [("t".to_owned(), TOPIC, 0)];
    let found = rig
        .groups
        .fetch("g", &wanted, require_stable)
        .await
        .unwrap();
    match &found[0] {
        Fetched::At(at) => Some(at.offset),
        Fetched::Nothing => None,
        Fetched::Unstable => Some(-99),
    }
}

fn join(member_id: &str) -> JoinRequest {
    JoinRequest {
        member_id: member_id.to_owned(),
        instance_id: None,
        fresh_member_id: "m".to_owned(),
        requires_known_id: false,
        client_id: "c".to_owned(),
        client_host: "h".to_owned(),
        session_timeout_ms: 60,
        rebalance_timeout_ms: 60,
        protocol_type: "consumer".to_owned(),
        protocols: vec![Protocol {
            name: "range".to_owned(),
            metadata: bytes::Bytes::new(),
        }],
    }
}

#[tokio::test]
async fn offsets_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    rig.groups.commit(offsets(0, 5)).await.unwrap();
    rig.groups.commit(offsets(0, 6)).await.unwrap();
    drop(rig);
    assert_eq!(fetch(&Rig::open(dir.path()), true).await, Some(6));
}

#[tokio::test]
async fn a_transactions_offsets_wait_for_its_end_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    rig.groups.commit(offsets(0, 5)).await.unwrap();
    let pending = rig
        .groups
        .commit_in_transaction(offsets(0, 8), PRODUCER)
        .unwrap();
    rig.groups.pending_durable(pending).await.unwrap();
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(fetch(&rig, true).await, Some(-99), "unstable");
    assert_eq!(fetch(&rig, false).await, Some(5));
    rig.groups
        .end_transaction("g", PRODUCER.id, true)
        .await
        .unwrap();
    rig.groups
        .end_transaction("g", PRODUCER.id, true)
        .await
        .unwrap();
    assert_eq!(fetch(&rig, true).await, Some(8));
    drop(rig);
    assert_eq!(fetch(&Rig::open(dir.path()), true).await, Some(8));
}

#[tokio::test]
async fn compaction_keeps_what_counts() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let padding = "x".repeat(4_000);
    for round in 0..1_200 {
        let mut request = offsets(0, round);
        request.offsets[0].metadata.clone_from(&padding);
        // As a transaction that commits at once: without a sync for each.
        let _pending = rig.groups.commit_in_transaction(request, PRODUCER).unwrap();
    }
    rig.groups
        .end_transaction("g", PRODUCER.id, true)
        .await
        .unwrap();
    let _pending = rig
        .groups
        .commit_in_transaction(offsets(1, 4), PRODUCER)
        .unwrap();
    let path = dir.path().join("groups.journal");
    let before = std::fs::metadata(&path).unwrap().len();
    rig.groups.compact_if_long();
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(
        before > 4 << 20 && after < 16 << 10,
        "{before} -> {after} bytes"
    );
    rig.groups
        .end_transaction("g", PRODUCER.id, true)
        .await
        .unwrap();
    drop(rig);
    let rig = Rig::open(dir.path());
    assert_eq!(fetch(&rig, true).await, Some(1_199));
    assert_eq!(rig.groups.places("g").len(), 2);
}

#[tokio::test]
async fn offsets_expire_only_once_the_group_is_empty_for_long_enough() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let joined = rig.groups.join("g", join("")).await.unwrap();
    let caller = Caller {
        member_id: &joined.member_id,
        instance_id: None,
    };
    let assignments = std::collections::BTreeMap::new();
    let sync = SyncRequest {
        caller,
        generation: joined.generation,
        assignments,
    };
    rig.groups.sync("g", sync).await.unwrap();
    let request = CommitRequest {
        caller,
        generation: joined.generation,
        ..offsets(0, 5)
    };
    rig.groups.commit(request).await.unwrap();
    rig.clock.pass(10_000);
    rig.groups.expire_offsets();
    assert_eq!(fetch(&rig, true).await, Some(5));
    let leaver = Leaver {
        member_id: joined.member_id.clone(),
        instance_id: None,
    };
    rig.groups.leave("g", &[leaver]).unwrap();
    rig.clock.pass(999);
    rig.groups.expire_offsets();
    assert_eq!(fetch(&rig, true).await, Some(5));
    rig.clock.pass(1);
    rig.groups.expire_offsets();
    assert_eq!(fetch(&rig, true).await, None);
}

#[tokio::test]
async fn deleting_a_topic_takes_its_offsets_along() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    rig.groups.commit(offsets(0, 5)).await.unwrap();
    rig.groups.forget_topic(TOPIC).await.unwrap();
    assert_eq!(fetch(&rig, true).await, None);
    rig.groups.commit(offsets(0, 7)).await.unwrap();
    drop(rig);
    // A crash came between the deletion of the topic and that of the offsets.
    let rig = Rig::open(dir.path());
    rig.groups.forget_missing_topics(|id| id != TOPIC);
    assert_eq!(fetch(&rig, true).await, None);
    drop(rig);
    assert_eq!(fetch(&Rig::open(dir.path()), true).await, None);
}

#[tokio::test]
async fn a_deleted_group_is_gone_and_a_used_one_is_not_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    assert_eq!(
        rig.groups.delete("g").await,
        Err(ResponseError::GroupIdNotFound)
    );
    rig.groups.commit(offsets(0, 5)).await.unwrap();
    let _pending = rig
        .groups
        .commit_in_transaction(offsets(1, 4), PRODUCER)
        .unwrap();
    assert_eq!(
        rig.groups.delete("g").await,
        Err(ResponseError::NonEmptyGroup)
    );
    rig.groups
        .end_transaction("g", PRODUCER.id, false)
        .await
        .unwrap();
    rig.groups.delete("g").await.unwrap();
    assert!(rig.groups.describe("g").is_none());
    drop(rig);
    assert!(Rig::open(dir.path()).groups.list().is_empty());
}

#[tokio::test]
async fn a_silent_member_is_removed_by_the_clock_and_the_other_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let fatal = std::sync::Arc::new(crate::fatal::Fatal::new());
    let keeper = tokio::spawn(rig.groups.clone().keep_time(fatal));
    let joined = rig.groups.join("g", join("")).await.unwrap();
    assert_eq!(joined.members.len(), 1);
    let gone = async {
        while rig
            .groups
            .describe("g")
            .is_some_and(|view| view.state != GroupState::Empty)
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone)
        .await
        .unwrap();
    keeper.abort();
}

#[tokio::test]
async fn limits_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::open(dir.path());
    let too_short = JoinRequest {
        session_timeout_ms: 9,
        ..join("")
    };
    let too_long = JoinRequest {
        session_timeout_ms: 60_001,
        ..join("")
    };
    for request in [too_short, too_long] {
        let code = rig.groups.join("g", request).await.unwrap_err().code;
        assert_eq!(code, ResponseError::InvalidSessionTimeout);
    }
    let mut huge = join("");
    huge.protocols[0].metadata = bytes::Bytes::from(vec![0; 2 << 20]);
    let code = rig.groups.join("g", huge).await.unwrap_err().code;
    assert_eq!(code, ResponseError::InvalidRequest);
    for name in [String::new(), "x".repeat(2_000)] {
        let code = rig.groups.join(&name, join("")).await.unwrap_err().code;
        assert_eq!(code, ResponseError::InvalidGroupId);
    }
    let code = rig
        .groups
        .join("g", join("unknown"))
        .await
        .unwrap_err()
        .code;
    assert_eq!(code, ResponseError::UnknownMemberId);
    assert!(rig.groups.list().is_empty());
}

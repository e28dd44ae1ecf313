//! What the client asks the broker for.

use std::sync::Arc;

use kafka_protocol::error::ResponseError;

use crate::groups::membership::Caller;
use crate::groups::offsets::CommittedOffset;
use crate::groups::{CommitRequest, Fetched};
use crate::log::PartitionLog;
use crate::test_rig::Rig;
use crate::topics::{NewTopic, TopicConfig};

pub(super) const TOPIC: &str = "t";
pub(super) const GROUP: &str = "g";

pub(super) type Done = Result<(), String>;

pub(super) fn failed(what: &'static str) -> impl FnOnce(ResponseError) -> String {
    move |code| format!("{what}: {code:?}")
}

pub(super) fn log(rig: &Rig, partition: i32) -> Result<Arc<PartitionLog>, String> {
    let topic = rig.topics.by_name(TOPIC);
    let log = topic.and_then(|topic| topic.partition(partition));
    log.ok_or_else(|| format!("there is no {TOPIC}-{partition}"))
}

/// As a broker stops.
pub(super) fn close(rig: &Rig) -> std::io::Result<()> {
    for topic in rig.topics.all() {
        for log in topic.partitions() {
            log.close()?;
        }
    }
    rig.topics.close()?;
    rig.groups.close()?;
    rig.transactions.close()
}

pub(super) async fn create(
    rig: &Rig,
    name: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> Done {
    let settings = settings.iter();
    let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = TopicConfig::new(settings.collect()).map_err(|e| e.to_string())?;
    let new = NewTopic {
        name: name.to_owned(),
        partitions,
        config,
    };
    if rig.topics.by_name(name).is_some() {
        return Ok(());
    }
    let created = rig.topics.create(new).await;
    created.map(drop).map_err(|e| e.to_string())
}

pub(super) async fn more_partitions(rig: &Rig, count: i32) -> Done {
    let topic = rig.topics.by_name(TOPIC).ok_or("there is no topic")?;
    if topic.partition_count() == count {
        return Ok(());
    }
    let added = rig.topics.add_partitions(TOPIC, count, false).await;
    added.map_err(|e| e.to_string())
}

pub(super) fn offsets(rig: &Rig, offset: i64) -> Result<CommitRequest<'static>, String> {
    let topic = rig.topics.by_name(TOPIC).ok_or("there is no topic")?;
    let offset = CommittedOffset {
        topic: TOPIC.to_owned(),
        topic_id: topic.id,
        partition: 0,
        offset,
        leader_epoch: 0,
        metadata: String::new(),
    };
    let caller = Caller {
        member_id: "",
        instance_id: None,
    };
    Ok(CommitRequest {
        group_id: GROUP,
        caller,
        generation: -1,
        offsets: vec![offset],
    })
}

/// What the group finds.
pub(super) async fn fetched(rig: &Rig) -> Result<Fetched, String> {
    let topic = rig.topics.by_name(TOPIC).ok_or("there is no topic")?;
    let wanted = [(TOPIC.to_owned(), topic.id, 0)];
    let fetched = rig.groups.fetch(GROUP, &wanted, true).await;
    Ok(fetched.map_err(failed("fetch offsets"))?.remove(0))
}

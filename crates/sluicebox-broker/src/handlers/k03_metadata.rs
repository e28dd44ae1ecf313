//! `Metadata` 0..=12.
//!
//! One broker, which is leader, replica and controller of everything. Topics are named by name or
//! (from 10 on) by id. An unknown topic is created when the client and the broker's settings allow
//! it.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse};

use super::{text, topic_name};
use crate::dispatch::RequestContext;
use crate::log::batch::LEADER_EPOCH;
use crate::shared::{NODE_ID, Shared};
use crate::topics::{NewTopic, Topic, TopicConfig};

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: MetadataRequest,
) -> MetadataResponse {
    let (host, port) = &shared.advertised;
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(NODE_ID))
        .with_host(text(host.as_str()))
        .with_port(i32::from(*port));
    // In version 0 an empty list asks for all topics, later none does.
    let wanted = request
        .topics
        .filter(|topics| context.version > 0 || !topics.is_empty());
    let topics = match wanted {
        None => shared
            .topics
            .all()
            .iter()
            .map(|topic| describe(topic))
            .collect(),
        Some(wanted) => {
            let create = request.allow_auto_topic_creation || context.version < 4;
            let mut topics = Vec::with_capacity(wanted.len());
            for topic in wanted {
                topics.push(find(shared, topic, create).await);
            }
            topics
        }
    };
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_cluster_id(Some(text(shared.cluster_id.as_str())))
        .with_controller_id(BrokerId(NODE_ID))
        .with_topics(topics)
}

async fn find(
    shared: &Shared,
    wanted: MetadataRequestTopic,
    create: bool,
) -> MetadataResponseTopic {
    let refused = |code: ResponseError| {
        MetadataResponseTopic::default()
            .with_error_code(code.code())
            .with_name(wanted.name.clone())
            .with_topic_id(wanted.topic_id)
    };
    let Some(name) = &wanted.name else {
        let topic = shared.topics.by_id(wanted.topic_id);
        return topic.map_or_else(|| refused(ResponseError::UnknownTopicId), |t| describe(&t));
    };
    if let Some(topic) = shared.topics.by_name(&name.0) {
        return describe(&topic);
    }
    if !(create && shared.config.auto_create_topics) {
        return refused(ResponseError::UnknownTopicOrPartition);
    }
    let new = NewTopic {
        name: name.0.to_string(),
        partitions: shared.config.default_partitions,
        config: TopicConfig::default(),
    };
    match shared.topics.create(new).await {
        Ok(topic) => describe(&topic),
        // Another client was faster.
        Err(error) if error.code() == ResponseError::TopicAlreadyExists => {
            shared.topics.by_name(&name.0).map_or_else(
                || refused(ResponseError::LeaderNotAvailable),
                |t| describe(&t),
            )
        }
        Err(error) => refused(error.code()),
    }
}

fn describe(topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..topic.partition_count()).map(|index| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(NODE_ID))
            .with_leader_epoch(LEADER_EPOCH)
            .with_replica_nodes(vec![BrokerId(NODE_ID)])
            .with_isr_nodes(vec![BrokerId(NODE_ID)])
    });
    MetadataResponseTopic::default()
        .with_name(Some(topic_name(&topic.name)))
        .with_topic_id(topic.id)
        .with_partitions(partitions.collect())
}

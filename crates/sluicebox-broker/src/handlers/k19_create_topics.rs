//! `CreateTopics` 2..=7.
//!
//! Replication factor 1 or -1 (the default); on a single node more is refused. Settings are
//! checked, unknown ones refused. `validate_only` checks everything and makes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult,
};
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};

use super::{outcome, text};
use crate::dispatch::RequestContext;
use crate::shared::{NODE_ID, Shared};
use crate::topics::{NewTopic, TopicConfig, TopicError, TopicId};

/// `DescribeConfigs` source: set for the topic.
const SOURCE_TOPIC: i8 = 1;
/// `DescribeConfigs` source: the default.
const SOURCE_DEFAULT: i8 = 5;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: CreateTopicsRequest,
) -> CreateTopicsResponse {
    let mut results = Vec::with_capacity(request.topics.len());
    for wanted in &request.topics {
        let result = create(shared, wanted, request.validate_only).await;
        let (code, message) = outcome(&result);
        let answer = CreatableTopicResult::default()
            .with_name(wanted.name.clone())
            .with_error_code(code)
            .with_error_message(message);
        results.push(match result {
            Ok((new, id)) if context.version >= 5 => describe(shared, answer, &new, id),
            _ => answer,
        });
    }
    CreateTopicsResponse::default().with_topics(results)
}

async fn create(
    shared: &Shared,
    wanted: &CreatableTopic,
    validate_only: bool,
) -> Result<(NewTopic, TopicId), TopicError> {
    let new = checked(shared, wanted)?;
    if validate_only {
        shared.topics.check_new(&new)?;
        return Ok((new, TopicId::nil()));
    }
    let topic = shared.topics.create(new.clone()).await?;
    Ok((new, topic.id))
}

fn checked(shared: &Shared, wanted: &CreatableTopic) -> Result<NewTopic, TopicError> {
    let settings = wanted.configs.iter().filter_map(|setting| {
        setting
            .value
            .as_ref()
            .map(|value| (setting.name.to_string(), value.to_string()))
    });
    let config = TopicConfig::new(settings.collect::<BTreeMap<_, _>>())?;
    let name = wanted.name.0.to_string();
    if !wanted.assignments.is_empty() {
        if wanted
            .assignments
            .iter()
            .any(|assigned| assigned.broker_ids != [NODE_ID])
        {
            return Err(TopicError::refused(
                ResponseError::InvalidReplicaAssignment,
                format!("every replica is on broker {NODE_ID}, the only one"),
            ));
        }
        let partitions = wanted.assignments.len() as i32;
        return Ok(NewTopic {
            name,
            partitions,
            config,
        });
    }
    if !matches!(wanted.replication_factor, -1 | 1) {
        return Err(TopicError::refused(
            ResponseError::InvalidReplicationFactor,
            format!(
                "replication factor {}: there is one broker",
                wanted.replication_factor
            ),
        ));
    }
    let partitions = match wanted.num_partitions {
        -1 => shared.config.default_partitions,
        count => count,
    };
    Ok(NewTopic {
        name,
        partitions,
        config,
    })
}

fn describe(
    shared: &Shared,
    answer: CreatableTopicResult,
    new: &NewTopic,
    id: TopicId,
) -> CreatableTopicResult {
    let configs = new
        .config
        .describe(&shared.config)
        .into_iter()
        .map(|setting| {
            CreatableTopicConfigs::default()
                .with_name(text(setting.name))
                .with_value(Some(text(setting.value)))
                .with_config_source(if setting.is_default {
                    SOURCE_DEFAULT
                } else {
                    SOURCE_TOPIC
                })
        });
    answer
        .with_topic_id(id)
        .with_num_partitions(new.partitions)
        .with_replication_factor(1)
        .with_configs(Some(configs.collect()))
}

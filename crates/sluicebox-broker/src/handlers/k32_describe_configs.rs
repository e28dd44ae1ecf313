//! `DescribeConfigs` 1..=4: the settings of topics, and of the broker (few, read only).

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_protocol::protocol::StrBytes;

use super::text;
use crate::dispatch::RequestContext;
use crate::shared::{NODE_ID, Shared};

/// Resource type of a topic.
pub(super) const TOPIC: i8 = 2;
/// Resource type of a broker.
pub(super) const BROKER: i8 = 4;
const SOURCE_TOPIC: i8 = 1;
const SOURCE_BROKER: i8 = 4;
const SOURCE_DEFAULT: i8 = 5;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let results = request
        .resources
        .into_iter()
        .map(|resource| describe(shared, resource));
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn describe(shared: &Shared, wanted: DescribeConfigsResource) -> DescribeConfigsResult {
    let name = wanted.resource_name.to_string();
    let found = match wanted.resource_type {
        TOPIC => of_topic(shared, &name),
        BROKER => of_broker(shared, &name),
        other => Err((
            ResponseError::InvalidRequest,
            format!("resources of type {other} have no settings here"),
        )),
    };
    let answer = DescribeConfigsResult::default()
        .with_resource_type(wanted.resource_type)
        .with_resource_name(wanted.resource_name);
    let is_wanted = |name: &StrBytes| {
        wanted
            .configuration_keys
            .as_ref()
            .is_none_or(|keys| keys.contains(name))
    };
    match found {
        Ok(settings) => {
            let settings = settings
                .into_iter()
                .filter(|setting| is_wanted(&setting.name));
            answer.with_configs(settings.collect())
        }
        Err((code, message)) => answer
            .with_error_code(code.code())
            .with_error_message(Some(text(message))),
    }
}

type Found = Result<Vec<DescribeConfigsResourceResult>, (ResponseError, String)>;

fn of_topic(shared: &Shared, name: &str) -> Found {
    let topic = shared.topics.by_name(name).ok_or_else(|| {
        (
            ResponseError::UnknownTopicOrPartition,
            format!("there is no topic {name}"),
        )
    })?;
    let settings = topic.config().describe(&shared.config).into_iter();
    let describe = |setting: crate::topics::Described| {
        let source = if setting.is_default {
            SOURCE_DEFAULT
        } else {
            SOURCE_TOPIC
        };
        shown(setting.name, setting.value, source)
    };
    Ok(settings.map(describe).collect())
}

fn of_broker(shared: &Shared, name: &str) -> Found {
    if name != NODE_ID.to_string() && !name.is_empty() {
        let message = format!("there is no broker {name}, only {NODE_ID}");
        return Err((ResponseError::InvalidRequest, message));
    }
    let config = &shared.config;
    let settings = [
        (
            "auto.create.topics.enable",
            config.auto_create_topics.to_string(),
        ),
        ("broker.id", NODE_ID.to_string()),
        ("default.replication.factor", "1".to_owned()),
        ("log.retention.bytes", config.retention_bytes.to_string()),
        ("log.retention.ms", config.retention_ms.to_string()),
        ("log.segment.bytes", config.segment_bytes.to_string()),
        ("message.max.bytes", config.max_message_bytes.to_string()),
        ("min.insync.replicas", "1".to_owned()),
        ("num.partitions", config.default_partitions.to_string()),
    ];
    let read_only = |(name, value)| shown(name, value, SOURCE_BROKER).with_read_only(true);
    Ok(settings.into_iter().map(read_only).collect())
}

fn shown(name: &str, value: String, source: i8) -> DescribeConfigsResourceResult {
    DescribeConfigsResourceResult::default()
        .with_name(text(name))
        .with_value(Some(text(value)))
        .with_config_source(source)
}

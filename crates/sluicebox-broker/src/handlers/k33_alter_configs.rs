//! `AlterConfigs` 0..=2: what is given replaces all settings of a topic.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_configs_request::AlterConfigsResource;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::k32_describe_configs::TOPIC;
use super::outcome;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::topics::TopicError;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let mut responses = Vec::with_capacity(request.resources.len());
    for resource in request.resources {
        let (code, message) = outcome(&alter(shared, &resource, request.validate_only).await);
        responses.push(
            AlterConfigsResourceResponse::default()
                .with_error_code(code)
                .with_error_message(message)
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name),
        );
    }
    AlterConfigsResponse::default().with_responses(responses)
}

async fn alter(
    shared: &Shared,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<(), TopicError> {
    only_topics(resource.resource_type)?;
    let settings = resource.configs.iter().filter_map(|setting| {
        setting
            .value
            .as_ref()
            .map(|value| (setting.name.to_string(), value.to_string()))
    });
    let settings: BTreeMap<_, _> = settings.collect();
    shared
        .topics
        .configure(&resource.resource_name, |_| Ok(settings), validate_only)
        .await
}

/// Only topics have settings that can be changed.
pub(super) fn only_topics(resource_type: i8) -> Result<(), TopicError> {
    if resource_type == TOPIC {
        return Ok(());
    }
    Err(TopicError::refused(
        ResponseError::InvalidRequest,
        "only the settings of topics can be changed here; the broker's are given at its start",
    ))
}

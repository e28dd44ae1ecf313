//! `IncrementalAlterConfigs` 0..=1: sets (0) and deletes (1) single settings of a topic. None of
//! them is a list that could be appended to (2) or subtracted from (3).

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::k33_alter_configs::only_topics;
use super::outcome;
use crate::dispatch::RequestContext;
use crate::shared::Shared;
use crate::topics::TopicError;

const SET: i8 = 0;
const DELETE: i8 = 1;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    _context: &RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
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
    IncrementalAlterConfigsResponse::default().with_responses(responses)
}

async fn alter(
    shared: &Shared,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<(), TopicError> {
    only_topics(resource.resource_type)?;
    let change = |mut settings: BTreeMap<String, String>| {
        for setting in &resource.configs {
            apply(&mut settings, setting)?;
        }
        Ok(settings)
    };
    shared
        .topics
        .configure(&resource.resource_name, change, validate_only)
        .await
}

fn apply(
    settings: &mut BTreeMap<String, String>,
    setting: &AlterableConfig,
) -> Result<(), TopicError> {
    let name = setting.name.to_string();
    match (setting.config_operation, &setting.value) {
        (SET, Some(value)) => {
            settings.insert(name, value.to_string());
        }
        (DELETE, _) => {
            settings.remove(&name);
        }
        (SET, None) => {
            let message = format!("{name}: no value to set");
            return Err(TopicError::refused(ResponseError::InvalidConfig, message));
        }
        _ => {
            let message = format!("{name} is no list that could be appended to");
            return Err(TopicError::refused(ResponseError::InvalidConfig, message));
        }
    }
    Ok(())
}

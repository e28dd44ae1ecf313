//! `DeleteTopics` 1..=6, by name or (from 6 on) by id. Records are gone when the answer comes.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};

use super::{outcome, text, topic_name};
use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    context: &RequestContext,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let by_name = |name| {
        DeleteTopicState::default()
            .with_name(Some(name))
            .with_topic_id(uuid::Uuid::nil())
    };
    let wanted: Vec<_> = if context.version >= 6 {
        request.topics
    } else {
        request.topic_names.into_iter().map(by_name).collect()
    };
    let mut responses = Vec::with_capacity(wanted.len());
    for topic in wanted {
        responses.push(delete(shared, topic).await);
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

async fn delete(shared: &Shared, wanted: DeleteTopicState) -> DeletableTopicResult {
    let result = DeletableTopicResult::default();
    let name = match &wanted.name {
        Some(name) => name.0.to_string(),
        None => match shared.topics.by_id(wanted.topic_id) {
            Some(topic) => topic.name.clone(),
            None => {
                return result
                    .with_name(None)
                    .with_topic_id(wanted.topic_id)
                    .with_error_code(ResponseError::UnknownTopicId.code())
                    .with_error_message(Some(text("there is no topic of this id")));
            }
        },
    };
    let deleted = shared.topics.delete(&name).await;
    if let Ok(id) = &deleted
        && let Err(error) = shared.groups.forget_topic(*id).await
    {
        // The next start forgets the positions: their topic is not there.
        tracing::warn!(topic = name, %error, "positions in a deleted topic are still there");
    }
    let (code, message) = outcome(&deleted);
    result
        .with_name(Some(topic_name(&name)))
        .with_topic_id(deleted.unwrap_or(wanted.topic_id))
        .with_error_code(code)
        .with_error_message(message)
}

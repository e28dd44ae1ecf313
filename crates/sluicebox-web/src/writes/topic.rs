//! Creates a topic, under the rules of `sluicebox topics create`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluicebox_kafka::{Admin, ErrorCode};
use sluicebox_pipeline::PipelineError;
use sluicebox_pipeline::limits::{REPLICATION_FACTOR_MAX, TOPIC_PARTITIONS_MAX};
use sluicebox_pipeline::topics::{NamedTopic, create_named, is_wrong_request};
use utoipa::ToSchema;

use super::Peer;
use crate::app::App;
use crate::error::WebError;
use crate::limits::WRITE_WAIT;

/// A topic to create.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTopic {
    /// Its name.
    pub(crate) name: String,
    /// How many partitions; as many as the pipeline's topics get when left out.
    #[serde(default)]
    pub(crate) partitions: Option<u32>,
    /// Copies of each; as many as the pipeline's topics get when left out.
    #[serde(default)]
    pub(crate) replication_factor: Option<u16>,
    /// Settings, such as `retention.ms`.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
}

/// A topic that was created.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TopicCreated {
    /// Its name.
    pub(crate) name: String,
    /// How many partitions it has.
    pub(crate) partitions: u32,
    /// Copies of each.
    pub(crate) replication_factor: u16,
    /// The settings that it was given.
    pub(crate) settings: BTreeMap<String, String>,
}

/// Creates it.
pub(crate) fn create(app: &App, new: NewTopic, peer: Peer) -> Result<TopicCreated, WebError> {
    let writes = app.writes()?;
    check(&new)?;
    let wanted = NamedTopic {
        name: new.name,
        partitions: new.partitions,
        replication_factor: new.replication_factor,
        settings: new.settings.into_iter().collect(),
    };
    // To make a topic takes longer than to look at one.
    let admin = Admin::clone(&*app.admin()?).with_timeout(WRITE_WAIT);
    let created = create_named(&admin, &writes.topics, &wanted).map_err(refused)?;
    peer.wrote(format_args!(
        "created the topic {}, {} partitions, replication factor {}",
        created.name, created.partitions, created.replication_factor
    ));
    Ok(TopicCreated {
        name: created.name,
        partitions: created.partitions,
        replication_factor: created.replication_factor,
        settings: created.settings.into_iter().collect(),
    })
}

fn check(new: &NewTopic) -> Result<(), WebError> {
    let wrong = |what: String| Err(WebError::BadRequest(what));
    if new.name.is_empty() {
        return wrong("the topic needs a name".to_owned());
    }
    if (new.partitions).is_some_and(|count| !(1..=TOPIC_PARTITIONS_MAX).contains(&count)) {
        return wrong(format!("partitions: 1 to {TOPIC_PARTITIONS_MAX}"));
    }
    let factor = new.replication_factor;
    if factor.is_some_and(|factor| !(1..=REPLICATION_FACTOR_MAX).contains(&factor)) {
        return wrong(format!("replication factor: 1 to {REPLICATION_FACTOR_MAX}"));
    }
    Ok(())
}

fn refused(error: PipelineError) -> WebError {
    let message = match error.way_out() {
        Some(way_out) => format!("{error}; {way_out}"),
        None => error.to_string(),
    };
    match error {
        PipelineError::ClusterTooSmall { .. }
        | PipelineError::InternalTopic(_)
        | PipelineError::MarkersExpire { .. } => WebError::Refused(message),
        PipelineError::Kafka(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS => {
            WebError::Conflict(message)
        }
        PipelineError::Kafka(error) if is_wrong_request(&error) => WebError::Refused(message),
        other => other.into(),
    }
}

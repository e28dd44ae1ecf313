//! Produces one record, to try something out.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use sluicebox_kafka::{Delivery, KafkaError, OutBatch, Producer, ProducerOptions};
use sluicebox_pipeline::topics::INTERNAL_PREFIX;
use utoipa::ToSchema;

use super::Peer;
use crate::app::App;
use crate::error::WebError;
use crate::limits::{GIVE_UP_WAIT, WRITE_WAIT};

/// Names of headers that the pipeline keeps for itself begin so: one of them says which letter a record was.
const OWN_HEADERS: &str = "sluicebox.";
/// Longest name of a topic (Kafka's `Topic.MAX_NAME_LENGTH`).
const NAME_MAX_BYTES: usize = 249;

/// A record to produce.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRecord {
    /// The key; null for none.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// The value; null for none (a tombstone).
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// The headers, in order.
    #[serde(default)]
    pub(crate) headers: Vec<NewHeader>,
    /// The partition; by the key when left out.
    #[serde(default)]
    pub(crate) partition: Option<i32>,
}

/// A header to produce.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHeader {
    /// Its name.
    pub(crate) name: String,
    /// Its value; null for none.
    #[serde(default)]
    pub(crate) value: Option<String>,
}

/// Where a record is that was produced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Written {
    /// The topic.
    pub(crate) topic: String,
    /// The partition.
    pub(crate) partition: i32,
    /// The offset; null where the cluster had the record already and no longer knew where.
    pub(crate) offset: Option<i64>,
}

/// Why nobody but the pipeline may write to a topic.
pub(crate) fn protected(app: &App, topic: &str) -> Option<String> {
    let outputs = &app.config.topics;
    let why = if topic == outputs.processed || topic == outputs.dead_letters {
        "only the processor's transactions write to it. A record from elsewhere would become a row that no source record explains, and `sluicebox verify` would contradict it"
    } else if topic == app.config.replays {
        "only replays write to it. A record from elsewhere would mark a dead letter as replayed that never was"
    } else if topic.starts_with(INTERNAL_PREFIX) {
        "it is one of Kafka's own"
    } else {
        return None;
    };
    Some(format!(
        "{topic} takes no records by hand: {why}. Produce into a source topic instead"
    ))
}

/// Produces it: idempotent, and acknowledged by all replicas in sync.
pub(crate) fn produce(
    app: &App,
    topic: &str,
    new: &NewRecord,
    peer: Peer,
) -> Result<Written, WebError> {
    app.writes()?;
    let until = Instant::now() + WRITE_WAIT;
    if !can_be_named(topic) {
        return Err(WebError::NotFound(format!(
            "no topic can have the name {topic:?}"
        )));
    }
    if let Some(why) = protected(app, topic) {
        return Err(WebError::Refused(why));
    }
    check_headers(&new.headers)?;
    let partitions = partitions(app, topic).map_err(WebError::unsent)?;
    let is_there = |partition: i32| usize::try_from(partition).is_ok_and(|at| at < partitions);
    if let Some(partition) = new.partition.filter(|partition| !is_there(*partition)) {
        return Err(WebError::BadRequest(format!(
            "{topic} has no partition {partition}: they are 0 to {}",
            partitions.saturating_sub(1)
        )));
    }
    let written = send(app, topic, new, until).inspect_err(|error| {
        if matches!(error, WebError::Unavailable(_)) {
            peer.wrote(format_args!("a record for {topic}: {error}"));
        }
    })?;
    let offset = written.offset.map(|offset| format!(", offset {offset}"));
    peer.wrote(format_args!(
        "produced a record into {topic}, partition {}{}",
        written.partition,
        offset.unwrap_or_default()
    ));
    Ok(written)
}

fn partitions(app: &App, topic: &str) -> Result<usize, WebError> {
    Ok(app.admin()?.describe(topic)?.partitions.len())
}

fn can_be_named(topic: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME_MAX_BYTES).contains(&topic.len()) && topic.bytes().all(allowed)
}

/// A header of ours would say that the record is the replay of a dead letter, and `verify` would count it
/// as one. One with a NUL in its name would be another one for the client.
fn check_headers(headers: &[NewHeader]) -> Result<(), WebError> {
    for NewHeader { name, .. } in headers {
        if name.contains('\0') {
            return Err(WebError::BadRequest(format!(
                "the header {name:?} has a NUL in its name"
            )));
        }
        if name.starts_with(OWN_HEADERS) {
            return Err(WebError::Refused(format!(
                "the header {name} is the pipeline's own: `sluicebox verify` would take the record for what it is not. Headers of other names are free"
            )));
        }
    }
    Ok(())
}

fn send(app: &App, topic: &str, new: &NewRecord, until: Instant) -> Result<Written, WebError> {
    let options = ProducerOptions {
        // Never before it is given up here: a client that connects looks late for what is too old.
        delivery_timeout_ms: 2 * WRITE_WAIT.as_millis() as u32,
        linger_ms: 0,
        ..ProducerOptions::new(vec![topic.to_owned()])
    };
    let mut producer = Producer::connect(&app.config.client, options)?;
    let bytes = |text: &Option<String>| text.clone().map(String::into_bytes);
    let (key, value) = (bytes(&new.key), bytes(&new.value));
    let headers: Vec<_> = (new.headers.iter())
        .map(|header| {
            (
                header.name.as_str(),
                header.value.as_deref().map(str::as_bytes),
            )
        })
        .collect();
    let mut batch = OutBatch::new();
    batch.push_with_headers(key.as_deref(), value.as_deref(), &headers);
    match new.partition {
        Some(partition) => producer.send_to(0, partition, &batch, 0)?,
        None => producer.send(0, &batch, 0)?,
    };
    let flushed = producer.flush(until.saturating_duration_since(Instant::now()));
    if flushed.is_err() {
        producer.give_up(GIVE_UP_WAIT);
    }
    is_written(flushed, producer.delivery())?;
    let place = producer.acknowledged_offsets().first();
    Ok(Written {
        topic: topic.to_owned(),
        partition: place.map_or_else(|| new.partition.unwrap_or_default(), |at| at.partition),
        offset: place.and_then(|at| Some(at.offsets.ranges().first()?.start)),
    })
}

/// Whether the record is there, or may be.
fn is_written(flushed: Result<(), KafkaError>, delivery: Delivery) -> Result<(), WebError> {
    let is_certain = delivery.failed > 0 && delivery.uncertain == 0;
    let error = match (flushed, delivery.first_failure) {
        (Ok(()), None) => return Ok(()),
        (Ok(()), Some(why)) if is_certain => {
            WebError::Refused(format!("the record was not written: {why}"))
        }
        (Err(late), _) if is_certain => WebError::Unavailable(format!(
            "the record was not written: {late}; send it again once the cluster is well"
        )),
        (flushed, why) => {
            let late = flushed.err().map(|late| late.to_string());
            WebError::Unavailable(format!(
                "it is not known whether the record was written: {}; look for it before it is sent again",
                late.or(why).unwrap_or_default()
            ))
        }
    };
    Err(error)
}

//! Replays letters: the record goes back into its source topic, and a marker into the topic of markers,
//! in one transaction.
//!
//! All replays on a cluster share one transactional id. Whoever begins fences the one before, whose
//! transaction is then committed or aborted for good, and reads the markers after that. So a letter has a
//! marker exactly if it was replayed, and none is replayed twice: not by two people at the same time, and
//! not by one who tries again after a crash.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_event::Plans;
use sluicebox_event::dead_letter::HEADER_REPLAY_OF;
use sluicebox_kafka::{
    Admin, ClientOptions, ErrorClass, ErrorCode, KafkaError, OutBatch, TransactionOptions,
    TransactionalProducer,
};

use super::error::DlqError;
use super::letter::{LetterId, StoredLetter};
use super::markers::{self, KnownMarkers, Marker, Markers};
use crate::backoff::Backoff;
use crate::clock::now_ms;
use crate::error::PipelineError;
use crate::limits::{
    ABANDON_TIMEOUT_MS, COMMIT_TIMEOUT_MS, CONNECT_TIMEOUT_MS, FLUSH_TIMEOUT_MS, REQUEST_TIMEOUT_MS,
};
use crate::retry::Patience;
use crate::stop::StopLevel;
use crate::topics;

const TRANSACTIONAL_ID: &str = "sluicebox-dlq-replay";
const REQUEST_WAIT: Duration = Duration::from_millis(REQUEST_TIMEOUT_MS);

/// Where letters come from, and where their markers go.
#[derive(Debug, Clone)]
pub struct ReplayConfig {
    /// How the cluster is reached.
    pub client: ClientOptions,
    /// Whose source topics take replays.
    pub plans: Arc<Plans>,
    /// The topic of dead letters.
    pub letters_topic: String,
    /// The topic of markers; created where it is missing.
    pub markers_topic: String,
    /// Copies of it when it is created; `None`: 3, or 1 on the embedded broker.
    pub replication_factor: Option<u16>,
}

/// A letter to replay.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The letter.
    pub letter: StoredLetter,
    /// Another value than it has.
    pub value: Option<Vec<u8>>,
}

/// What became of the letters of one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Those that are in their source topics now.
    pub replayed: Vec<LetterId>,
    /// Those that somebody had replayed before.
    pub before: Vec<LetterId>,
}

/// The one replay of a cluster, as long as nobody takes over.
pub struct Replayer {
    config: ReplayConfig,
    patience: Patience,
    /// None between a producer that is given up and the next one.
    producer: Option<TransactionalProducer>,
    markers: KnownMarkers,
}

impl Replayer {
    /// Takes over, and reads what was replayed so far. Nothing is sent.
    ///
    /// # Errors
    /// The cluster does not answer or refuses; the topic of markers would not keep them.
    pub fn start(config: ReplayConfig, patience: &Patience) -> Result<Self, DlqError> {
        let ensured = patience.retry(|_| {}, || ensure_markers(&config))?;
        let policy = patience
            .retry(|_| {}, || markers_policy(&config))?
            .flatten();
        if let Some(policy) = policy.filter(|policy| policy != topics::COMPACT) {
            let topic = config.markers_topic;
            return Err(PipelineError::MarkersExpire { topic, policy }.into());
        }
        ensured.ok_or(DlqError::Stopped)?;
        let mut replayer = Self {
            config,
            patience: patience.clone(),
            producer: None,
            markers: KnownMarkers::default(),
        };
        replayer.take_over()?;
        Ok(replayer)
    }

    /// Connects a producer in place of the one there is, and takes in what was replayed since.
    fn take_over(&mut self) -> Result<(), DlqError> {
        let abandon = Duration::from_millis(ABANDON_TIMEOUT_MS);
        if let Some(old) = self.producer.take() {
            old.abandon(abandon);
        }
        let (client, patience) = (&self.config.client, &self.patience);
        let longest = Duration::from_millis(CONNECT_TIMEOUT_MS);
        let wait = patience.wait.map_or(longest, |wait| wait.min(longest));
        let options = TransactionOptions::new(TRANSACTIONAL_ID);
        let connect = || TransactionalProducer::connect(client, options.clone(), wait);
        let producer = patience.retry(|_| {}, connect)?.ok_or(DlqError::Stopped)?;
        // Only now: what the one before had under way is committed or aborted.
        let (topic, letters) = (&self.config.markers_topic, &self.config.letters_topic);
        let read = self.markers.update(client, topic, letters, patience);
        if !matches!(read, Ok(true)) {
            producer.abandon(abandon);
            read?;
            return Err(DlqError::Stopped);
        }
        self.producer = Some(producer);
        Ok(())
    }

    /// What was replayed so far.
    pub fn markers(&self) -> &Markers {
        self.markers.get()
    }

    /// Replays letters in one transaction: all of them that were not replayed before, or none. A
    /// transaction that failed, or whose end is not known, is settled with a new producer; the markers
    /// then tell whether it was committed, and if not it is tried again, as long as the patience of the
    /// start lasts.
    ///
    /// # Errors
    /// A letter cannot be replayed, the cluster does not take it, or another replay took over. After an
    /// error of the cluster it is not known whether they were replayed; a new `Replayer` knows.
    pub fn replay(&mut self, replays: &[Replay]) -> Result<Replayed, DlqError> {
        let wait = Duration::from_millis(FLUSH_TIMEOUT_MS + COMMIT_TIMEOUT_MS);
        let (mut tried, mut backoff) = (Markers::new(), None);
        loop {
            let began = Instant::now();
            let error = match self.attempt(replays, &mut tried, wait) {
                Err(DlqError::Kafka(error)) if heals(error.class) => DlqError::Kafka(error),
                // The broker ended a transaction that was open for too long while it was away.
                Err(DlqError::TakenOver(error)) if self.lost_since(began) => DlqError::Kafka(error),
                outcome => return outcome,
            };
            let backoff = backoff.get_or_insert_with(Backoff::new);
            let longest = self.patience.wait;
            if longest.is_some_and(|longest| backoff.elapsed() >= longest) {
                return Err(error);
            }
            tracing::warn!("{error}; looking what is replayed, and going on");
            if self.patience.stop.sleep(backoff.pause()) >= StopLevel::Drain {
                return Err(DlqError::Stopped);
            }
        }
    }

    /// As [`replay`](Self::replay), for who waits so long at most, and tries it once.
    ///
    /// # Errors
    /// As there.
    pub fn replay_within(
        &mut self,
        replays: &[Replay],
        wait: Duration,
    ) -> Result<Replayed, DlqError> {
        self.attempt(replays, &mut Markers::new(), wait)
    }

    /// One try. `tried` has the markers of those before it: a letter whose marker is there now was
    /// replayed by them, not by somebody else.
    fn attempt(
        &mut self,
        replays: &[Replay],
        tried: &mut Markers,
        wait: Duration,
    ) -> Result<Replayed, DlqError> {
        // Not after a commit that was repeated either: see `is_usable`.
        let usable = |producer: &TransactionalProducer| producer.is_usable();
        if !self.producer.as_ref().is_some_and(usable) {
            self.take_over()?;
        }
        let producer = self.producer.as_mut().ok_or(DlqError::Stopped)?;
        let mut outcome = Replayed::default();
        let mut batches: BTreeMap<&str, OutBatch> = BTreeMap::new();
        let (mut marks, mut made) = (OutBatch::new(), Markers::new());
        let now_ms = now_ms();
        for replay in replays {
            let id = replay.letter.id;
            if let Some(marker) = self.markers.get().get(&id) {
                let is_ours = tried.remove(&id).as_ref() == Some(marker);
                let ids = if is_ours {
                    &mut outcome.replayed
                } else {
                    &mut outcome.before
                };
                ids.push(id);
                continue;
            }
            if made.contains_key(&id) {
                outcome.before.push(id);
                continue;
            }
            can_replay(&self.config.plans, replay)?;
            let topic = replay.letter.source_topic.as_str();
            let key = markers::key(&self.config.letters_topic, id);
            add(batches.entry(topic).or_default(), replay, &key);
            let marker = marker(replay, now_ms);
            let value = serde_json::to_vec(&marker).unwrap_or_default();
            marks.push_with_headers(Some(key.as_bytes()), Some(&value), &[]);
            made.insert(id, marker);
            outcome.replayed.push(id);
        }
        if !made.is_empty() {
            tried.extend(made.clone());
            let batches = batches
                .into_iter()
                .map(|(topic, batch)| (topic.to_owned(), batch));
            let batches = batches.chain([(self.config.markers_topic.clone(), marks)]);
            commit(producer, batches.collect(), wait).map_err(failed)?;
            self.markers.add(made);
        }
        Ok(outcome)
    }

    /// Whether the producer lost a connection, or a request, since then.
    fn lost_since(&self, began: Instant) -> bool {
        let last = (self.producer.as_ref()).and_then(TransactionalProducer::last_loss);
        last.is_some_and(|last| last >= began)
    }

    /// Whose source topics take replays.
    pub fn plans(&self) -> &Plans {
        &self.config.plans
    }

    /// Ends the replay.
    pub fn close(self) {
        if let Some(producer) = self.producer {
            producer.abandon(Duration::from_millis(ABANDON_TIMEOUT_MS));
        }
    }
}

fn marker(replay: &Replay, now_ms: i64) -> Marker {
    Marker {
        replayed_at_ms: now_ms,
        source_topic: replay.letter.source_topic.clone(),
        is_edited: replay.value.is_some(),
    }
}

/// Whether a new producer gets over it.
fn heals(class: ErrorClass) -> bool {
    use ErrorClass::{AbortAndRewind, RebuildProducer, Retry};
    matches!(class, Retry | AbortAndRewind | RebuildProducer)
}

/// Whether a letter can be replayed at all.
///
/// # Errors
/// Why not.
pub fn can_replay(plans: &Plans, replay: &Replay) -> Result<(), DlqError> {
    let letter = &replay.letter;
    let id = letter.id;
    if letter.is_cut && replay.value.is_none() {
        let parts = letter.kept();
        return Err(DlqError::Cut { id, parts });
    }
    if plans.stream_of_topic(&letter.source_topic).is_none() {
        let topic = letter.source_topic.clone();
        return Err(DlqError::NoStream { id, topic });
    }
    Ok(())
}

/// The record as it was, with its own timestamp: a stream may take its event time from there.
fn add(batch: &mut OutBatch, replay: &Replay, key_of_marker: &str) {
    let letter = &replay.letter;
    let value = replay.value.as_deref().or(letter.value.as_deref());
    let original = (letter.headers.iter())
        .filter(|(name, _)| name != HEADER_REPLAY_OF)
        .map(|(name, value)| (name.as_str(), value.as_deref()));
    let ours = (HEADER_REPLAY_OF, Some(key_of_marker.as_bytes()));
    let headers: Vec<_> = original.chain([ours]).collect();
    let timestamp = letter
        .source_timestamp_ms
        .filter(|timestamp| *timestamp >= 0);
    batch.push_at(letter.key.as_deref(), value, &headers, timestamp);
}

fn commit(
    producer: &mut TransactionalProducer,
    batches: Vec<(String, OutBatch)>,
    wait: Duration,
) -> Result<(), KafkaError> {
    let deadline = Instant::now() + wait;
    let left = |longest_ms| {
        let left = deadline.saturating_duration_since(Instant::now());
        left.min(Duration::from_millis(longest_ms))
    };
    producer.begin()?;
    for (topic, batch) in batches {
        producer.send(&topic, batch)?;
    }
    producer.flush(left(FLUSH_TIMEOUT_MS))?;
    producer.commit_records(left(COMMIT_TIMEOUT_MS))
}

fn failed(error: KafkaError) -> DlqError {
    match error.class {
        ErrorClass::Fenced => DlqError::TakenOver(error),
        _ => DlqError::Kafka(error),
    }
}

/// What becomes of old markers. `None`: this user may not know.
fn markers_policy(config: &ReplayConfig) -> Result<Option<String>, KafkaError> {
    let admin = Admin::connect(&config.client, REQUEST_WAIT)?;
    match admin.configs(&config.markers_topic) {
        Err(error) if error.code == ErrorCode::TOPIC_AUTHORIZATION_FAILED => Ok(None),
        Err(error) => Err(error),
        Ok(configs) => Ok(configs
            .into_iter()
            .find(|entry| entry.name == topics::CLEANUP_POLICY)
            .and_then(|entry| entry.value)),
    }
}

/// Creates the topic of markers where it is missing.
fn ensure_markers(config: &ReplayConfig) -> Result<(), KafkaError> {
    let admin = Admin::connect(&config.client, REQUEST_WAIT)?;
    match admin.describe(&config.markers_topic) {
        Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {}
        other => return other.map(|_| ()),
    }
    let factor = topics::factor(config.replication_factor, &admin.cluster()?.cluster_id);
    let topic = topics::markers_topic(&config.markers_topic, factor, &[]);
    match admin.create_topics(&[topic]) {
        Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS => Ok(()),
        other => other,
    }
}

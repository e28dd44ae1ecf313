//! From a configuration to an open, recovered directory: lock, cluster, manifest.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sluicebox_event::dead_letter::{DEAD_LETTERS_FILE, DEAD_LETTERS_HEADER};
use sluicebox_kafka::{Admin, ErrorCode, KafkaError};
use sluicebox_sink::{
    Attempt, DiskLock, DiskStorage, FileSpec, Identity, OpenOptions, Opening, SingleLayout,
    TopicIdentity,
};

use super::standing::{self, Standing};
use crate::config::SinkConfig;
use crate::error::PipelineError;
use crate::limits::{
    NEW_TOPIC_MS, REQUEST_TIMEOUT_MS, SINK_NAME_PAUSE_MS, SINK_NAME_TRIES, STANDBY_POLL_MS,
};
use crate::metrics::Metrics;
use crate::retry::Patience;
use crate::slots::Slot;
use crate::state::TaskState;
use crate::stop::StopSignal;
use crate::topics::not_heard_of_yet;

/// What a sink task works with.
pub(super) struct Opened {
    pub(super) config: SinkConfig,
    pub(super) stop: StopSignal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) patience: Patience,
    pub(super) slot: Slot,
    pub(super) admin: Admin,
    pub(super) layout: SingleLayout<DiskStorage>,
    /// Partitions of processed data and of dead letters together.
    pub(super) partitions: usize,
}

/// Opens everything. `None`: told to stop before that was done.
pub(super) fn open(
    config: SinkConfig,
    stop: &StopSignal,
    metrics: &Arc<Metrics>,
) -> Result<Option<Opened>, PipelineError> {
    let storage = DiskStorage::create(&config.output_dir)?;
    let Some(lock) = stand_by(&storage, stop, metrics)? else {
        return Ok(None);
    };
    metrics.set_sink_state(TaskState::Joining);
    // After the lock: the sink that held it has given its name in the group back as well.
    let slot = take_name(&config, stop)?;
    let servers = config.client.bootstrap_servers.clone();
    let patience = Patience {
        servers,
        wait: config.wait,
        stop: stop.clone(),
        outwaits_refusals: false,
    };
    let Some((admin, cluster)) = find_cluster(&config, &patience, metrics)? else {
        return Ok(None);
    };
    let opening = opening(&config, cluster.identity);
    let standing = &cluster.standing;
    let layout = SingleLayout::open_if(storage, lock, opening, |state| {
        standing::check(&config, standing, state)
    })?;
    report(&layout, metrics);
    let (stop, metrics) = (stop.clone(), Arc::clone(metrics));
    let partitions = cluster.partitions;
    Ok(Some(Opened {
        config,
        stop,
        metrics,
        patience,
        slot,
        admin,
        layout,
        partitions,
    }))
}

/// Waits until no other sink holds the directory.
fn stand_by(
    storage: &DiskStorage,
    stop: &StopSignal,
    metrics: &Metrics,
) -> Result<Option<DiskLock>, PipelineError> {
    let mut said = false;
    loop {
        let by = match SingleLayout::lock(storage)? {
            Attempt::Acquired(lock) => {
                if said {
                    tracing::info!("the other sink has ended; taking over");
                }
                return Ok(Some(lock));
            }
            Attempt::Held { by } => by,
        };
        if !said {
            metrics.set_sink_state(TaskState::Standby);
            let pid = by.map_or(0, |holder| holder.pid);
            let directory = storage.directory().display();
            tracing::info!(%directory, pid, "another sink writes this directory; standing by");
            said = true;
        }
        if stop.sleep(Duration::from_millis(STANDBY_POLL_MS)) >= crate::stop::StopLevel::Drain {
            return Ok(None);
        }
    }
}

/// The sink's name in its group: the one that the directory's last sink had. A process that was
/// killed gives its locks back one after the other, so a little patience is due.
fn take_name(config: &SinkConfig, stop: &StopSignal) -> Result<Slot, PipelineError> {
    for _ in 0..SINK_NAME_TRIES {
        let slot = Slot::take(&config.state_dir, "sink")?;
        if slot.number() == 0 {
            return Ok(slot);
        }
        drop(slot);
        stop.sleep(Duration::from_millis(SINK_NAME_PAUSE_MS));
    }
    Ok(Slot::take(&config.state_dir, "sink")?)
}

struct Cluster {
    identity: Identity,
    partitions: usize,
    standing: Vec<Standing>,
}

fn find_cluster(
    config: &SinkConfig,
    patience: &Patience,
    metrics: &Metrics,
) -> Result<Option<(Admin, Cluster)>, PipelineError> {
    let wait = Duration::from_millis(REQUEST_TIMEOUT_MS);
    let waiting = |failure: Option<&_>| metrics.sink_asks(failure);
    let began = Instant::now();
    let request = || {
        let admin = Admin::connect(&config.client, wait)?;
        // The topics may have been made a moment ago.
        let cluster = identify(config, &admin).map_err(|error| {
            let new = began.elapsed() < Duration::from_millis(NEW_TOPIC_MS);
            if new { not_heard_of_yet(error) } else { error }
        })?;
        Ok((admin, cluster))
    };
    match patience.retry(waiting, request) {
        Err(PipelineError::Kafka(error)) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
            let topic = error.topic.clone().unwrap_or_default();
            Err(PipelineError::NoTopic {
                topic,
                servers: config.client.bootstrap_servers.clone(),
            })
        }
        other => other,
    }
}

/// The cluster's and the topics' ids: offsets of others mean nothing. And where the group stands.
fn identify(config: &SinkConfig, admin: &Admin) -> Result<Cluster, KafkaError> {
    let cluster_id = admin.cluster()?.cluster_id;
    let mut partitions = 0;
    let mut topics = Vec::new();
    for name in [&config.topics.processed, &config.topics.dead_letters] {
        let topic = admin.describe(name)?;
        partitions += topic.partitions.len();
        topics.push(TopicIdentity {
            name: name.clone(),
            id: topic.topic_id,
        });
    }
    for stream in config.plans.streams() {
        let name = stream.source_topic().to_owned();
        // A source topic may be gone while its outputs are still to be written.
        match admin.describe(&name) {
            Ok(topic) => topics.push(TopicIdentity {
                name,
                id: topic.topic_id,
            }),
            Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {}
            Err(error) => return Err(error),
        }
    }
    let plan_hash = config.plans.hash().0;
    let standing = standing::ask(config, admin, &topics)?;
    Ok(Cluster {
        identity: Identity {
            cluster_id,
            topics,
            plan_hash,
        },
        partitions,
        standing,
    })
}

fn opening(config: &SinkConfig, identity: Identity) -> Opening {
    let streams = config.plans.streams();
    let letters = FileSpec::csv(DEAD_LETTERS_FILE, DEAD_LETTERS_HEADER);
    let files = streams
        .iter()
        .map(|stream| FileSpec::csv(stream.file_name(), stream.csv_header()));
    Opening {
        files: files.chain([letters]).collect(),
        inputs: vec![
            config.topics.processed.clone(),
            config.topics.dead_letters.clone(),
        ],
        sources: streams
            .iter()
            .map(|stream| stream.source_topic().to_owned())
            .collect(),
        identity,
        options: OpenOptions {
            rotate: config.rotate,
            skip_repeats: config.skip_repeats,
            ..OpenOptions::default()
        },
    }
}

fn report(layout: &SingleLayout<DiskStorage>, metrics: &Metrics) {
    let recovery = layout.recovered();
    for (found, file) in recovery.files.iter().zip(&metrics.files) {
        file.length.store(found.length, Ordering::Relaxed);
        let (name, rows, cut_bytes) = (&found.name, found.rows, found.cut_bytes);
        if cut_bytes > 0 {
            tracing::info!(
                name,
                rows,
                cut_bytes,
                "rows of an unfinished commit were cut off; they are written again"
            );
        } else {
            tracing::debug!(name, rows, "file opened");
        }
    }
    if recovery.plan_changed {
        tracing::info!("the stream definitions have changed since the last rows");
    }
    for (from, to) in &recovery.sealed {
        tracing::info!(from, to, "the file's columns have changed; it was sealed");
    }
}

//! Datagen as configured: which streams, how many, how fast.

use std::sync::Arc;

use miette::miette;
use sluicebox_event::StreamDefinition;
use sluicebox_kafka::{ClientOptions, Producer, ProducerOptions};
use sluicebox_pipeline::datagen::{
    Amount, Brake, DatagenStream, DatagenTask, Generator, GeneratorOptions, Progress,
};
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::stop::StopSignal;

use crate::commands::problems;
use crate::exit::Failure;
use crate::limits::RUN_BACKLOG_MAX_RECORDS;
use crate::settings::config;

/// A task that is ready to run, and the counters to watch it by.
pub(crate) struct Made {
    pub(crate) task: DatagenTask,
    pub(crate) progress: Arc<Progress>,
}

impl Made {
    /// Lets datagen wait for the files: it never is more than a limit ahead of them.
    pub(crate) fn held_back_by(self, metrics: &Arc<Metrics>) -> Self {
        let Self { task, progress } = self;
        let (made, metrics) = (Arc::clone(&progress), Arc::clone(metrics));
        // Rows count leftovers of an earlier run as well, which lag does not know of until the
        // partitions are assigned: the larger of both is nearer to the truth.
        let backlog = move || {
            let ahead = made.sent().saturating_sub(metrics.rows_total());
            let lag = metrics.process_lag.total() + metrics.sink_lag.total();
            ahead.max(u64::try_from(lag).unwrap_or(0))
        };
        let brake = Brake::new(RUN_BACKLOG_MAX_RECORDS, backlog);
        Self {
            task: task.with_brake(brake),
            progress,
        }
    }
}

/// Prepares datagen for these streams.
///
/// # Errors
/// The client refuses its properties.
pub(crate) fn task(
    config: &config::Datagen,
    definitions: &[StreamDefinition],
    value_max_bytes: usize,
    client: &ClientOptions,
    stop: &StopSignal,
) -> Result<Made, Failure> {
    let streams: Vec<_> = definitions.iter().map(DatagenStream::of).collect();
    if streams.is_empty() {
        return Err(Failure::Usage(miette!(
            help = "set streams.builtin = true, or name a definition with --stream FILE",
            "there is no stream to generate"
        )));
    }
    let start = config
        .start_ms
        .unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
    let seed = config.seed.unwrap_or_else(fresh_seed);
    tracing::info!(
        seed,
        start = %jiff::Timestamp::from_millisecond(start).unwrap_or_default(),
        rate = %config.rate,
        "datagen begins; the same seed and start make the same events"
    );
    let options = GeneratorOptions {
        seed,
        keys: config.keys,
        rate: config.rate,
        start_ms: start,
        invalid: config.invalid_ratio,
        value_max_bytes: Some(value_max_bytes),
    };
    let generator = Generator::new(options, streams);
    let topics = generator
        .streams()
        .iter()
        .map(|stream| stream.topic().to_owned())
        .collect();
    let producer =
        Producer::connect(client, ProducerOptions::new(topics)).map_err(problems::kafka)?;
    let progress = Arc::new(Progress::new(generator.streams().len()));
    let amount = match (config.records, config.duration) {
        (Some(records), _) => Amount::Records(records),
        (None, Some(duration)) => Amount::Duration(duration),
        (None, None) => Amount::Endless,
    };
    let task = DatagenTask::new(
        generator,
        amount,
        producer,
        Arc::clone(&progress),
        stop.clone(),
    );
    Ok(Made { task, progress })
}

/// A seed that is not the last one; it is logged, so that the run can be made again.
fn fresh_seed() -> u64 {
    // Below 2^53, so that it survives JSON and shells unharmed.
    (jiff::Timestamp::now().as_nanosecond() as u64) & ((1 << 53) - 1)
}

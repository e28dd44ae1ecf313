//! What processor and sink cost, whole, against a cluster: `just bench` prints it beside the
//! client's floor.
//!
//! ```text
//! cargo run --release -p sluicebox-pipeline --example pipeline_bench -- 127.0.0.1:9092 4000000
//! ```
//!
//! Loads the records into fresh topics, then runs a processor and after it a sink over them, each
//! to the end; then both at once over as many again. CPU seconds are of this process: the client
//! side only.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_kafka::{Admin, ClientOptions, Producer, ProducerOptions};
use sluicebox_pipeline::accounting::{AccountedFile, ExpectedOffsets, RowsOf, account};
use sluicebox_pipeline::datagen::{
    AcknowledgedOffsets, Amount, DatagenStream, DatagenTask, Generator, GeneratorOptions,
    InvalidRatio, Progress, Rate,
};
use sluicebox_pipeline::topics::{self, TopicsConfig};
use sluicebox_pipeline::{
    Metrics, OutputTopics, PipelineError, ProcessorConfig, SinkConfig, StopLevel, StopSignal,
    processor, sink,
};

const WAIT: Duration = Duration::from_secs(30);
const EVENT_TIME_START_MS: i64 = 1_763_596_800_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let servers = arguments
        .next()
        .ok_or("usage: pipeline_bench SERVERS [RECORDS]")?;
    let records: u64 = arguments
        .next()
        .map_or(Ok(4_000_000), |text| text.parse())?;
    let directory = std::env::temp_dir().join(format!("pipeline-bench-{}", std::process::id()));
    let outcome = Bench::new(&servers, records, &directory).and_then(|bench| bench.run());
    // Only what this bench made; what cannot be removed is left for a person to see.
    let _ = std::fs::remove_dir_all(&directory);
    outcome
}

struct Bench {
    records: u64,
    definitions: Vec<StreamDefinition>,
    plans: Arc<Plans>,
    client: ClientOptions,
    processor: ProcessorConfig,
    sink: SinkConfig,
}

impl Bench {
    fn new(servers: &str, records: u64, directory: &Path) -> Result<Self, Box<dyn Error>> {
        let name = format!("bench-{}", std::process::id());
        let mut definitions = builtin_definitions()?;
        for definition in &mut definitions {
            definition.topic = format!("{name}-{}", definition.topic);
        }
        let plans = Arc::new(Plans::compile(&definitions, PlanOptions::default())?);
        let mut client = ClientOptions::new(servers, "bench");
        let topics = OutputTopics {
            processed: format!("{name}-processed_data"),
            dead_letters: format!("{name}-dead_letters"),
        };
        let sources = definitions
            .iter()
            .map(|definition| definition.topic.clone())
            .collect();
        let outputs = vec![topics.processed.clone(), topics.dead_letters.clone()];
        let config = TopicsConfig {
            replication_factor: Some(1),
            ..TopicsConfig::new(sources, outputs)
        };
        let admin = Admin::connect(&client, WAIT)?;
        if let Some(made) = topics::ensure(&admin, &config, Some(WAIT), &StopSignal::new())? {
            client.message_max_bytes = made.output_message_max_bytes;
        }
        let (state, output) = (directory.join("state"), directory.join("out"));
        let processor = ProcessorConfig {
            topics: topics.clone(),
            group: format!("{name}-processors"),
            ..ProcessorConfig::new(client.clone(), Arc::clone(&plans), state.clone())
        };
        let sink = SinkConfig {
            topics,
            group: format!("{name}-sinks"),
            ..SinkConfig::new(client.clone(), Arc::clone(&plans), output, state)
        };
        Ok(Self {
            records,
            definitions,
            plans,
            client,
            processor,
            sink,
        })
    }

    fn run(&self) -> Result<(), Box<dyn Error>> {
        let mut loaded = self.load()?;
        let alone = ProcessorConfig {
            stop_at_end: true,
            ..self.processor.clone()
        };
        let metrics = Arc::new(Metrics::new(&self.plans, 1));
        let meter = Meter::start();
        processor::run(alone, &StopSignal::new(), &metrics)?;
        meter.print("processor", self.records);
        println!("    {} transactions", metrics.transactions.get());
        let alone = SinkConfig {
            stop_at_end: true,
            ..self.sink.clone()
        };
        let meter = Meter::start();
        sink::run(&alone, &StopSignal::new(), &metrics)?;
        meter.print("sink", self.records);
        println!(
            "    {} commits, {} rows",
            metrics.sink_commits.get(),
            metrics.rows_total()
        );

        loaded.extend(self.load()?);
        let meter = Meter::start();
        self.both()?;
        meter.print("processor and sink at once", self.records);
        self.account(&loaded)
    }

    /// Every record that was loaded is one row.
    fn account(&self, loaded: &[AcknowledgedOffsets]) -> Result<(), Box<dyn Error>> {
        let mut expected: Vec<ExpectedOffsets> = Vec::new();
        for offsets in loaded {
            let ranges = offsets
                .offsets
                .ranges()
                .iter()
                .map(|range| range.start..range.end);
            let (topic, partition) = (offsets.topic.clone(), offsets.partition);
            let known =
                |known: &&mut ExpectedOffsets| known.topic == topic && known.partition == partition;
            match expected.iter_mut().find(known) {
                Some(known) => known.ranges.extend(ranges),
                None => expected.push(ExpectedOffsets {
                    topic,
                    partition,
                    ranges: ranges.collect(),
                }),
            }
        }
        let files = self.plans.streams().iter().map(|stream| AccountedFile {
            path: self.sink.output_dir.join(stream.file_name()),
            rows_of: RowsOf::Topic(stream.source_topic().to_owned()),
            from_bytes: 0,
        });
        let meter = Meter::start();
        let account = account(&expected, &files.collect::<Vec<_>>())?;
        meter.print("account of the rows", account.rows);
        if account.is_whole() && account.rows == 2 * self.records {
            return Ok(());
        }
        Err(format!("not every record is one row: {account:?}").into())
    }

    /// Both tasks at the same time, until every record is durable.
    fn both(&self) -> Result<(), PipelineError> {
        let metrics = Arc::new(Metrics::new(&self.plans, 1));
        let (stop, sink_stop) = (StopSignal::new(), StopSignal::new());
        std::thread::scope(|scope| {
            let processing = ProcessorConfig {
                stop_at_end: true,
                ..self.processor.clone()
            };
            let processor = scope.spawn(|| processor::run(processing, &stop, &metrics));
            let sink = scope.spawn(|| sink::run(&self.sink, &sink_stop, &metrics));
            let processed = processor.join().expect("the processor does not panic");
            sink_stop.raise(StopLevel::ToEnd);
            let written = sink.join().expect("the sink does not panic");
            processed.and(written)
        })
    }

    fn load(&self) -> Result<Vec<AcknowledgedOffsets>, Box<dyn Error>> {
        let streams: Vec<_> = self.definitions.iter().map(DatagenStream::of).collect();
        let topics = streams
            .iter()
            .map(|stream| stream.topic().to_owned())
            .collect();
        let progress = Arc::new(Progress::new(streams.len()));
        let options = GeneratorOptions {
            seed: 7,
            keys: 1_000,
            rate: Rate::Max,
            start_ms: EVENT_TIME_START_MS,
            invalid: InvalidRatio::NONE,
            value_max_bytes: None,
        };
        let producer = Producer::connect(&self.client, ProducerOptions::new(topics))?;
        let (generator, amount) = (
            Generator::new(options, streams),
            Amount::Records(self.records),
        );
        let meter = Meter::start();
        let report =
            DatagenTask::new(generator, amount, producer, progress, StopSignal::new()).run()?;
        meter.print("datagen", self.records);
        Ok(report.acknowledged_offsets)
    }
}

struct Meter {
    wall: Instant,
    cpu_seconds: f64,
}

impl Meter {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu_seconds: cpu_seconds(),
        }
    }

    fn print(&self, what: &str, records: u64) {
        let wall = self.wall.elapsed().as_secs_f64();
        let cpu = cpu_seconds() - self.cpu_seconds;
        println!(
            "{what:<30} {:>10.0} records/s  {:>6.3} CPU s per million records  ({records} records, \
             {wall:.2} s, at most {} MB so far)",
            records as f64 / wall,
            cpu / (records as f64 / 1e6),
            peak_memory_bytes() / 1_000_000
        );
    }
}

/// The most memory this process has had, from `/proc/self/status`; 0 elsewhere.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// User and system time of all threads so far, from `/proc/self/stat` (fields 14 and 15, in
/// hundredths of a second on every Linux that matters; 0 elsewhere).
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    let fields: Vec<&str> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .collect();
    let ticks = |index: usize| -> f64 {
        fields
            .get(index)
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    };
    (ticks(11) + ticks(12)) / 100.0
}

//! What the tests stand on: a broker, topics, tasks, files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sluicebox_conformance::in_process::InProcessBroker;
use sluicebox_conformance::sending::sent;
pub(crate) use sluicebox_conformance::wait::eventually;
use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_kafka::{Admin, ClientOptions, OutBatch};
use sluicebox_pipeline::accounting::{Account, AccountedFile, ExpectedOffsets, RowsOf, account};
use sluicebox_pipeline::topics::{self, TopicsConfig};
use sluicebox_pipeline::{
    Metrics, OutputTopics, PipelineError, ProcessorConfig, SinkConfig, StopLevel, StopSignal,
    processor, sink,
};

pub(crate) const WAIT: Duration = Duration::from_secs(30);
const PARTITIONS: u32 = 3;

/// A cluster with the topics of one test, and a directory for its files.
pub(crate) struct Stage {
    _broker: Option<InProcessBroker>,
    servers: String,
    name: String,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) plans: Arc<Plans>,
    pub(crate) topics: OutputTopics,
    expected: BTreeMap<(String, i32), sluicebox_kafka::OffsetRanges>,
}

/// A running task.
pub(crate) struct Task {
    pub(crate) stop: StopSignal,
    pub(crate) metrics: Arc<Metrics>,
    thread: JoinHandle<Result<(), PipelineError>>,
}

impl Task {
    /// Raises the level and waits for the end.
    pub(crate) fn end(self, level: StopLevel) -> Result<(), PipelineError> {
        self.stop.raise(level);
        self.join()
    }

    /// Waits for the end.
    pub(crate) fn join(self) -> Result<(), PipelineError> {
        let deadline = Instant::now() + WAIT * 2;
        while !self.thread.is_finished() {
            assert!(Instant::now() < deadline, "the task does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.thread.join().unwrap()
    }
}

impl Stage {
    /// A stage with the built-in streams. `name` tells tests apart on a shared cluster.
    pub(crate) fn new(name: &str) -> Self {
        Self::with_streams(name, builtin_definitions().unwrap())
    }

    /// A stage with these streams; their source topics get the test's name in front.
    pub(crate) fn with_streams(name: &str, streams: Vec<StreamDefinition>) -> Self {
        Self::on(start_broker(), name, streams)
    }

    /// A stage on this broker, which is reached at this address.
    pub(crate) fn on(
        (broker, servers): (Option<InProcessBroker>, String),
        name: &str,
        mut streams: Vec<StreamDefinition>,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let unique = dir
            .path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .replace('.', "");
        let name = format!("{name}-{unique}");
        for stream in &mut streams {
            stream.topic = format!("{name}-{}", stream.topic);
        }
        let plans = Arc::new(Plans::compile(&streams, PlanOptions::default()).unwrap());
        let topics = OutputTopics {
            processed: format!("{name}-processed_data"),
            dead_letters: format!("{name}-dead_letters"),
        };
        let stage = Self {
            _broker: broker,
            servers,
            name,
            dir,
            plans,
            topics,
            expected: BTreeMap::new(),
        };
        stage.create_topics();
        stage
    }

    fn create_topics(&self) {
        let sources = self
            .plans
            .streams()
            .iter()
            .map(|s| s.source_topic().to_owned())
            .collect();
        let outputs = vec![
            self.topics.processed.clone(),
            self.topics.dead_letters.clone(),
        ];
        let config = TopicsConfig {
            partitions: PARTITIONS,
            replication_factor: Some(1),
            source_message_max_bytes: Some(1_048_576 + 65_536),
            ..TopicsConfig::new(sources, outputs)
        };
        let stop = StopSignal::new();
        topics::ensure(&self.admin(), &config, Some(WAIT), &stop)
            .unwrap()
            .unwrap();
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::connect(&self.client(), WAIT).unwrap()
    }

    pub(crate) fn client(&self) -> ClientOptions {
        let mut client = ClientOptions::new(self.servers.clone(), "pipeline-test");
        client.message_max_bytes = 1_048_576 + 2 * 65_536;
        client
    }

    pub(crate) fn source(&self, stream: &str) -> String {
        let found = self.plans.stream_of_name(stream).unwrap();
        self.plans.streams()[found.index()]
            .source_topic()
            .to_owned()
    }

    pub(crate) fn processor_config(&self) -> ProcessorConfig {
        let state = self.dir.path().join("state");
        ProcessorConfig {
            topics: self.topics.clone(),
            group: format!("{}-processors", self.name),
            ..ProcessorConfig::new(self.client(), Arc::clone(&self.plans), state)
        }
    }

    pub(crate) fn sink_config(&self) -> SinkConfig {
        let state = self.dir.path().join("state");
        SinkConfig {
            topics: self.topics.clone(),
            group: format!("{}-sinks", self.name),
            ..SinkConfig::new(
                self.client(),
                Arc::clone(&self.plans),
                self.output_dir(),
                state,
            )
        }
    }

    pub(crate) fn output_dir(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub(crate) fn process(&self, config: ProcessorConfig) -> Task {
        let metrics = Arc::new(Metrics::new(&self.plans, config.instances));
        let (stop, shared) = (StopSignal::new(), Arc::clone(&metrics));
        let signal = stop.clone();
        let thread = std::thread::spawn(move || processor::run(config, &signal, &shared));
        Task {
            stop,
            metrics,
            thread,
        }
    }

    pub(crate) fn sink(&self, config: SinkConfig) -> Task {
        let metrics = Arc::new(Metrics::new(&self.plans, 0));
        let (stop, shared) = (StopSignal::new(), Arc::clone(&metrics));
        let signal = stop.clone();
        let thread = std::thread::spawn(move || sink::run(&config, &signal, &shared));
        Task {
            stop,
            metrics,
            thread,
        }
    }

    /// Runs a processor and then a sink over everything there is.
    pub(crate) fn run_to_end(&self) {
        let config = ProcessorConfig {
            stop_at_end: true,
            ..self.processor_config()
        };
        self.process(config).join().unwrap();
        self.sink_to_end();
    }

    pub(crate) fn sink_to_end(&self) {
        let config = SinkConfig {
            stop_at_end: true,
            ..self.sink_config()
        };
        self.sink(config).join().unwrap();
    }

    /// Sends records and notes their offsets as ones to be accounted for.
    pub(crate) fn produce(&mut self, stream: &str, records: &[(Option<&str>, Option<&str>)]) {
        let topic = self.source(stream);
        let mut batch = OutBatch::new();
        for (key, value) in records {
            let header = [("trace", Some(&b"7"[..])), ("empty", None)];
            batch.push_with_headers(key.map(str::as_bytes), value.map(str::as_bytes), &header);
        }
        let producer = sent(&self.client(), &topic, &batch);
        for partition in producer.acknowledged_offsets() {
            let known = self
                .expected
                .entry((topic.clone(), partition.partition))
                .or_default();
            for range in partition.offsets.ranges() {
                (range.start..range.end).for_each(|offset| known.add(offset));
            }
        }
    }

    /// Sends good records: `from..to` are numbers that the keys and values are made of.
    pub(crate) fn produce_good(&mut self, from: usize, to: usize) {
        let made: Vec<(String, String)> = (from..to).map(sensor_record).collect();
        let records: Vec<_> = made
            .iter()
            .map(|(key, value)| (Some(key.as_str()), Some(value.as_str())))
            .collect();
        self.produce("sensor", &records);
    }

    /// Compares the files with everything that was sent.
    pub(crate) fn account(&self) -> Account {
        let expected: Vec<_> = (self.expected.iter())
            .map(|((topic, partition), offsets)| ExpectedOffsets {
                topic: topic.clone(),
                partition: *partition,
                ranges: offsets
                    .ranges()
                    .iter()
                    .map(|range| range.start..range.end)
                    .collect(),
            })
            .collect();
        let mut files: Vec<_> = (self.plans.streams().iter())
            .map(|stream| AccountedFile {
                path: self.output_dir().join(stream.file_name()),
                rows_of: RowsOf::Topic(stream.source_topic().to_owned()),
                from_bytes: 0,
            })
            .collect();
        files.push(AccountedFile {
            path: self.output_dir().join("dead_letters.csv"),
            rows_of: RowsOf::Letters,
            from_bytes: 0,
        });
        account(&expected, &files).unwrap()
    }

    /// Every record that was sent is one row or one letter, and nothing else is in the files.
    #[track_caller]
    pub(crate) fn assert_whole(&self) {
        let account = self.account();
        assert!(account.is_whole() && account.others == 0, "{account:#?}");
    }

    /// The lines of an output file, the header first; empty when there is none.
    pub(crate) fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.output_dir().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn start_broker() -> (Option<InProcessBroker>, String) {
    if let Ok(servers) = std::env::var("SLUICEBOX_TEST_BOOTSTRAP_SERVERS") {
        return (None, servers);
    }
    let broker = InProcessBroker::start();
    let servers = broker.address().to_owned();
    (Some(broker), servers)
}

fn sensor_record(number: usize) -> (String, String) {
    let key = format!("sensor-{}", number % 17);
    let (minute, second) = (number / 60 % 60, number % 60);
    let value = format!(
        r#"{{"sensor_id":"{key}","temperature":21.5,"humidity":40,"timestamp":"2026-11-01T00:{minute:02}:{second:02}Z"}}"#
    );
    (key, value)
}

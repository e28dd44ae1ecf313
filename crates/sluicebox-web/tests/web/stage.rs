//! What the tests stand on: a broker, a pipeline that has worked, and a dashboard.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sluicebox_conformance::in_process::{BrokerConfig, InProcessBroker};
use sluicebox_conformance::sending::sent;
pub(crate) use sluicebox_conformance::wait::eventually_some as eventually;
use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_kafka::{Admin, ClientOptions, OutBatch};
use sluicebox_pipeline::topics::{self, TopicsConfig};
use sluicebox_pipeline::{
    Metrics, OutputTopics, ProcessorConfig, SinkConfig, StopSignal, processor, sink,
};
use sluicebox_web::{Access, Groups, Pipeline, Token, Web, WebConfig, Writes};

use crate::gate::Gate;

pub(crate) const WAIT: Duration = Duration::from_secs(30);

/// A topic full of HTML and script.
pub(crate) const HOSTILE: &str = "hostile";
/// What it is full of.
pub(crate) const ATTACKS: [&str; 6] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "</td></tr></table><h1>owned</h1>",
    "{\"a\":\"<svg onload=document.title='owned'>\"}",
    "javascript:alert(1)\u{2028}\n\ndata: <b>event</b>",
    "{\"a\":\"\u{202e}evil\u{9b}31m\u{2066}\"}",
];

pub(crate) struct Stage {
    /// Before the broker, so that it is let go of first.
    web: Option<Web>,
    broker: Option<InProcessBroker>,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) plans: Arc<Plans>,
    definitions: Vec<StreamDefinition>,
    servers: String,
    metrics: Arc<Metrics>,
}

/// A stream beside the built-in ones.
const THIRD: &str = r#"
name = "pumps"
topic = "pump_data"
file = "pumps.csv"
key_field = "pump"
columns = ["pump", "timestamp", "pressure", "processed_at", "source_partition", "source_offset"]
[[fields]]
name = "pump"
type = "string"
required = true
[[fields]]
name = "pressure"
type = "number"
unit = "bar"
required = true
[[fields]]
name = "timestamp"
type = "timestamp"
required = true
"#;

impl Stage {
    /// Everything has been processed; the dashboard has no counters of its own.
    pub(crate) fn done() -> Self {
        let mut stage = Self::empty();
        stage.fill();
        stage.run_to_end();
        stage.serve(None, Vec::new());
        stage
    }

    /// The same, with a dashboard that may write.
    pub(crate) fn done_writing() -> Self {
        let mut stage = Self::empty();
        stage.fill();
        stage.run_to_end();
        stage.serve_writing(None);
        stage
    }

    /// A broker with topics, and nothing else.
    pub(crate) fn empty() -> Self {
        Self::behind(None)
    }

    /// The same; whoever talks to the broker does so through the gate.
    pub(crate) fn behind(gate: Option<&Gate>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = InProcessBroker::with(BrokerConfig {
            advertise: gate.map(|gate| gate.address.to_string()),
            ..BrokerConfig::default()
        });
        let address = broker.address().parse().unwrap();
        if let Some(gate) = gate {
            gate.lead_to(address);
        }
        let mut definitions = builtin_definitions().unwrap();
        definitions.push(StreamDefinition::parse(THIRD, "third").unwrap());
        let plans = Arc::new(Plans::compile(&definitions, PlanOptions::default()).unwrap());
        let metrics = Arc::new(Metrics::new(&plans, 1));
        let servers = gate.map_or(address, |gate| gate.address).to_string();
        let stage = Self {
            web: None,
            broker: Some(broker),
            dir,
            plans,
            definitions,
            servers,
            metrics,
        };
        stage.create_topics();
        stage
    }

    fn topics_config(&self) -> TopicsConfig {
        let topics = OutputTopics::default();
        TopicsConfig {
            partitions: 3,
            replication_factor: Some(1),
            markers: Some("dlq_replays".to_owned()),
            ..TopicsConfig::of(&self.plans, vec![topics.processed, topics.dead_letters])
        }
    }

    fn create_topics(&self) {
        let mut config = self.topics_config();
        config.sources.push(HOSTILE.to_owned());
        let admin = Admin::connect(&self.client(), WAIT).unwrap();
        topics::ensure(&admin, &config, Some(WAIT), &StopSignal::new())
            .unwrap()
            .unwrap();
    }

    pub(crate) fn client(&self) -> ClientOptions {
        let mut client = ClientOptions::new(self.servers.clone(), "web-test");
        client.message_max_bytes = 1_048_576 + 2 * 65_536;
        client
    }

    /// Serves the dashboard.
    pub(crate) fn serve(&mut self, token: Option<&str>, hosts: Vec<String>) {
        self.serve_with(token, hosts, false);
    }

    /// Serves a dashboard that may write.
    pub(crate) fn serve_writing(&mut self, token: Option<&str>) {
        self.serve_with(token, Vec::new(), true);
    }

    fn serve_with(&mut self, token: Option<&str>, hosts: Vec<String>, writes: bool) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let token = token.map(|token| Token::new(token).unwrap());
        let access = Access::new(listener.local_addr().unwrap(), token, hosts).unwrap();
        let config = WebConfig {
            client: self.client(),
            plans: Arc::clone(&self.plans),
            definitions: self.definitions.clone(),
            topics: OutputTopics::default(),
            replays: "dlq_replays".to_owned(),
            groups: Groups {
                processor: "processors".to_owned(),
                sink: "sinks".to_owned(),
            },
            output_dir: self.output_dir(),
            last_verify: self.dir.path().join("verify.json"),
            access,
            writes: writes.then(|| Writes {
                topics: self.topics_config(),
            }),
            pipeline: Some(Pipeline {
                metrics: Arc::clone(&self.metrics),
                generated: None,
            }),
            running: Box::new(Vec::new),
        };
        self.web = Some(sluicebox_web::start(listener, config).unwrap());
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.web.as_ref().unwrap().address()
    }

    pub(crate) fn output_dir(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    /// From now on the last stream has no definition here.
    pub(crate) fn forget_third(&mut self) {
        self.definitions.pop().unwrap();
        let plans = Plans::compile(&self.definitions, PlanOptions::default()).unwrap();
        self.plans = Arc::new(plans);
        self.metrics = Arc::new(Metrics::new(&self.plans, 1));
    }

    pub(crate) fn stop_broker(&mut self) {
        drop(self.broker.take().unwrap());
    }

    /// Records of all streams, rejected ones among them, and the attacks.
    pub(crate) fn fill(&self) {
        let sensors = (0..300).map(|number| {
            (
                format!("sensor-{}", number % 7),
                sensor(number, &format!("{}.5", number % 30)),
            )
        });
        self.produce("sensor_data", sensors);
        self.produce(
            "sensor_data",
            (300..310).map(|number| (format!("sensor-{}", number % 7), sensor(number, "999"))),
        );
        let users = (0..60).map(|number| {
            let time = moment(number);
            let value = format!(r#"{{"user_id":"u{0}","action":"purchase","product_id":"p","amount":{number}.50,"timestamp":"{time}"}}"#, number % 3);
            (format!("u{}", number % 3), value)
        });
        self.produce("user_activity", users);
        self.produce(
            "user_activity",
            [(
                "u0".to_owned(),
                "{\"user_id\":\"<script>alert(1)</script>".to_owned(),
            )],
        );
        let pumps = (0..20).map(|number| {
            (
                "p1".to_owned(),
                format!(
                    r#"{{"pump":"p1","pressure":{number},"timestamp":"{}"}}"#,
                    moment(number)
                ),
            )
        });
        self.produce("pump_data", pumps);
        self.produce(
            HOSTILE,
            ATTACKS
                .iter()
                .map(|attack| ((*attack).to_owned(), (*attack).to_owned())),
        );
    }

    pub(crate) fn produce(&self, topic: &str, records: impl IntoIterator<Item = (String, String)>) {
        let mut batch = OutBatch::new();
        for (key, value) in records {
            let header = [("trace", Some(&b"<b>7</b>"[..]))];
            batch.push_with_headers(Some(key.as_bytes()), Some(value.as_bytes()), &header);
        }
        sent(&self.client(), topic, &batch);
    }

    /// Runs a processor and then a sink over everything there is.
    pub(crate) fn run_to_end(&self) {
        let state = self.dir.path().join("state");
        let config = ProcessorConfig {
            group: "processors".to_owned(),
            stop_at_end: true,
            ..ProcessorConfig::new(self.client(), Arc::clone(&self.plans), state.clone())
        };
        processor::run(config, &StopSignal::new(), &self.metrics).unwrap();
        let config = SinkConfig {
            group: "sinks".to_owned(),
            stop_at_end: true,
            ..SinkConfig::new(
                self.client(),
                Arc::clone(&self.plans),
                self.output_dir(),
                state,
            )
        };
        sink::run(&config, &StopSignal::new(), &self.metrics).unwrap();
    }
}

fn moment(number: usize) -> String {
    format!("2026-11-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60)
}

fn sensor(number: usize, temperature: &str) -> String {
    format!(
        r#"{{"sensor_id":"sensor-{}","temperature":{temperature},"humidity":40,"timestamp":"{}"}}"#,
        number % 7,
        moment(number)
    )
}

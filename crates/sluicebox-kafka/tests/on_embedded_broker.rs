//! The client's promises, kept against the embedded broker: the same suite as on a real Kafka.
#![allow(clippy::unwrap_used, reason = "a test")]

mod suite;

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use sluicebox_broker::{Broker, BrokerConfig};
use sluicebox_kafka::ErrorCode;
use tempfile::TempDir;

/// A broker on a free port, gone at the end of the test.
struct Embedded {
    broker: Option<Broker>,
    address: SocketAddr,
    data: TempDir,
}

impl Embedded {
    fn start() -> Self {
        let mut embedded = Self {
            broker: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: tempfile::tempdir().unwrap(),
        };
        embedded.come();
        embedded
    }

    /// Starts the broker, from the second time on where it was.
    fn come(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        let config = BrokerConfig {
            data_dir: self.data.path().to_owned(),
            auto_create_topics: false,
            ..BrokerConfig::default()
        };
        let broker = sluicebox_broker::start(listener, config).unwrap();
        self.address = broker.address();
        self.broker = Some(broker);
    }

    fn go(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop(Duration::from_secs(5));
        }
    }

    fn servers(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.go();
    }
}

/// librdkafka 2.12.1 aborts the process when it has given such a question up by itself, and the broker
/// comes back.
#[test]
fn who_asks_for_a_group_while_the_broker_is_away_lives_on() {
    let mut broker = Embedded::start();
    let client = suite::admin(&broker.servers()).with_timeout(Duration::from_millis(500));
    assert_eq!(client.committed_offsets("group"), Ok(Vec::new()));
    broker.go();
    for _ in 0..2 {
        let error = client.committed_offsets("group").unwrap_err();
        assert_eq!(error.code, ErrorCode::TIMED_OUT, "{error}");
        client.describe_groups(&["group"]).unwrap_err();
    }
    assert!(client.is_spent());
    broker.come();
    let began = Instant::now();
    while client.committed_offsets("group").is_err() {
        assert!(began.elapsed() < suite::PATIENCE);
    }
    // What was asked before is answered by now as well.
    std::thread::sleep(Duration::from_millis(500));
    client.describe_groups(&["group"]).unwrap();

    // And a spent client ends in good order.
    broker.go();
    client.committed_offsets("group").unwrap_err();
    drop(client);
}

macro_rules! on_embedded_broker {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let broker = Embedded::start();
                suite::$module::$name(&broker.servers());
            }
        )*
    };
}

suite::every_promise!(on_embedded_broker);

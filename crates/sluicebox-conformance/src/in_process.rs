//! The embedded broker in the process of a test: there at once, and never killed.

use std::net::TcpListener;
use std::time::Duration;

use sluicebox_broker::Broker;
pub use sluicebox_broker::BrokerConfig;
use tempfile::TempDir;

const STOP_WAIT: Duration = Duration::from_secs(5);

/// A broker on a free port, with a directory of its own. Both go when it is dropped.
pub struct InProcessBroker {
    broker: Option<Broker>,
    address: String,
    _data: TempDir,
}

impl InProcessBroker {
    /// Starts one as users have it.
    pub fn start() -> Self {
        Self::with(BrokerConfig::default())
    }

    /// Starts one with these settings, but for the directory.
    ///
    /// # Panics
    /// When it does not start.
    pub fn with(config: BrokerConfig) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let config = BrokerConfig {
            data_dir: data.path().to_owned(),
            ..config
        };
        let broker = sluicebox_broker::start(listener, config).expect("the broker starts");
        Self {
            address: broker.address().to_string(),
            broker: Some(broker),
            _data: data,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for InProcessBroker {
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop(STOP_WAIT);
        }
    }
}

//! Where `verify` takes the topics from: a cluster, the broker that runs on the data directory, its
//! log while it is stopped, or nowhere.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, miette};
use sluicebox_broker::{Broker, BrokerConfig};
use sluicebox_kafka::ClientOptions;

use crate::commands::cluster;
use crate::exit::Failure;
use crate::output::absolute;
use crate::settings::config::Config;

/// How long a cluster may be silent when `--wait` is not given.
pub(crate) const WAIT: Duration = Duration::from_secs(10);
/// How long a connection to a broker on this machine may take.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Between two looks at a broker that does not answer.
const SILENT_POLL: Duration = Duration::from_millis(20);

/// Where the topics are.
pub(crate) enum Topics {
    /// The cluster of `--bootstrap-servers`.
    Cluster { servers: String },
    /// The broker that runs on the data directory.
    Live { address: String, data_dir: String },
    /// A stopped broker's log, served to this process alone.
    Stopped { broker: Broker, data_dir: String },
    /// Nowhere: the files alone.
    None { data_dir: String },
}

/// [`Topics`] for a report: a stable code, and where.
pub(crate) struct Described {
    pub(crate) code: &'static str,
    pub(crate) place: String,
    pub(crate) sentence: String,
}

impl Topics {
    /// Finds them.
    ///
    /// # Errors
    /// The stopped broker's directory cannot be read, or the one that was named has no log.
    pub(crate) fn find(config: &Config) -> Result<Self, Failure> {
        if let Some(servers) = &config.cluster.bootstrap_servers {
            let servers = servers.clone();
            return Ok(Self::Cluster { servers });
        }
        let dir = &config.broker.data_dir;
        let data_dir = absolute(dir);
        if let Some(address) = live_broker(dir, config.cluster.wait.unwrap_or(WAIT)) {
            return Ok(Self::Live { address, data_dir });
        }
        if !dir.join("meta.json").is_file() {
            if config.broker.data_dir_is_explicit {
                return Err(Failure::Usage(miette!(
                    help = "--data-dir names an embedded broker's directory (it has a file meta.json); without it, and without a broker in the output directory, the files alone are looked at",
                    "there is no broker's log in {data_dir}"
                )));
            }
            return Ok(Self::None { data_dir });
        }
        let listener = TcpListener::bind("127.0.0.1:0").into_diagnostic()?;
        let broker = BrokerConfig {
            data_dir: dir.clone(),
            retention_ms: -1,
            offsets_retention_ms: u64::MAX / 1_000_000,
            auto_create_topics: false,
            ..BrokerConfig::default()
        };
        let broker = sluicebox_broker::look(listener, broker).map_err(|error| {
            miette!(
                help = "name the cluster with --bootstrap-servers, or another directory with --data-dir",
                "cannot read the stopped broker's log in {data_dir}: {error}"
            )
        })?;
        Ok(Self::Stopped { broker, data_dir })
    }

    /// How to reach them; `None`: there are none.
    ///
    /// # Errors
    /// A property that was given with `--kafka` may not be set.
    pub(crate) fn client(&self, config: &Config) -> Result<Option<ClientOptions>, Failure> {
        let address = match self {
            Self::Cluster { servers } => servers.clone(),
            Self::Live { address, .. } => address.clone(),
            Self::Stopped { broker, .. } => broker.address().to_string(),
            Self::None { .. } => return Ok(None),
        };
        cluster::client_options(config, &address, "verify").map(Some)
    }

    /// What a report says about them.
    pub(crate) fn described(&self) -> Described {
        let (code, place, sentence) = match self {
            Self::Cluster { servers } => {
                let sentence = format!("compared with the topics on {servers}");
                ("cluster", servers.clone(), sentence)
            }
            Self::Live { address, data_dir } => {
                let sentence =
                    format!("compared with the topics of the broker on {data_dir} ({address})");
                ("live_broker", address.clone(), sentence)
            }
            Self::Stopped { data_dir, .. } => {
                let sentence =
                    format!("compared with the topics in the stopped broker's log in {data_dir}");
                ("stopped_broker", data_dir.clone(), sentence)
            }
            Self::None { data_dir } => {
                let sentence = format!(
                    "looked at alone: no --bootstrap-servers, and no broker's log in {data_dir}"
                );
                ("files", String::new(), sentence)
            }
        };
        Described {
            code,
            place,
            sentence,
        }
    }
}

/// The broker that runs on `dir`. One that was killed may hold its lock for as long as the disk takes, and
/// answers nobody; one that ends well has taken back its address, one that starts has none yet: all three
/// are waited for.
fn live_broker(dir: &Path, wait: Duration) -> Option<String> {
    let began = Instant::now();
    loop {
        match cluster::live_broker(dir) {
            Some(address) if answers(&address) || began.elapsed() > wait => {
                return Some(address);
            }
            Some(_) => {}
            None => {
                let is_held = sluicebox_broker::is_held(dir) == Some(true);
                if !is_held || began.elapsed() > wait {
                    return None;
                }
            }
        }
        std::thread::sleep(SILENT_POLL);
    }
}

/// Whether somebody listens there. A name is for the client to find out.
fn answers(address: &str) -> bool {
    address.parse().map_or(true, |address| {
        TcpStream::connect_timeout(&address, CONNECT_WAIT).is_ok()
    })
}

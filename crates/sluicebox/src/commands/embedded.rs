//! The embedded broker, as `run` and `broker` start it.

use std::time::Duration;

use miette::{IntoDiagnostic, Report, miette};
use sluicebox_broker::{BrokerConfig, Durability, StartError};

use super::listen::bind;
use crate::settings::config;

/// How long the broker may take to end cleanly.
pub(crate) const STOP_WAIT: Duration = Duration::from_secs(10);

/// Starts the broker on the configured address and directory.
///
/// # Errors
/// The port is taken and may not move; the directory cannot be used.
pub(crate) fn start(
    config: &config::Broker,
    may_move: bool,
) -> Result<sluicebox_broker::Broker, Report> {
    let listener = bind(&config.listen, "broker", "--listen", may_move)?;
    let address = listener.local_addr().into_diagnostic()?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "the embedded broker listens beyond this machine: whoever reaches it can read and write everything"
        );
    }
    let broker = BrokerConfig {
        data_dir: config.data_dir.clone(),
        advertise: config
            .advertise
            .clone()
            .or_else(|| advertised_for(&address)),
        durability: if config.synced {
            Durability::Synced
        } else {
            Durability::Relaxed
        },
        retention_ms: i64::try_from(config.retention.as_millis()).unwrap_or(-1),
        ..BrokerConfig::default()
    };
    let broker = sluicebox_broker::start(listener, broker).map_err(|error| {
        let help = match &error {
            StartError::Advertise(_) => "--advertise HOST:PORT is what clients connect to",
            _ => "choose another directory with --data-dir, or look at the one named here",
        };
        miette!(help = help, "the embedded broker cannot start: {error}")
    })?;
    tracing::info!(address = %broker.address(), cluster_id = broker.cluster_id(), data_dir = %config.data_dir.display(), "broker is up");
    Ok(broker)
}

/// Clients cannot connect to 0.0.0.0: on all addresses, this machine's name is told.
fn advertised_for(address: &std::net::SocketAddr) -> Option<String> {
    if !address.ip().is_unspecified() {
        return None;
    }
    let name = std::fs::read_to_string("/etc/hostname").ok()?;
    Some(format!("{}:{}", name.trim(), address.port()))
}

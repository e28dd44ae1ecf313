//! The data half of the protocol over real sockets: every version, order, waiting, restarts.

#[path = "../coordinators/client.rs"]
mod client;
mod hostile;
mod requests;
mod restart;
mod serving;
mod versions;

use std::net::TcpListener;
use std::path::Path;

use sluicebox_broker::{Broker, BrokerConfig, StartError, start};

/// A broker on a port of its own.
fn broker(dir: &Path) -> Broker {
    try_broker(dir).expect("a broker")
}

fn try_broker(dir: &Path) -> Result<Broker, StartError> {
    let config = BrokerConfig {
        data_dir: dir.to_owned(),
        ..BrokerConfig::default()
    };
    start(TcpListener::bind("127.0.0.1:0").expect("a port"), config)
}

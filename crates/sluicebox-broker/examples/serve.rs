//! A broker alone: `cargo run -p sluicebox-broker --example serve -- 127.0.0.1:0 DIR`.

use std::net::TcpListener;
use std::time::Duration;

use sluicebox_broker::{BrokerConfig, start};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(data_dir)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve HOST:PORT DATA_DIR".into());
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let config = BrokerConfig {
        data_dir: data_dir.into(),
        ..BrokerConfig::default()
    };
    let broker = start(TcpListener::bind(listen)?, config)?;
    println!("listening on {}", broker.address());
    loop {
        std::thread::sleep(Duration::from_millis(200));
        if let Some(reason) = broker.failed() {
            return Err(reason.into());
        }
    }
}

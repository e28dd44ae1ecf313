//! The embedded broker as a program for tests: `embedded-broker DATA_DIR PORT`, until SIGTERM.
//!
//! The product has `sluicebox broker`. This one has the short waits that tests want, and can be
//! built without the rest.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;
use sluicebox_broker::BrokerConfig;
use sluicebox_conformance::embedded::READY_LINE;

const STOP_WAIT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(data_dir), Some(port)) = (arguments.next(), arguments.next()) else {
        eprintln!("Usage: embedded-broker DATA_DIR PORT");
        return ExitCode::from(2);
    };
    match serve(data_dir.into(), &port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(data_dir: PathBuf, port: &str) -> Result<(), Box<dyn std::error::Error>> {
    // Before the broker starts: a SIGTERM in between must not end it unheard.
    let mut signals = Signals::new([SIGTERM])?;
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
    let config = BrokerConfig {
        data_dir,
        auto_create_topics: false,
        // As the fixture of the real cluster is set: the suite counts on both.
        group_min_session_timeout_ms: 1_000,
        transaction_expiry_interval_ms: 500,
        retention_check_interval_ms: 1_000,
        ..BrokerConfig::default()
    };
    let broker = sluicebox_broker::start(listener, config)?;
    println!("{READY_LINE}");
    signals.forever().next();
    broker.stop(STOP_WAIT);
    Ok(())
}

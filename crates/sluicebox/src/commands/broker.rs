//! `broker`: the embedded broker alone.

use std::time::Duration;

use clap::ArgMatches;
use miette::{IntoDiagnostic, miette};

use super::{Started, embedded};
use crate::exit::{Failure, Outcome};
use crate::output::print;
use crate::signals;

/// How often the broker's health is looked at.
const HEALTH_EVERY: Duration = Duration::from_millis(200);

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let interrupt = signals::listen(|| ()).into_diagnostic()?;
    let broker = embedded::start(&config.broker, false)?;
    print(&format!("listening on {}\n", broker.address()))?;
    while !interrupt.is_set() {
        if let Some(why) = broker.failed() {
            return Err(Failure::Failed(miette!(
                help = "nothing that was acknowledged is lost; look at the disk, then start the broker again",
                "the broker stopped itself: {why}"
            )));
        }
        std::thread::sleep(HEALTH_EVERY);
    }
    broker.stop(embedded::STOP_WAIT);
    Ok(())
}

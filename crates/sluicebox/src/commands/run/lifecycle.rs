//! The life of a run: it generates, drains along the flow, and ends.
//!
//! ```text
//! generating --(enough, or Ctrl-C)--> processor to the end --> sink to the end --> ended
//! ```
//!
//! A part that fails drains the others: what is committed stays, the rest is done by the next start.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use miette::miette;
use sluicebox_broker::Broker;
use sluicebox_pipeline::datagen::DatagenReport;
use sluicebox_pipeline::stop::StopLevel;

use super::parts::{Happening, Stops};
use crate::commands::problems;
use crate::exit::Failure;

/// How often the broker's health is looked at.
const HEALTH_EVERY: Duration = Duration::from_millis(200);

/// What a run has come to.
#[derive(Default)]
pub(crate) struct Ended {
    pub(crate) made: Option<Box<DatagenReport>>,
    pub(crate) failure: Option<Failure>,
}

/// Reacts to what happens until the processor and the sink have ended.
pub(crate) struct Lifecycle<'a> {
    pub(crate) stops: Stops,
    pub(crate) happenings: Receiver<Happening>,
    pub(crate) broker: Option<&'a Broker>,
    /// Datagen is running.
    pub(crate) generating: bool,
    /// Everything that is in the topics is to be handled before the end: datagen made it, or
    /// `--stop-at-end` asks for it.
    pub(crate) to_the_end: bool,
}

impl Lifecycle<'_> {
    /// Follows the run to its end.
    pub(crate) fn follow(mut self) -> Ended {
        let mut ended = Ended::default();
        let (mut processing, mut sinking) = (true, true);
        if self.to_the_end && !self.generating {
            self.stops.processor.raise(StopLevel::ToEnd);
        }
        while self.generating || processing || sinking {
            match self.happenings.recv_timeout(HEALTH_EVERY) {
                Ok(Happening::Interrupted) => self.interrupted(),
                Ok(Happening::Generated(result)) => {
                    self.generating = false;
                    match result {
                        Ok(made) => ended.made = Some(made),
                        Err(error) => ended.fail(problems::datagen(error)),
                    }
                    self.stops.processor.raise(StopLevel::ToEnd);
                }
                Ok(Happening::Processed(result)) => {
                    processing = false;
                    self.after_processor(
                        result.map_err(|error| problems::task("processor", &error)),
                        &mut ended,
                    );
                }
                Ok(Happening::Sunk(result)) => {
                    sinking = false;
                    if let Err(error) = result {
                        ended.fail(problems::task("sink", &error));
                    }
                    // Nothing can reach the files any more.
                    self.stops.drain_all();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.watch_broker(&mut ended);
        }
        ended
    }

    fn interrupted(&self) {
        if self.generating {
            self.stops.datagen.raise(StopLevel::Drain);
        } else if !self.to_the_end {
            self.stops.drain_all();
        }
    }

    fn after_processor(&self, result: Result<(), Failure>, ended: &mut Ended) {
        self.stops.datagen.raise(StopLevel::Drain);
        match result {
            Ok(()) if self.to_the_end => self.stops.sink.raise(StopLevel::ToEnd),
            Ok(()) => self.stops.sink.raise(StopLevel::Drain),
            Err(failure) => {
                ended.fail(failure);
                self.stops.drain_all();
            }
        }
    }

    fn watch_broker(&self, ended: &mut Ended) {
        let Some(why) = self.broker.and_then(Broker::failed) else {
            return;
        };
        if ended.failure.is_none() {
            ended.fail(Failure::Failed(miette!(
                help = "nothing that was acknowledged is lost; look at the disk, then start again",
                "the embedded broker stopped itself: {why}"
            )));
        }
        // Without a broker nothing can be committed any more.
        for stop in [&self.stops.datagen, &self.stops.processor, &self.stops.sink] {
            stop.raise(StopLevel::Now);
        }
    }
}

impl Ended {
    /// Keeps the first failure: later ones mostly follow from it.
    fn fail(&mut self, failure: Failure) {
        if self.failure.is_none() {
            if let Failure::Failed(report) = &failure {
                tracing::error!("{report}; ending the other parts");
            }
            self.failure = Some(failure);
        }
    }
}

//! What happens to a process that runs meanwhile.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::site::Site;
use super::topics;
use crate::error::{Result, found};
use crate::ledger::Stream;
use crate::world::wait_until;

const SOME: u64 = 120;
const LIMIT: Duration = Duration::from_mins(1);

/// A process that is killed when nobody looks at it any more.
pub(super) struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    pub(super) fn start(site: &Site<'_>, name: &str, verb: &str) -> Result<Self> {
        let log = site.dir.join(format!("{name}.log"));
        let mut command = site.command(verb, &[])?;
        command.stdout(Stdio::null());
        let child = command.stderr(std::fs::File::create(&log)?).spawn()?;
        Ok(Self { child, log })
    }

    pub(super) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end; it must be one with exit code 1. What it said.
    pub(super) fn fails(&mut self) -> Result<String> {
        wait_until(LIMIT, "the process ends", || self.has_ended())
            .or_else(|error| found(format!("{error}\n{}", self.said())))?;
        let status = self.child.wait()?;
        match status.code() {
            Some(1) => Ok(self.said()),
            _ => found(format!("it ended with {status}:\n{}", self.said())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for_rows(site: &Site<'_>) -> Result<()> {
    wait_until(LIMIT, "all rows", || site.judge(&[&site.out]).is_ok()).map(drop)
}

/// The source is made anew, with more records than it had, as fast as that goes.
pub(super) fn source(site: &mut Site<'_>) -> Result<()> {
    let mut processor = Running::start(site, "processor", "process")?;
    site.produce(SOME)?;
    wait_until(LIMIT, "all records are processed", || {
        site.sink().is_ok() && site.judge(&[&site.out]).is_ok()
    })?;
    site.recreate(&site.source(Stream::Sensor))?;
    site.produce(SOME * 4)?;
    let said = processor.fails()?;
    site.check_said("process", &said, &["was deleted and made anew"])?;
    drop(processor);
    topics::outputs_of_its_own(site)
}

/// `processed_data` is made anew under a sink, with more records than it had.
pub(super) fn processed(site: &mut Site<'_>) -> Result<()> {
    site.produce(SOME)?;
    site.process()?;
    let mut sink = Running::start(site, "sink", "sink")?;
    wait_for_rows(site)?;
    site.recreate(&site.processed)?;
    site.produce(SOME * 4)?;
    site.process()?;
    let said = sink.fails()?;
    site.check_said("sink", &said, &["was deleted and made anew", "start again"])?;
    drop(sink);
    topics::goes_on_in_a_new_directory(site)
}

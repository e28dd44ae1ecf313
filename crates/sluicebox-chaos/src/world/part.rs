//! One process of the program.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sluicebox_conformance::guard::Guard;

use crate::error::{Result, found};
use crate::limits::POLL_MS;

/// What a shell says of a process that SIGTERM ended: its handlers were not there yet.
const ENDED_BY_SIGTERM: i32 = 128 + 15;

/// A process that can be killed, paused and started again, and that leaves with the attack.
#[derive(Debug)]
pub struct Part {
    name: String,
    guard: Guard,
    log: PathBuf,
    failpoints: PathBuf,
    /// Length of the log when it was last started.
    said_before: u64,
    keep: bool,
}

impl Part {
    /// Prepares a process; its output goes to a log of its own.
    pub fn new(parent: &Path, name: &str, command: &[String]) -> Result<Self> {
        let directory = parent.join(name);
        std::fs::create_dir_all(&directory)?;
        let log = directory.join("log");
        // Read again whenever it changes; a program without failpoints ignores it.
        let failpoints = directory.join("failpoints");
        let mut command = command.to_vec();
        if command.first().is_some_and(|word| word == "env") {
            command.insert(1, format!("FAILPOINTS=@{}", failpoints.display()));
        }
        let guard = Guard::new(&directory, &log, &command)?;
        Ok(Self {
            name: name.to_owned(),
            guard,
            log,
            failpoints,
            said_before: 0,
            keep: false,
        })
    }

    /// Its verb and number.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts it; it does not run.
    pub fn start(&mut self) -> Result<()> {
        self.said_before = self.said_bytes();
        Ok(self.guard.start()?)
    }

    /// kill -9; returns when it is gone.
    pub fn kill(&mut self) -> Result<()> {
        Ok(self.guard.kill()?)
    }

    /// kill -9, and again from the start.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.start()
    }

    /// SIGTERM.
    pub fn terminate(&mut self) -> Result<()> {
        Ok(self.guard.terminate()?)
    }

    /// SIGSTOP.
    pub fn pause(&mut self) -> Result<()> {
        Ok(self.guard.pause()?)
    }

    /// SIGCONT.
    pub fn resume(&mut self) -> Result<()> {
        Ok(self.guard.resume()?)
    }

    /// Whether it runs (or is paused).
    pub fn is_running(&self) -> bool {
        self.guard.is_running()
    }

    /// Its process id while it is meant to run.
    pub fn pid(&self) -> Option<u32> {
        self.guard.pid()
    }

    /// A finding when it was started and has ended by itself.
    pub fn still_runs(&mut self) -> Result<()> {
        if self.guard.pid().is_none() || self.guard.is_running() {
            return Ok(());
        }
        let code = self.guard.exit_code()?;
        found(format!(
            "{} ended by itself with {code:?}:\n{}",
            self.name,
            self.log_tail()
        ))
    }

    /// Its exit code once it has ended by itself or by SIGTERM; `None` when it was not started. A
    /// finding when it goes on for longer than `wait` (it is killed then).
    pub fn exit_code_within(&mut self, wait: Duration) -> Result<Option<i32>> {
        if self.guard.pid().is_none() {
            return Ok(None);
        }
        let deadline = Instant::now() + wait;
        while self.guard.is_running() {
            if Instant::now() > deadline {
                self.guard.kill()?;
                return found(format!(
                    "{} did not end within {wait:?}:\n{}",
                    self.name,
                    self.log_tail()
                ));
            }
            std::thread::sleep(Duration::from_millis(POLL_MS));
        }
        let code = self.guard.exit_code()?;
        // Told to end before it had said a word: it had not begun, and nobody waits for it.
        let unborn = code == ENDED_BY_SIGTERM && self.said_bytes() == self.said_before;
        Ok(Some(if unborn { 0 } else { code }))
    }

    /// All that it has said so far, over all its starts.
    pub fn log(&self) -> String {
        self.guard.log()
    }

    /// The last lines of it.
    pub fn log_tail(&self) -> String {
        self.guard.log_tail()
    }

    /// Sets its failpoints, and takes all others back; it need not run.
    pub fn set_failpoints(&self, settings: &str) -> Result<()> {
        let new = self.failpoints.with_extension("new");
        std::fs::write(&new, settings)?;
        Ok(std::fs::rename(&new, &self.failpoints)?)
    }

    /// How much it has said so far, in bytes.
    pub fn said_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |data| data.len())
    }

    /// What it has said since then.
    pub fn said_since(&self, bytes: u64) -> String {
        use std::io::{Read, Seek, SeekFrom};
        let mut said = Vec::new();
        if let Ok(mut log) = std::fs::File::open(&self.log)
            && log.seek(SeekFrom::Start(bytes)).is_ok()
        {
            // What cannot be read now is read at the next look.
            let _ = log.read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Keeps a copy of its log when it goes.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.keep
            && let Some(directory) = self.log.parent()
        {
            // The guard removes the directory: the copy stands beside it.
            let _ = std::fs::copy(&self.log, directory.with_extension("log"));
        }
    }
}
